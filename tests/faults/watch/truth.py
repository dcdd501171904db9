"""What really happened to the objects, and whether what a watch told of it is what it promises."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

from paas import kube
from paas.errors import NotFound, ServerError

NAMESPACE = "soak"
PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
#: Objects that live at once, so that an hour of changes does not become an hour of growth.
POPULATION = 400
_BACK_WITHIN = 120.0


@dataclass(frozen=True)
class Moment:
    """When a write happened: somewhere between its request and its answer, in seconds since the epoch."""

    begun: float
    answered: float


@dataclass
class Life:
    """One object from its creation on: each version and when it was written, and its deletion."""

    name: str
    versions: dict[str, Moment] = field(default_factory=dict)
    deleted: Moment | None = None


class Writer:
    """Creates, changes and deletes ConfigMaps, and knows the outcome of each even where the answer was lost.

    Args:
        client: The API server, without a proxy between.
        seed: Of the choices.
    """

    def __init__(self, client: kube.Client, seed: int) -> None:
        self._client = client
        self._random = random.Random(seed)
        self.lives: dict[str, Life] = {}
        self._alive: list[str] = []
        self._count = 0
        self.operations = 0

    def step(self) -> None:
        """One operation."""
        self.operations += 1
        dice = self._random.random()
        if not self._alive or (dice < 0.35 and len(self._alive) < POPULATION):
            self._create()
        elif dice < 0.7:
            self._change(self._random.choice(self._alive))
        else:
            self._delete(self._random.choice(self._alive))

    def _create(self) -> None:
        self._count += 1
        # A name is used again now and then: deleted and recreated is not the same object.
        name = f"object-{self._count % (2 * POPULATION)}"
        if any(self.lives[uid].name == name for uid in self._alive):
            return
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"count": "0"}}
        begun = time.time()
        try:
            written = self._client.create(PATH, body)
        except ServerError:
            found = self._look(name)
            if found is None:
                return
            written = found
        uid = written["metadata"]["uid"]
        self.lives[uid] = Life(name)
        self._alive.append(uid)
        self._note(written, begun)

    def _change(self, uid: str) -> None:
        name, begun = self.lives[uid].name, time.time()
        try:
            written = self._client.patch(f"{PATH}/{name}", {"data": {"count": str(self.operations)}})
        except ServerError:
            found = self._look(name)
            assert found is not None, f"{name} is gone, and nobody deleted it"
            written = found
        self._note(written, begun)

    def _delete(self, uid: str) -> None:
        life, begun = self.lives[uid], time.time()
        try:
            self._client.delete(f"{PATH}/{life.name}", preconditions={"uid": uid})
        except ServerError:
            if self._look(life.name) is not None:
                return
        life.deleted = Moment(begun, time.time())
        self._alive.remove(uid)

    def _note(self, written: dict[str, Any], begun: float) -> None:
        life = self.lives[written["metadata"]["uid"]]
        life.versions.setdefault(written["metadata"]["resourceVersion"], Moment(begun, time.time()))

    def _look(self, name: str) -> dict[str, Any] | None:
        """The object as it is now that its server answers again."""
        deadline = time.monotonic() + _BACK_WITHIN
        while True:
            try:
                found: dict[str, Any] = self._client.get(f"{PATH}/{name}")
            except NotFound:
                return None
            except ServerError:
                assert time.monotonic() < deadline, "the API server does not come back"
                time.sleep(0.1)
            else:
                return found


@dataclass(frozen=True)
class Told:
    """One event as it was dispatched."""

    kind: str
    uid: str
    version: str
    at: float

    @property
    def id(self) -> str:
        return f"{self.uid}.{self.version}.{self.kind}"


@dataclass(frozen=True)
class Gap:
    """A time in which the watch may have been blind; `kill` is when its process was killed, if it was."""

    begun: float
    ended: float
    kill: float | None = None

    def touches(self, moment: Moment) -> bool:
        return moment.begun <= self.ended and self.begun <= moment.answered


def judge(lives: dict[str, Life], told: list[Told], gaps: list[Gap], *, save_every: float) -> list[str]:
    """What the watch told that it should not have, and did not tell that it should have; [] where it kept its word.

    Args:
        lives: What really happened, by uid.
        told: What was dispatched, in order.
        gaps: When the watch may have been blind.
        save_every: Seconds of delivered events that a killed process may deliver again.
    """
    faults: list[str] = []
    of: dict[str, list[Told]] = {}
    for event in told:
        of.setdefault(event.uid, []).append(event)
    for uid in of.keys() - lives.keys():
        faults.append(f"phantom: {uid} was told and never was")
    kills = [gap.kill for gap in gaps if gap.kill is not None]
    # A killed process is back where it was last saved: its gap begins there.
    blind = [gap if gap.kill is None else Gap(gap.kill - save_every, gap.ended, gap.kill) for gap in gaps]
    for uid, life in lives.items():
        events = of.get(uid, [])
        faults += [f"{life.name} {uid}: {words}" for words in _phantoms(life, events)]
        faults += [f"{life.name} {uid}: {words}" for words in _repeats(events, kills, save_every)]
        faults += [f"{life.name} {uid}: {words}" for words in _missing(life, events, blind)]
    return faults


def _phantoms(life: Life, events: list[Told]) -> list[str]:
    found = [
        f"{event.kind} of version {event.version}, which it never had"
        for event in events
        if event.kind != "DELETED" and event.version not in life.versions
    ]
    for event in events:
        if event.kind == "DELETED" and (life.deleted is None or event.at < life.deleted.begun):
            found.append(f"DELETED at {event.at:.3f}, and was not")
    return found


def _repeats(events: list[Told], kills: list[float], save_every: float) -> list[str]:
    """Nothing twice, but for what was told within a save's time before the process was killed."""
    found = []
    for index, event in enumerate(events):
        if event.kind == "MODIFIED":
            earlier = [each for each in events[:index] if each.id == event.id]
        else:  # it comes and goes once, whichever version is told with it
            earlier = [each for each in events[:index] if each.kind == event.kind]
        if earlier and not any(
            earlier[-1].at <= kill <= event.at and kill - earlier[-1].at < save_every for kill in kills
        ):
            found.append(f"{event.kind} of {event.version} told again at {event.at:.3f}, first at {earlier[-1].at:.3f}")
    return found


def _missing(life: Life, events: list[Told], gaps: list[Gap]) -> list[str]:
    found = []
    told = {event.version for event in events if event.kind != "DELETED"}
    last = list(life.versions)[-1]
    for version, moment in life.versions.items():
        if version not in told and not any(gap.touches(moment) for gap in gaps):
            found.append(f"version {version} of {moment.begun:.3f} was never told, and there was no gap")
    if life.deleted is None:
        if last not in told:
            found.append(f"its last version {last} was never told")
    elif not events or events[-1].kind != "DELETED":
        first = next(iter(life.versions.values()))
        # What was told and forgotten again was told to a process that was killed.
        blind = [gap for gap in gaps if gap.kill is not None or not events]
        came_and_went = any(gap.begun <= first.answered and life.deleted.begun <= gap.ended for gap in blind)
        if not came_and_went:
            last_told = events[-1].kind if events else "nothing"
            found.append(f"deleted at {life.deleted.begun:.3f}, not inside one gap, and {last_told} was told last")
    return found
