"""Faults on order: rules that tests leave at the admin endpoint, and counts of what was asked."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lab.standins.front import Reply
from lab.standins.request import Request

from .errors import ApiError, Json

ACTIONS = ("status", "close", "cut_after", "stall", "latency", "reset_after", "stream_error")
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass
class Rule:
    """One fault: which requests, how often, what happens to them.

    Attributes:
        times: How many requests it still hits; -1 for all.
        skip: How many matching requests pass before.
        action: One of ACTIONS with its value, as posted.
    """

    method: str = ""
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    watch: bool | None = None
    times: int = 1
    skip: int = 0
    action: Json = field(default_factory=dict)
    hits: int = 0

    @classmethod
    def of(cls, posted: Json) -> Rule:
        """A rule from JSON.

        Raises:
            ApiError: 400, it has no action this server knows.
        """
        action = {name: posted[name] for name in posted if name in ACTIONS}
        known = {"method", "path", "watch", "times", "skip", "reason", "message", "retry_after", *ACTIONS}
        unknown = sorted(set(posted) - known)
        if not action or unknown:
            words = f"a fault needs one of {', '.join(ACTIONS)}" + (
                f"; unknown: {', '.join(unknown)}" if unknown else ""
            )
            raise ApiError(400, "BadRequest", words)
        for name in ("reason", "message", "retry_after"):
            if name in posted:
                action[name] = posted[name]
        return cls(
            method=str(posted.get("method", "")).upper(),
            path=re.compile(posted.get("path", "")),
            watch=posted.get("watch"),
            times=int(posted.get("times", 1)),
            skip=int(posted.get("skip", 0)),
            action=action,
        )

    def matches(self, request: Request, watching: bool) -> bool:
        """Whether it is about a request."""
        if self.method and self.method != request.method:
            return False
        return (self.watch is None or self.watch == watching) and self.path.search(request.path) is not None

    def as_json(self) -> Json:
        """The rule as the admin endpoint lists it."""
        return {"method": self.method, "path": self.path.pattern, "watch": self.watch, "times": self.times,
                "skip": self.skip, "hits": self.hits, **self.action}  # fmt: skip


class Faults:
    """The rules in force and the requests counted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self.requests: Counter[str] = Counter()
        self.dry_runs: Counter[str] = Counter()

    def add(self, rule: Rule) -> None:
        """Put a rule in force."""
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        """Drop every rule."""
        with self._lock:
            self._rules.clear()

    def all(self) -> list[Json]:
        """The rules in force."""
        with self._lock:
            return [rule.as_json() for rule in self._rules]

    def count(self, verb: str, *, dry_run: bool) -> None:
        """Count a request by its verb; dry runs apart."""
        with self._lock:
            (self.dry_runs if dry_run else self.requests)[verb] += 1

    def counted(self, *, reset: bool = False) -> Json:
        """The requests by verb, the writes among them, and the dry runs."""
        with self._lock:
            answer = {
                "requests": dict(self.requests),
                "writes": sum(count for verb, count in self.requests.items() if verb in WRITES),
                "dry_runs": sum(self.dry_runs.values()),
            }
            if reset:
                self.requests.clear()
                self.dry_runs.clear()
            return answer

    def take(self, request: Request, watching: bool) -> Json | None:
        """The action for a request, if a rule hits it."""
        with self._lock:
            for rule in self._rules:
                if rule.times == 0 or not rule.matches(request, watching):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= rule.times > 0
                rule.hits += 1
                return rule.action
        return None


def status_of(action: Json) -> ApiError:
    """The refusal that a `status` fault asks for."""
    code = int(action["status"])
    reason = action.get("reason") or _REASONS.get(code, "InternalError")
    message = action.get("message") or _MESSAGES.get(code, "the server is made to fail")
    seconds = action.get("retry_after")
    headers = {"Retry-After": str(seconds)} if seconds is not None else {}
    details: Any = {"retryAfterSeconds": seconds} if seconds is not None else None
    return ApiError(code, reason, message, details=details, headers=headers)


_REASONS = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict", 410: "Expired",
             429: "TooManyRequests",
            500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}  # fmt: skip
_MESSAGES = {
    410: "too old resource version",
    429: "the server has received too many requests and has asked us to try again later",
    500: "Internal error occurred: made to fail",
    503: "the server is currently unable to handle the request",
    504: "Timeout: request did not complete within the allotted timeout",
}


def before(action: Json, reply: Reply, stopping: threading.Event) -> None:
    """Carry out what happens before a request is answered.

    Raises:
        ApiError: The status asked for.
        Hangup: The connection was ended.
    """
    if "latency" in action:
        stopping.wait(float(action["latency"]))
    if "status" in action:
        raise status_of(action)
    if "close" in action:
        reply.reset()
    if "cut_after" in action:
        reply.cut_after = int(action["cut_after"])
    if "stall" in action:
        while not stopping.wait(0.2) and not reply.client_gone():
            pass
        reply.reset()
