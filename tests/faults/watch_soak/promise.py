"""What the watch promises, as a check of what was told against what happened.

1. No phantom: whatever is told as ADDED or MODIFIED was a state of that object; what is told as DELETED was told
   before, and is gone.
2. The last word: of every object that is there, its last state was told; of every object that went and had been told,
   exactly one DELETED (by event id) was told after everything else. What was told less than a save's time before the
   sensor was killed, and went before it was back, may end without a word.
3. Order: of one object nothing is told that is older than what was told before.
4. Once: nothing is told twice under one event id, unless the sensor was killed in between.
5. Nothing is left out but in a gap: a state in between that was never told was there while the sensor was down, or
   while the watch had to list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

#: Seconds after which what was told has been saved, with room for a busy machine.
SAVE_WINDOW = 12.0
#: Seconds by which a gap may begin before the fault, for what was on its way.
ON_ITS_WAY = 5.0


@dataclass
class Life:
    """One object from its creation to its end, as the server confirmed it.

    Attributes:
        name: Its name.
        uid: Its uid.
        versions: Each resourceVersion and when it was there, in order.
        gone: When it was deleted.
    """

    name: str
    uid: str
    versions: list[tuple[str, float]] = field(default_factory=list)
    gone: float | None = None


@dataclass(frozen=True)
class Told:
    """One trigger, as it was dispatched."""

    kind: str
    uid: str
    version: str
    event_id: str
    process: int
    at: float


@dataclass
class Gap:
    """A time in which states may be skipped; `killed` where the sensor was ended without warning."""

    begin: float
    end: float
    killed: bool = False


@dataclass
class Verdict:
    """What was found."""

    violations: list[str]
    counts: Counter[str]


def judge(lives: Iterable[Life], told: Iterable[Told], gaps: list[Gap]) -> Verdict:
    """Check what was told against what happened."""
    by_uid: dict[str, list[Told]] = {}
    counts: Counter[str] = Counter()
    for each in told:
        by_uid.setdefault(each.uid, []).append(each)
        counts[each.kind] += 1
    violations: list[str] = []
    for life in lives:
        events = by_uid.pop(life.uid, [])
        counts["objects"] += 1
        counts["states"] += len(life.versions)
        for check in (_phantoms, _last_word, _order, _once, _left_out):
            violations += [f"{life.name} ({life.uid}): {words}" for words in check(life, events, gaps, counts)]
    violations += [f"{uid} was told and never was there" for uid in by_uid]
    return Verdict(violations, counts)


def _phantoms(life: Life, events: list[Told], gaps: list[Gap], counts: Counter[str]) -> Iterator[str]:
    versions = {version for version, _ in life.versions}
    for event in events:
        if event.version not in versions:
            yield f"{event.kind} at {event.version}, which it never had"
        if event.kind == "DELETED" and life.gone is None:
            yield "DELETED, and it is there"


def _last_word(life: Life, events: list[Told], gaps: list[Gap], counts: Counter[str]) -> Iterator[str]:
    if life.gone is None:
        if not events or (events[-1].kind == "DELETED" or events[-1].version != life.versions[-1][0]):
            last = f"{events[-1].kind} {events[-1].version}" if events else "nothing"
            yield f"its last state is {life.versions[-1][0]}, and the last word was {last}"
        return
    ends = {event.event_id for event in events if event.kind == "DELETED"}
    if not events:
        counts["never told, gone in a gap"] += 1
        if not _in_gap(life.versions[0][1], gaps):
            yield "it came and went without a word, outside of any gap"
    elif not ends and _killed_before_saved(events[0].at, life.gone, gaps):
        counts["ends lost with an unsaved beginning"] += 1
    elif len(ends) != 1:
        yield f"it is gone, and {len(ends)} different DELETED were told"
    elif events[-1].kind != "DELETED":
        yield f"{events[-1].kind} after its end"


def _order(life: Life, events: list[Told], gaps: list[Gap], counts: Counter[str]) -> Iterator[str]:
    place = {version: index for index, (version, _) in enumerate(life.versions)}
    last, process = -1, events[0].process if events else 0
    for event in events:
        if event.kind == "DELETED":
            continue
        here = place.get(event.version, -1)
        if here < last or (here == last and event.process == process):
            yield f"{event.kind} at {event.version} after a later state"
        if (event.kind == "ADDED") != (last == -1) and event.process == process:
            yield f"{event.kind} at {event.version} is not what follows"
        last, process = here, event.process


def _once(life: Life, events: list[Told], gaps: list[Gap], counts: Counter[str]) -> Iterator[str]:
    seen: dict[str, Told] = {}
    for event in events:
        before = seen.get(event.event_id)
        if before is not None:
            counts["told again after a kill"] += 1
            if not any(gap.killed and before.at <= gap.end and gap.begin <= event.at for gap in gaps):
                yield f"{event.event_id} was told twice, and nothing was killed in between"
        seen[event.event_id] = event


def _left_out(life: Life, events: list[Told], gaps: list[Gap], counts: Counter[str]) -> Iterator[str]:
    told = {event.version for event in events}
    for version, at in life.versions:
        if version not in told and (events or life.gone is None):
            counts["states skipped in gaps"] += 1
            if not _in_gap(at, gaps):
                yield f"{version} was never told, and there was no gap"


def _in_gap(at: float, gaps: list[Gap]) -> bool:
    return any(gap.begin - ON_ITS_WAY <= at <= gap.end for gap in gaps)


def _killed_before_saved(told: float, gone: float, gaps: list[Gap]) -> bool:
    return any(gap.killed and gap.begin - SAVE_WINDOW <= told <= gap.end and gone <= gap.end for gap in gaps)
