"""The phases that a run goes through, and the steps in them. Every state in the picture of docs/cutover.md is one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from paas.traffic.calls import Call

#: In this order; a phase with nothing to do is left out.
PHASES = {
    "hold": "autoscaling groups stop adding instances (AddToLoadBalancer suspended)",
    "join": "new servers are put behind live, beside the old ones",
    "prove": "the new servers must be healthy there",
    "shift": "live forwards to the new servers, step by step",
    "leave": "the old servers are taken away from live",
    "drain": "the old servers finish what they have begun",
    "park": "the cluster that is not live is put behind pre-live",
    "check": "it must be healthy there",
    "clear": "the others are taken away from pre-live",
    "release": "autoscaling groups add instances again",
    "attach": "autoscaling groups are attached to the side where their servers are",
}
#: Until the end of these, live still has what it had: a failure there is undone at once.
BEFORE_LIVE_MOVED = ("hold", "join", "prove", "shift", "leave", "drain")


@dataclass(frozen=True)
class Wait:
    """Look at a pool until it is as it should be.

    Attributes:
        until: `healthy`: `needed` of the servers take requests; `gone`: none of them is registered or draining.
        pool: The pool's label in its role.
        seconds: How long it must stay healthy.
        proven: It was healthy when the wait began, and has requests by now: two bad looks end it.
    """

    until: Literal["healthy", "gone"]
    pool: str
    servers: frozenset[str]
    needed: int = 0
    seconds: float = 0.0
    proven: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to do in a phase: calls to make one after the other, then perhaps a wait."""

    phase: str
    role: str
    calls: tuple[Call, ...] = ()
    wait: Wait | None = None
    says: str = ""
    suspends: str | None = None
    resumes: str | None = None


def in_order(steps: Iterable[Step]) -> list[tuple[str, list[Step]]]:
    """The steps of all roles, phase by phase, so that the roles move together.

    An autoscaling group that serves several roles is held and released once.
    """
    of_phase: dict[str, list[Step]] = {phase: [] for phase in PHASES}
    seen = set()
    for step in steps:
        group = (step.phase, step.suspends or step.resumes)
        if group[1] and group in seen:
            continue
        seen.add(group)
        of_phase[step.phase].append(step)
    return [(phase, found) for phase, found in of_phase.items() if found]


def calls_of(phases: Sequence[tuple[str, list[Step]]]) -> list[dict[str, Any]]:
    """Every call of the phases as a dry run prints it."""
    return [{"phase": phase, **call.as_dict()} for phase, steps in phases for step in steps for call in step.calls]


def digest(calls: Sequence[dict[str, Any]]) -> str:
    """Eight characters that stand for exactly these calls."""
    return hashlib.sha256(json.dumps(calls, sort_keys=True).encode()).hexdigest()[:8]
