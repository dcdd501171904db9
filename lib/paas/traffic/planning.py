"""From what is seen and where it is to end: the steps in between. Pure, so that a dry run and a run cannot differ.

A run that died is gone on with by looking again and planning from there, so nothing here knows of past steps. The
order is the safety: nothing healthy leaves live before what takes its place was seen to be healthy there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from paas.errors import Refused
from paas.traffic import groups as autoscaling
from paas.traffic.calls import Call
from paas.traffic.goals import RoleGoal
from paas.traffic.observing import RoleDoors
from paas.traffic.steps import Step, Wait
from paas.traffic.views import GroupView, PoolView, RoleView, Weights

AT_ONCE: tuple[int, ...] = (100,)


def plan(
    view: RoleView,
    goal: RoleGoal,
    doors: RoleDoors,
    *,
    steps: Sequence[int] = AT_ONCE,
    bake_seconds: float = 0.0,
    ours: Collection[str] = (),
) -> list[Step]:
    """The steps of one role, none where it is there already.

    Args:
        view: The role as it is.
        goal: Where it is to end.
        doors: How its pools and forwards are reached.
        steps: Percent of live that the new cluster gets, one after the other; for a role that forwards by weight.
        bake_seconds: How long the new servers must stay healthy, after they join and after each step.
        ours: Autoscaling groups that this run has suspended before.

    Raises:
        Refused: Live would be left with nobody who is healthy.
    """
    if view.forwards:
        return list(_forwarding(view, goal, doors, steps, bake_seconds))
    return list(_registering(view, goal, doors, bake_seconds, ours))


def _registering(
    view: RoleView, goal: RoleGoal, doors: RoleDoors, bake_seconds: float, ours: Collection[str]
) -> Iterator[Step]:
    role, live, prelive = view.name, view.pools["live"], view.pools["prelive"]
    moves = {label: _moves(pool, goal.members.get(label), view.known) for label, pool in view.pools.items()}
    joins, leaves = moves["live"]
    parks, clears = moves["prelive"]
    keys = frozenset(pool.key for pool in view.pools.values())
    changed = [
        group for group in view.groups if goal.attached.get(group.name, group.attached & keys) != group.attached & keys
    ]
    moving = joins | leaves | parks | clears
    # Those must not add instances meanwhile: the attached ones that are changed, or whose servers move.
    held = [each for each in view.groups if each.attached & keys and (each in changed or each.servers & moving)]

    for group in held:
        if group.adds:
            yield Step("hold", role, (autoscaling.suspend(group.name),), says=group.name, suspends=group.name)
    if joins:
        yield Step("join", role, tuple(doors.pools["live"].register(joins)), says=f"{len(joins)} servers")
    if joins or leaves & live.healthy:
        wanted = goal.members["live"]
        if not wanted:
            raise Refused(f"role {role}: nobody would be left behind {live.name}, and live is never empty")
        yield Step(
            "prove", role, wait=Wait("healthy", "live", wanted, max(1, goal.needed.get("live", 1)), bake_seconds)
        )
    yield from _leaving("leave", role, "live", live, doors, changed, goal, leaves)
    if leaves:
        yield Step("drain", role, wait=Wait("gone", "live", leaves))
    if parks:
        yield Step("park", role, tuple(doors.pools["prelive"].register(parks)), says=f"{len(parks)} servers")
    if goal.needed.get("prelive") and (parks or clears):
        yield Step("check", role, wait=Wait("healthy", "prelive", goal.members["prelive"], goal.needed["prelive"]))
    yield from _leaving("clear", role, "prelive", prelive, doors, changed, goal, clears)
    for name in sorted(
        {group.name for group in held if group.adds} | (set(ours) & {each.name for each in view.groups})
    ):
        yield Step("release", role, (autoscaling.resume(name),), says=name, resumes=name)
    for group in changed:
        calls = tuple(
            doors.pools[label].attach(group.name)
            for label, pool in view.pools.items()
            if pool.key in goal.attached[group.name] - group.attached
        )
        if calls:
            yield Step("attach", role, calls, says=group.name)


def _leaving(
    phase: str,
    role: str,
    label: str,
    pool: PoolView,
    doors: RoleDoors,
    changed: Sequence[GroupView],
    goal: RoleGoal,
    leaves: frozenset[str],
) -> Iterator[Step]:
    """Groups first, with all their instances: one that stays attached would put back what is deregistered."""
    door, rest = doors.pools[label], leaves
    calls: list[Call] = []
    for group in changed:
        if pool.key in group.attached - goal.attached[group.name]:
            calls.append(door.detach(group.name))
            rest -= group.servers
    calls += door.deregister(rest) if rest else []
    if calls:
        yield Step(phase, role, tuple(calls), says=f"{len(leaves)} servers")


def _moves(
    pool: PoolView, wanted: frozenset[str] | None, known: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Who joins a pool and who leaves it; a server of neither cluster is left alone."""
    if wanted is None:
        return frozenset(), frozenset()
    return wanted - pool.registered, (pool.registered & known) - wanted


