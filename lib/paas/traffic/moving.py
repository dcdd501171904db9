"""Stage, cut over, switch back: the three things that move an environment, and what each does with what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from paas.errors import PaasError, Refused, Unavailable
from paas.traffic import goals
from paas.traffic.calls import Aws
from paas.traffic.journal import Found, Journal, LockLost, Store
from paas.traffic.observing import Environment
from paas.traffic.orders import Order, Undone
from paas.traffic.pace import Pace
from paas.traffic.results import plan_of, result
from paas.traffic.run import Goals, Options, Run, Views, new_id, planned
from paas.traffic.steps import calls_of
from paas.traffic.watching import StillDraining


class Traffic:
    """One environment's traffic.

    Args:
        aws: The account.
        environment: The environment's doors.
        pace: Time.
        say: Where progress goes.
    """

    def __init__(
        self,
        aws: Aws,
        environment: Environment,
        *,
        pace: Pace | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._pace = pace or Pace()
        self._say = say
        self.environment = environment
        self.settings = environment.settings
        self.store = Store(aws, self.settings.bucket, self.settings.key, self._pace)

    def stage(self, cluster: str, order: Order, *, dry_run: bool = False) -> dict[str, Any]:
        """Put a cluster behind pre-live; live stays as it is.

        Raises:
            Refused: The cluster is live, or has no servers, or another run is at it or unfinished.
            Undone: Its servers did not become healthy; pre-live is as it was.
        """
        order.check(self.settings, cluster)
        found = self._found(("stage", cluster))
        return self._move("stage", cluster, order, found, goals.stage, dry_run)

    def cutover(self, cluster: str, order: Order, *, dry_run: bool = False) -> dict[str, Any]:
        """Move live to a cluster, and the other one behind pre-live; goes on with one that died.

        Raises:
            Refused: The cluster has no servers, or another run is at it or unfinished.
            Undone: It could not be done, and live is as it was.
        """
        order.check(self.settings, cluster)
        other = self.settings.other(cluster)
        found = self._found(("cutover", cluster), ("switch_back", cluster), ("switch_back", other))
        if found and found.journal.unfinished and found.journal.cluster == other:
            return self._undo(found.journal, order, found, dry_run, again=f"elb_cutover cluster={cluster}")
        operation = found.journal.operation if found and found.journal.unfinished else "cutover"
        return self._move(operation, cluster, order, found, goals.cutover, dry_run)

    def switch_back(self, order: Order, *, dry_run: bool = False) -> dict[str, Any]:
        """Undo a run that is unfinished; after a finished cutover, move live back to where it was.

        Raises:
            Refused: There is nothing to switch back, or another run is at it.
            Undone: The old cluster did not become healthy; live is as it was.
        """
        order.check(self.settings, self.settings.clusters[0])
        found = self._found()
        if found is None:
            raise Refused(f"{self.store.name} knows of no cutover; to move live to a cluster use elb_cutover")
        journal = found.journal
        if journal.unfinished and journal.operation == "switch_back" and journal.direction == "forward":
            return self._move("switch_back", journal.cluster, order, found, goals.cutover, dry_run)
        if journal.unfinished:
            return self._undo(journal, order, found, dry_run, again="elb_switch_back")
        last = _last_cutover(journal)
        if last["operation"] == "switch_back" and last["state"] == "done":
            # Said twice is meant once: a second one must not move live forward again.
            return result(self.settings, "switch_back", str(last["cluster"]), [], order)
        if last["state"] == "undone":
            raise Refused(
                f"the last {last['operation']} ({last['started']}) was undone already; nothing to switch back"
            )
        to = self.settings.other(str(last["cluster"]))
        return self._move("switch_back", to, order, found, goals.cutover, dry_run)

    def _found(self, *may_go_on: tuple[str, str]) -> Found | None:
        """The journal, if this run may begin or go on.

        Args:
            *may_go_on: Operation and cluster of the unfinished runs that this one goes on with; none: with any.

        Raises:
            Refused: Somebody is at it, or what is unfinished is something else.
        """
        found = self.store.read()
        if found is None or not found.journal.unfinished:
            return found
        journal, lease = found.journal, self.settings.lease_seconds
        if journal.state == "running" and found.age < lease:
            raise Refused(
                f"{journal.says()} is running; its last sign of life was {found.age:.0f} s ago. If it has died, go on "
                f"in {lease - found.age:.0f} s"
            )
        if may_go_on and (journal.operation, journal.cluster) not in may_go_on:
            raise Refused(
                f"{journal.says()} is unfinished{': ' + journal.problem if journal.problem else ''}; go on with it "
                f"(elb_{'stage' if journal.operation == 'stage' else 'cutover'} {journal.cluster}), or undo it "
                "(elb_switch_back)"
            )
        return found

    def _move(
        self,
        operation: str,
        cluster: str,
        order: Order,
        found: Found | None,
        goals_of: Callable[..., Goals],
        dry_run: bool,
    ) -> dict[str, Any]:
        going_on = found.journal if found and found.journal.unfinished else None
        views = self.environment.look(groups=going_on.suspended if going_on else ())
        if operation != "stage" and not going_on:
            goals.refuse_strangers(views)

        before = going_on.goal_before() if going_on else goals.as_it_is(views)

        def wanted(seen: Views) -> Goals:
            return goals_of(self.settings, seen, cluster, before=before, min_healthy=order.min_healthy)

        calls = self._planned(views, wanted(views), order.options, going_on)
        unfinished = going_on.says() if going_on else ""
        if dry_run:
            return result(self.settings, operation, cluster, calls, order, dry_run=True, unfinished=unfinished)
        self._confirm(order, calls)
        if not calls and not going_on:
            return result(self.settings, operation, cluster, calls, order)
        journal = self._journal(operation, cluster, order, found, views)
        run = self._run(journal, found)
        try:
            run.settle(wanted, order.options, views)
            run.note(state="done", phase="", problem="")
        except LockLost:
            raise
        except (Unavailable, StillDraining) as error:
            run.stop(error)
            raise
        except PaasError as error:
            self._take_back(run, error)
        return result(self.settings, operation, cluster, run.made, order, unfinished=unfinished)

    def _take_back(self, run: Run, error: PaasError) -> None:
        """After a failure: undo what was done, unless live has moved for good; that is gone on with."""
        journal = run.journal
        if journal.operation != "stage" and journal.moved:
            run.stop(error)
            raise error
        self._say(f"{error}; undoing")
        before = journal.goal_before()
        try:
            run.note(direction="back", problem=str(error)[:1000])
            run.settle(lambda seen: goals.back(before, seen), Options())
            run.note(state="undone", phase="")
        except LockLost:
            raise
        except PaasError as second:
            run.stop(second)
            raise PaasError(
                f"{error}. Undoing it failed too, in phase {run.journal.phase}: {second}. Live is served by what is "
                "healthy behind it; go on with elb_switch_back"
            ) from second
        raise Undone(f"{error}. Undone: everything is as it was before") from error

    def _undo(self, journal: Journal, order: Order, found: Found, dry_run: bool, *, again: str) -> dict[str, Any]:
        before = journal.goal_before()

        def wanted(seen: Views) -> Goals:
            return goals.back(before, seen, min_healthy=order.min_healthy)

        views = self.environment.look(groups=journal.suspended)
        calls = self._planned(views, wanted(views), order.options, journal)
        says, live = journal.says(), journal.live_before
        if dry_run:
            done = result(self.settings, "switch_back", live, calls, order, dry_run=True, undone=says, again=again)
            return {**done, "undoes": says}
        self._confirm(order, calls)
        run = self._run(self._taken_over(journal, order, direction="back"), found)
        try:
            run.settle(wanted, order.options, views)
            run.note(state="undone", phase="")
        except LockLost:
            raise
        except PaasError as error:
            run.stop(error)
            raise
        return {**result(self.settings, "switch_back", live, run.made, order, undone=says), "undoes": says}

    def _planned(self, views: Views, wanted: Goals, options: Options, journal: Journal | None) -> list[dict[str, Any]]:
        """Every writing call, the journal's own among them: one before each phase, one at either end."""
        phases = planned(self.environment, views, wanted, options, journal.suspended if journal else ())
        write = self.store.call().as_dict()
        if not phases and not journal:
            return []
        calls = [{"phase": "lock", **write}]
        for phase, steps in phases:
            calls += [{"phase": phase, **write}, *calls_of([(phase, steps)])]
        return [*calls, {"phase": "unlock", **write}]

    @staticmethod
    def _confirm(order: Order, calls: list[dict[str, Any]]) -> None:
        if order.plan and order.plan != plan_of(calls, order):
            raise Refused(
                f"plan {order.plan} is not what would be done now, which is plan {plan_of(calls, order)}; look at it "
                "with dry_run again, and repeat what else was asked for with it"
            )

    def _journal(self, operation: str, cluster: str, order: Order, found: Found | None, views: Views) -> Journal:
        if found and found.journal.unfinished:
            return self._taken_over(found.journal, order, direction="forward")
        live = {each for view in views.values() for each in view.clusters_behind("live")}
        return Journal(
            run=new_id(),
            operation=operation,
            cluster=cluster,
            state="running",
            direction="forward",
            before={role: goal.as_dict() for role, goal in goals.as_it_is(views).items()},
            live_before=next(iter(live)) if len(live) == 1 else "",
            by=order.by,
            started=self._pace.stamp(),
            beat=found.journal.beat if found else 0,
            history=found.journal.ended() if found else (),
        )

    @staticmethod
    def _taken_over(journal: Journal, order: Order, *, direction: str) -> Journal:
        moved = journal.moved and direction == "forward"
        changes: Mapping[str, Any] = {
            "run": new_id(),
            "state": "running",
            "direction": direction,
            "by": order.by,
            "moved": moved,
        }
        return replace(journal, **changes)

    def _run(self, journal: Journal, found: Found | None) -> Run:
        over = found.etag if found else None
        return Run(self.environment, self.store, journal, over, pace=self._pace, say=self._say)


def _last_cutover(journal: Journal) -> Mapping[str, Any]:
    """The last run that moved live, or was to.

    Raises:
        Refused: There was none.
    """
    for ended in journal.ended():
        if ended["operation"] in ("cutover", "switch_back"):
            return ended
    raise Refused("there was no cutover yet; to move live to a cluster use elb_cutover")
