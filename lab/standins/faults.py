"""Scripted faults and a count of requests for any HTTP stand-in, under `/__lab__/`."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from lab.standins.httpd import Request, Respond, Response

KEYS = ("method", "path", "query", "after", "times", "effect")
# What any stand-in can do; a stand-in names its own effects on top.
EFFECTS = ("delay", "status", "body", "headers", "hang", "reset")
LONGEST = 300.0


@dataclass
class Fault:
    """One scripted fault: which requests it meets (globs), how often, and what it does to them."""

    method: str = "*"
    path: str = "*"
    query: dict[str, str] = field(default_factory=dict)
    after: int = 0
    times: int | None = None
    effect: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    met: int = 0

    def fits(self, request: Request) -> bool:
        """Whether the fault is about this request; a query parameter given must be there and fit."""
        if self.times is not None and self.met >= self.after + self.times:
            return False
        if not (fnmatchcase(request.method, self.method) and fnmatchcase(request.path, self.path)):
            return False
        return all(request.has(name) and fnmatchcase(request.arg(name), glob) for name, glob in self.query.items())

    def as_json(self) -> dict[str, Any]:
        """The fault with its id and how many requests it has met."""
        return {name: getattr(self, name) for name in ("id", *KEYS, "met")}


class Faults:
    """The faults in force, and the requests counted.

    Args:
        own_effects: Names of effects that the stand-in itself acts on; it finds them by `effect_of(request)`.
    """

    def __init__(self, *, own_effects: tuple[str, ...] = ()) -> None:
        self._known = EFFECTS + own_effects
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self._counts: Counter[str] = Counter()
        self._local = threading.local()

    def add(self, spec: Any) -> Fault:
        """Put a fault in force.

        Raises:
            ValueError: It names a key or an effect that there is none of.
        """
        wrong = set(spec) - set(KEYS)
        unknown = set(spec.get("effect") or {}) - set(self._known)
        if wrong or unknown or not spec.get("effect"):
            raise ValueError(f"a fault has the keys {', '.join(KEYS)} and the effects {', '.join(self._known)}")
        fault = Fault(**spec)
        with self._lock:
            fault.id = next(self._ids)
            self._faults.append(fault)
        return fault

    def effect(self) -> dict[str, Any]:
        """What the fault that met the request of this thread does, {} where none did."""
        effect: dict[str, Any] = getattr(self._local, "effect", {})
        return effect

    def wrap(self, respond: Respond, *, extra: dict[str, Callable[[Any], Any]] | None = None) -> Respond:
        """A `respond` that lets faults act first and serves `/__lab__/`; `extra` adds `POST /__lab__/<name>`."""

        def wrapped(request: Request) -> Response:
            if request.path.startswith("/__lab__/"):
                return self._control(request, extra or {})
            effect = self._meet(request)
            self._local.effect = effect
            return respond(request) if not effect else self._suffer(request, respond, effect)

        return wrapped

    def _meet(self, request: Request) -> dict[str, Any]:
        with self._lock:
            self._counts[f"{request.method} {'/'.join(request.path.split('/')[:3])}"] += 1
            for fault in self._faults:
                if fault.fits(request):
                    fault.met += 1
                    if fault.met > fault.after:
                        return fault.effect
        return {}

    def _suffer(self, request: Request, respond: Respond, effect: dict[str, Any]) -> Response:
        if seconds := effect.get("delay"):
            time.sleep(min(float(seconds), LONGEST))
        if "hang" in effect:
            time.sleep(min(float(effect["hang"]), LONGEST))
            return Response(reset=True)
        if effect.get("reset") == "before":
            return Response(reset=True)
        if "status" in effect:
            headers = {"Content-Type": "text/plain; charset=utf-8", **effect.get("headers", {})}
            return Response(int(effect["status"]), str(effect.get("body", "")).encode(), headers)
        response = respond(request)
        return Response(reset=True) if effect.get("reset") == "after" else response

    def _control(self, request: Request, extra: dict[str, Callable[[Any], Any]]) -> Response:
        what = request.path.removeprefix("/__lab__/")
        try:
            body = request.json()
            if what == "faults":
                return Response.of_json(self._control_faults(request, body))
            if what == "counts":
                return Response.of_json(self._control_counts(request))
            if what in extra and request.method == "POST":
                return Response.of_json(extra[what](body))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Response.of_json({"error": f"{type(error).__name__}: {error}"}, status=400)
        known = ", ".join(["faults", "counts", *extra])
        return Response.of_json({"error": f"no {request.method} {request.path}; there are {known}"}, status=404)

    def _control_faults(self, request: Request, body: Any) -> Any:
        if request.method == "POST":
            return [self.add(spec).as_json() for spec in (body if isinstance(body, list) else [body])]
        with self._lock:
            if request.method == "DELETE":
                self._faults = [
                    fault for fault in self._faults if request.has("id") and fault.id != int(request.arg("id"))
                ]
            return [fault.as_json() for fault in self._faults]

    def _control_counts(self, request: Request) -> Any:
        with self._lock:
            if request.method == "DELETE":
                self._counts.clear()
            return {"total": sum(self._counts.values()), "by_endpoint": dict(sorted(self._counts.items()))}
