"""Whether what is on the destination already is what would be created."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from paas.errors import ServerError, Unavailable
from paas.kube import Client
from paas.migration import compare
from paas.migration.compare import Difference
from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.service import Service
from paas.migration.marks import MANAGER
from paas.migration.merge import merge_missing
from paas.migration.options import Options
from paas.migration.prepare import Prepared
from paas.migration.reading import one
from paas.migration.retrying import Retry
from paas.migration.words import words_of


@dataclass(frozen=True)
class Verdict:
    """What a comparison found.

    Attributes:
        identical: Nothing differs.
        differences: The fields that do.
        refused: Why the destination would not take the source's object in its place, in the server's words.
    """

    identical: bool
    differences: tuple[Difference, ...] = ()
    refused: str = ""


class Judge:
    """Compares prepared objects with those of the destination; usable from many threads.

    Args:
        client: The destination.
        options: What was asked for.
        facts: What else is known of the destination.
        retry: For calls that meet a busy server.
    """

    def __init__(self, client: Client, *, options: Options, facts: Facts, retry: Retry) -> None:
        self._client = client
        self._options = options
        self._facts = facts
        self._retry = retry

    def live(self, item: Prepared) -> Json | None:
        """The destination's object, None where there is none."""
        return one(self._client, item.route.target.path(item.namespace, item.name), self._retry)

    def compare(self, item: Prepared, live: Json) -> Verdict:
        """Compare, after the same rules, and after the server's defaults where that is needed.

        Args:
            item: What would be created.
            live: What is there; it is not changed.
        """
        found = self.comparable(item, copy.deepcopy(live))
        wanted = item.own
        if isinstance(item.route.rules, Service) and self._options.node_ports == "reassign":
            wanted, found = _without_ports(wanted), _without_ports(found)
        if wanted == found or compare.digest(found) == item.mark.hash:
            return Verdict(identical=True)
        if item.route.rules.mergeable:
            merged = copy.deepcopy(found)
            if not merge_missing(merged, wanted, ours_wins=False) and merged == found:
                return Verdict(identical=True)
            return self._verdict(item, wanted, found)
        try:
            defaulted = self._defaulted(item, live)
        except Unavailable:
            raise
        except ServerError as error:
            # Nothing that was meant is missing; what else is there, the server put there and guards.
            if compare.contains(wanted, found):
                return Verdict(identical=True)
            return self._verdict(item, wanted, found, refused=words_of(error, item.route.target))
        if compare.digest(defaulted) == compare.digest(found):
            return Verdict(identical=True)
        return self._verdict(item, defaulted, found)

    def comparable(self, item: Prepared, live: Json) -> Json:
        """A live object as it is compared; it is changed in place."""
        return compare.comparable(
            live, rules=item.route.rules, facts=self._facts, keep_finalizers=self._options.keep_finalizers
        )

    def in_place_of(self, item: Prepared, live: Json, body: Json) -> Json:
        """A body that replaces a live object: its resourceVersion as precondition, its fixed fields kept."""
        body = copy.deepcopy(body)
        body["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"]
        for path in item.route.rules.fixed:
            _keep_fixed(body, live, path.split("."))
        return body

    def _defaulted(self, item: Prepared, live: Json) -> Json:
        body = self.in_place_of(item, live, item.own)
        path = item.route.target.path(item.namespace, item.name)
        answer = self._retry(lambda: self._client.replace(path, body, dry_run=True, field_manager=MANAGER))
        return self.comparable(item, answer)

    def _verdict(self, item: Prepared, wanted: Json, found: Json, *, refused: str = "") -> Verdict:
        shown = compare.differences(wanted, found, secret=hides_values(item))
        return Verdict(identical=False, differences=tuple(shown), refused=refused)


def hides_values(item: Prepared) -> bool:
    """Whether no value of an object may be shown: a Secret's, or those of a kind that nobody here knows."""
    target = item.route.target
    return target.kind == "Secret" or not item.route.rules.kinds


def _without_ports(service: Json) -> Json:
    spec = dict(service["spec"])
    spec["ports"] = [{k: v for k, v in port.items() if k != "nodePort"} for port in spec.get("ports") or ()]
    return {**service, "spec": spec}


def _keep_fixed(body: Json, live: Json, path: list[str]) -> None:
    first, *rest = path
    if first not in live:
        return
    if rest:
        _keep_fixed(body.setdefault(first, {}), live[first], rest)
    else:
        body[first] = _filled(body.get(first), live[first])


def _filled(value: Any, live: Any) -> Any:
    if isinstance(value, dict) and isinstance(live, dict):
        return {**value, **{name: _filled(value.get(name), part) for name, part in live.items()}}
    return live if value is None else value