def _forwarding(
    view: RoleView, goal: RoleGoal, doors: RoleDoors, steps: Sequence[int], bake_seconds: float
) -> Iterator[Step]:
    role = view.name
    joins = {cluster: wanted - view.pools[cluster].registered for cluster, wanted in goal.members.items()}
    for cluster, servers in joins.items():
        if servers:
            yield Step("join", role, tuple(doors.pools[cluster].register(servers)), says=f"{len(servers)} servers")
    live, prelive = view.weights["live"], view.weights["prelive"]
    ends = goal.weights.get("live", live)
    getting = [cluster for cluster, share in ends.items() if share > live.get(cluster, 0)]
    for cluster in getting:
        if cluster not in {**live, **prelive}:
            # AWS checks the health only of a group that something forwards to, be it with nothing.
            yield Step("join", role, (doors.forwards["live"].set({**live, cluster: 0}),), says=f"{cluster} at 0%")
        yield Step("prove", role, wait=_healthy(view, goal, cluster))
    if getting:
        for shares in _stairs(live, ends, steps):
            call = doors.forwards["live"].set(shares)
            says = ", ".join(f"{cluster} {share}%" for cluster, share in sorted(shares.items()))
            wait = _healthy(view, goal, getting[0], bake_seconds, proven=True) if bake_seconds else None
            yield Step("shift", role, (call,), wait, says)
    parked = goal.weights.get("prelive", prelive)
    moves = not _same(parked, prelive)
    if moves:
        yield Step("park", role, (doors.forwards["prelive"].set(parked),), says="pre-live")
    for cluster in goal.needed:
        if parked.get(cluster) and (moves or joins.get(cluster)):
            yield Step("check", role, wait=_healthy(view, goal, cluster))
    for cluster, wanted in goal.members.items():
        if leaves := (view.pools[cluster].registered & view.known) - wanted:
            yield Step("clear", role, tuple(doors.pools[cluster].deregister(leaves)), says=f"{len(leaves)} servers")


def _healthy(view: RoleView, goal: RoleGoal, cluster: str, seconds: float = 0.0, *, proven: bool = False) -> Wait:
    servers = goal.members.get(cluster, view.pools[cluster].registered)
    return Wait("healthy", cluster, servers, max(1, goal.needed.get(cluster, 1)), seconds, proven)


def _stairs(live: Weights, ends: Weights, steps: Sequence[int]) -> Iterator[Weights]:
    """The weights of live one after the other, the last being where it ends."""
    new, *more = (cluster for cluster, share in ends.items() if share > live.get(cluster, 0))
    others = [cluster for cluster in ends if cluster != new]
    for step in sorted(set(steps)):
        if live.get(new, 0) < step < ends[new] and len(others) == 1 and not more:
            yield {new: step, others[0]: 100 - step}
    yield ends


def _same(first: Mapping[str, int], second: Mapping[str, int]) -> bool:
    """Whether two sets of weights forward alike; a cluster with nothing need not be listed."""
    return {key: share for key, share in first.items() if share} == {key: s for key, s in second.items() if s}
