"""One run: holds the lock, writes down what it is about to do, does it, and looks again until nothing is left to do."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from paas.errors import PaasError, ServerError
from paas.traffic import groups, planning
from paas.traffic.goals import RoleGoal
from paas.traffic.journal import Journal, Store
from paas.traffic.observing import Environment
from paas.traffic.pace import Pace
from paas.traffic.steps import BEFORE_LIVE_MOVED, PHASES, Step, in_order
from paas.traffic.views import RoleView
from paas.traffic.watching import CameBack, Overtaken, Watcher

# Pauses before each look, in poll intervals. What lagged or was put back is put right in another round; servers that
# are back after the last one are somebody's intent.
_PAUSES = (0, 1, 3, 6)
# A server that was terminated meanwhile, or whose deregistration went through although its answer was lost.
_NOT_THERE = ("InvalidInstance", "InvalidTarget", "InvalidEndPoint")

Views = Mapping[str, RoleView]
Goals = Mapping[str, RoleGoal]


@dataclass(frozen=True)
class Options:
    """How a run goes.

    Attributes:
        steps: Percent of live for the new cluster, one after the other, where a role forwards by weight.
        bake_seconds: How long the new servers must stay healthy before the old ones go, and after each step.
    """

    steps: tuple[int, ...] = planning.AT_ONCE
    bake_seconds: float = 0.0


def planned(
    environment: Environment, views: Views, goals: Goals, options: Options, ours: Sequence[str] = ()
) -> list[tuple[str, list[Step]]]:
    """The phases that lead from what is seen to where it is to end.

    Raises:
        Refused: Live would be left with nobody who is healthy.
    """
    steps: list[Step] = []
    for role, goal in goals.items():
        steps += planning.plan(
            views[role],
            goal,
            environment.doors(role),
            steps=options.steps,
            bake_seconds=options.bake_seconds,
            ours=ours,
        )
    return in_order(steps)


class Run:
    """A run that holds an environment's lock.

    Args:
        environment: Its load balancers.
        store: Its journal.
        journal: What to write first.
        over: The version of the journal that was read, None where there was none.
        pace: Time.
        say: Where progress goes.

    Raises:
        LockLost: Somebody else was faster.
    """

    def __init__(
        self,
        environment: Environment,
        store: Store,
        journal: Journal,
        over: str | None,
        *,
        pace: Pace,
        say: Callable[[str], None],
    ) -> None:
        self._environment = environment
        self._store = store
        self._pace = pace
        self._say = say
        self._watcher = Watcher(environment.settings, pace, alive=self.alive, say=say)
        self.made: list[dict[str, Any]] = []
        self.journal, self._version = store.write(journal, over)
        self._written = pace.now()

    def note(self, **changes: Any) -> None:
        """Write the journal with these changes.

        Raises:
            LockLost: Another run has taken over.
        """
        self.journal, self._version = self._store.write(replace(self.journal, **changes), self._version)
        self._written = self._pace.now()

    def alive(self) -> None:
        """A sign of life, where a third of the lease has passed without one.

        Raises:
            LockLost: Another run has taken over.
        """
        if self._pace.now() - self._written >= self._environment.settings.lease_seconds / 3:
            self.note()

    def settle(self, goals_of: Callable[[Views], Goals], options: Options, views: Views | None = None) -> bool:
        """Go where the goals say, and look again until nothing is left to do.

        Args:
            goals_of: The goals, given what is seen; servers come and go meanwhile.
            options: How to go.
            views: What was seen last, where that was a moment ago.

        Returns:
            Whether anything was to do.

        Raises:
            PaasError: It does not get there; `journal.phase` says how far it came.
        """
        changed, problem = False, "something changes it again"
        for pause in _PAUSES:
            if pause:
                self._pace.sleep(pause * self._environment.settings.poll_seconds)
                self.alive()
            seen = views or self._watcher.patiently(self._look, "looking")
            views = None
            phases = planned(self._environment, seen, goals_of(seen), options, self.journal.suspended)
            if not phases:
                self._release_the_rest()
                return changed
            if pause == _PAUSES[-1]:
                break
            changed = True
            try:
                self._go(phases)
            except (CameBack, Overtaken) as error:
                problem = str(error)
                self._say(f"{problem}; looking again")
        raise CameBack(
            f"it does not settle after {len(_PAUSES) - 1} rounds: {problem}. Something puts servers back: an "
            "autoscaling group that is attached to the load balancer, or a controller"
        )

    def _look(self) -> Views:
        return self._environment.look(groups=self.journal.suspended)

    def _go(self, phases: Sequence[tuple[str, list[Step]]]) -> None:
        for phase, steps in phases:
            suspends = {step.suspends for step in steps if step.suspends}
            # Written down before it is done: whoever finds this run dead knows what to resume.
            self.note(
                phase=phase,
                suspended=tuple(sorted({*self.journal.suspended, *suspends})),
                moved=self.journal.moved or (self.journal.direction == "forward" and phase not in BEFORE_LIVE_MOVED),
            )
            self._say(f"{phase}: {PHASES[phase]}")
            for step in steps:
                self._do(step)
        resumed = {step.resumes for _, steps in phases for step in steps}
        left = tuple(name for name in self.journal.suspended if name not in resumed)
        self.journal = replace(self.journal, suspended=left, moved=self.journal.direction == "forward")

    def _do(self, step: Step) -> None:
        for call in step.calls:
            self.alive()
            self._say(f"  {step.role}: {call.name} {call.target} ({step.says})")
            try:
                self._watcher.patiently(lambda call=call: call.make(self._environment.aws), call.name)  # type: ignore[misc]
            except ServerError as error:
                if error.words.startswith(_NOT_THERE):
                    raise Overtaken(str(error)) from error
                raise
            self.made.append({"phase": step.phase, **call.as_dict()})
        if step.wait:
            label = step.wait.pool
            self._watcher.wait(step.wait, lambda: self._environment.read(step.role, label))

    def _release_the_rest(self) -> None:
        """Resume groups of ours that no plan speaks of any more, because their servers are gone."""
        for name in sorted(self._environment.idle(self.journal.suspended) if self.journal.suspended else ()):
            call = groups.resume(name)
            call.make(self._environment.aws)
            self.made.append({"phase": "release", **call.as_dict()})
        self.journal = replace(self.journal, suspended=())

    def stop(self, error: PaasError) -> None:
        """Give the lock back unfinished, with the reason, so that the next run need not wait for the lease."""
        with contextlib.suppress(PaasError):  # where even that fails, the lease ends by itself
            self.note(state="stopped", problem=str(error)[:1000])


def new_id() -> str:
    """An id for a run."""
    return uuid.uuid4().hex[:12]
