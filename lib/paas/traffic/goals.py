"""Where a run is to end: for each role who stands behind what, and how many must be healthy there first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.errors import Refused
from paas.settings import EnvironmentSettings
from paas.traffic import servers as finding
from paas.traffic.views import GroupView, RoleView, Weights


@dataclass(frozen=True)
class RoleGoal:
    """Where one role is to end.

    Attributes:
        members: Instance ids by pool; a pool that is left out stays as it is.
        owners: The clusters that those belong to, by pool; only where the goal is what was there before.
        attached: Keys of the role's pools that each autoscaling group is to be attached to, by group.
        weights: Percent by cluster, by side, where the role forwards by weight.
        needed: Healthy servers that a pool must have; 0 or left out: not waited for.
    """

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weights: Mapping[str, Weights] = field(default_factory=dict)
    needed: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for the journal."""
        return {
            "members": {pool: sorted(ids) for pool, ids in self.members.items()},
            "owners": {pool: list(clusters) for pool, clusters in self.owners.items()},
            "attached": {group: sorted(keys) for group, keys in self.attached.items()},
            "weights": {side: dict(shares) for side, shares in self.weights.items()},
            "needed": dict(self.needed),
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> RoleGoal:
        """From the journal's JSON."""
        return cls(
            members={pool: frozenset(ids) for pool, ids in found["members"].items()},
            owners={pool: tuple(clusters) for pool, clusters in found["owners"].items()},
            attached={group: frozenset(keys) for group, keys in found["attached"].items()},
            weights=found["weights"],
            needed=found["needed"],
        )


Goals = Mapping[str, RoleGoal]


def cutover(
    settings: EnvironmentSettings,
    views: Mapping[str, RoleView],
    cluster: str,
    *,
    before: Goals,
    min_healthy: str | None = None,
) -> dict[str, RoleGoal]:
    """A cluster live, the other pre-live.

    Raises:
        Refused: The cluster has no server in a role, or fewer than must be healthy.
    """
    other, goals = settings.other(cluster), {}
    for name, view in views.items():
        needed = _needed(settings, view, cluster, min_healthy)
        if view.forwards:
            goals[name] = RoleGoal(
                members={cluster: view.servers[cluster]},
                weights={"live": {cluster: 100, other: 0}, "prelive": {other: 100, cluster: 0}},
                needed={cluster: needed},
            )
            continue
        goals[name] = RoleGoal(
            members={"live": view.servers[cluster], "prelive": view.servers[other]},
            attached={
                group.name: frozenset({view.pools["live" if group.cluster == cluster else "prelive"].key})
                for group in view.groups
                if _follows(settings, view, group, before)
            },
            needed={"live": needed},
        )
    return goals


def stage(
    settings: EnvironmentSettings,
    views: Mapping[str, RoleView],
    cluster: str,
    *,
    before: Goals,
    min_healthy: str | None = None,
) -> dict[str, RoleGoal]:
    """A cluster behind pre-live; live stays as it is.

    Raises:
        Refused: The cluster is live, has no server in a role, or fewer than must be healthy.
    """
    other, goals = settings.other(cluster), {}
    for name, view in views.items():
        if cluster in view.clusters_behind("live"):
            raise Refused(f"{cluster} is live in role {name}; only the other cluster, {other}, can be staged")
        needed = _needed(settings, view, cluster, min_healthy)
        if view.forwards:
            goals[name] = RoleGoal(
                members={cluster: view.servers[cluster]},
                weights={"prelive": {cluster: 100, other: 0}},
                needed={cluster: needed},
            )
            continue
        goals[name] = RoleGoal(
            members={"prelive": view.servers[cluster]},
            attached={
                group.name: frozenset({view.pools["prelive"].key})
                if group.cluster == cluster
                else group.attached & frozenset({view.pools["live"].key})
                for group in view.groups
                if _follows(settings, view, group, before)
            },
            needed={"prelive": needed},
        )
    return goals


def as_it_is(views: Mapping[str, RoleView]) -> dict[str, RoleGoal]:
    """What is there now as a goal: where an undo is to end."""
    return {
        name: RoleGoal(
            members={label: pool.registered & view.known for label, pool in view.pools.items()},
            owners={label: _owners(view, pool.registered) for label, pool in view.pools.items()},
            attached={group.name: group.attached & _keys(view) for group in view.groups},
            weights=view.weights,
            needed=_healthy_now(view),
        )
        for name, view in views.items()
    }


def back(
    before: Mapping[str, RoleGoal], views: Mapping[str, RoleView], *, min_healthy: str | None = None
) -> dict[str, RoleGoal]:
    """Where an undo ends, given who still runs; a cluster that has replaced all its servers keeps its place."""
    goals = {}
    for name, view in views.items():
        if name not in before:
            continue
        goal = before[name]
        members = {label: ids & view.known for label, ids in goal.members.items()}
        for label, ids in goal.members.items():
            if ids and not members[label]:
                members[label] = frozenset().union(*(view.servers.get(each, ()) for each in goal.owners[label]))
        needed = {
            label: share(min_healthy, len(members[label])) if min_healthy else min(count, len(members[label]))
            for label, count in goal.needed.items()
        }
        there = {group.name for group in view.groups}
        attached = {group: keys for group, keys in goal.attached.items() if group in there}
        goals[name] = RoleGoal(members, goal.owners, attached, goal.weights, needed)
    return goals


def _healthy_now(view: RoleView) -> dict[str, int]:
    if view.forwards:
        shares = view.weights["live"]
        return {cluster: len(pool.healthy & view.known) for cluster, pool in view.pools.items() if shares.get(cluster)}
    return {"live": len(view.pools["live"].healthy & view.known)}


def _keys(view: RoleView) -> frozenset[str]:
    return frozenset(pool.key for pool in view.pools.values())


def _owners(view: RoleView, ids: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(cluster for cluster, servers in view.servers.items() if servers & ids))


def _follows(settings: EnvironmentSettings, view: RoleView, group: GroupView, before: Goals) -> bool:
    """Whether an autoscaling group follows its servers from side to side.

    One that the settings name does, and one that is attached to a side, or was before the run: one that died may have
    detached it already. One that was attached to neither is none of the pack's business.
    """
    named = settings.servers_of(view.name, group.cluster).autoscaling_groups
    was = before[view.name].attached.get(group.name) if view.name in before else None
    return group.name in named or bool(group.attached & _keys(view)) or bool(was)


def _needed(settings: EnvironmentSettings, view: RoleView, cluster: str, min_healthy: str | None) -> int:
    count = len(view.servers[cluster])
    if not count:
        wanted = settings.servers_of(view.name, cluster)
        raise Refused(
            f"role {view.name}: no running server of {cluster} by {finding.says(wanted)}; nothing was changed, because "
            "an empty load balancer serves nobody"
        )
    said = min_healthy or settings.roles[view.name].min_healthy
    needed = share(said, count)
    if needed > count:
        raise Refused(f"role {view.name}: {cluster} has {count} servers, and min_healthy asks for {said}")
    return needed


def share(said: str, count: int) -> int:
    """How many of `count` servers "3" or "80%" are, at least 1."""
    return max(1, math.ceil(count * int(said[:-1]) / 100) if said.endswith("%") else int(said))


def refuse_strangers(views: Mapping[str, RoleView]) -> None:
    """Refuse to begin where live has a healthy server of neither cluster: it would stay live after the cutover.

    Raises:
        Refused: There is one.
    """
    for view in views.values():
        takes = sorted(each.id for each in view.strangers("live").values() if each.health == "healthy")
        if takes:
            raise Refused(
                f"role {view.name}: live has {', '.join(takes[:10])}, which belongs to neither cluster; deregister it, "
                "or let the settings find it"
            )
