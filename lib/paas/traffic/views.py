"""What is seen at one moment: servers, who stands behind what and how healthy, weights, autoscaling groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Health = Literal["healthy", "starting", "unhealthy", "draining", "unused"]
Side = Literal["live", "prelive"]
SIDES: tuple[Side, Side] = ("live", "prelive")
Weights = Mapping[str, int]


@dataclass(frozen=True)
class Member:
    """One server behind a load balancer; `words` are AWS's own about its health."""

    id: str
    health: Health
    words: str = ""


@dataclass(frozen=True)
class PoolView:
    """Who stands behind one classic load balancer or target group.

    Attributes:
        key: The load balancer's name, or the target group's ARN.
        name: What a person calls it.
        members: By instance id, the draining ones included.
    """

    key: str
    name: str
    members: Mapping[str, Member] = field(default_factory=dict)

    @property
    def registered(self) -> frozenset[str]:
        """Those that are registered, healthy or not; a draining one no longer is."""
        return frozenset(each.id for each in self.members.values() if each.health != "draining")

    @property
    def healthy(self) -> frozenset[str]:
        """Those that take requests."""
        return frozenset(each.id for each in self.members.values() if each.health == "healthy")

    @property
    def draining(self) -> frozenset[str]:
        """Those that finish what they have begun."""
        return frozenset(each.id for each in self.members.values() if each.health == "draining")


@dataclass(frozen=True)
class GroupView:
    """One autoscaling group of a cluster's servers.

    Attributes:
        attached: Keys of the load balancers and target groups that it adds its instances to.
        adds: Whether it does so now; False while AddToLoadBalancer is suspended, by whomever.
    """

    name: str
    cluster: str
    servers: frozenset[str]
    attached: frozenset[str]
    adds: bool


@dataclass(frozen=True)
class RoleView:
    """One role.

    Attributes:
        servers: Ids of the running servers by cluster.
        groups: Their autoscaling groups.
        pools: `live` and `prelive`; where the role forwards by weight, each cluster's own target group by cluster.
        weights: Where the role forwards by weight: percent by cluster, for each side. Empty otherwise.
    """

    name: str
    servers: Mapping[str, frozenset[str]]
    groups: tuple[GroupView, ...]
    pools: Mapping[str, PoolView]
    weights: Mapping[str, Weights] = field(default_factory=dict)

    @property
    def forwards(self) -> bool:
        """Whether it forwards by weight."""
        return bool(self.weights)

    @property
    def known(self) -> frozenset[str]:
        """Every server of either cluster."""
        return frozenset().union(*self.servers.values())

    def cluster_of(self, server: str) -> str | None:
        """The cluster that a server belongs to, None for a stranger."""
        return next((cluster for cluster, ids in self.servers.items() if server in ids), None)

    def behind(self, side: Side) -> Mapping[str, Member]:
        """Whoever gets the requests of a side: its members, or those of the groups with a weight."""
        if not self.forwards:
            return self.pools[side].members
        shares = self.weights[side]
        return {
            member.id: member
            for cluster, pool in self.pools.items()
            if shares.get(cluster)
            for member in pool.members.values()
        }

    def clusters_behind(self, side: Side) -> tuple[str, ...]:
        """The clusters whose servers are registered on a side, in order of name."""
        found = {self.cluster_of(each.id) for each in self.behind(side).values() if each.health != "draining"}
        return tuple(sorted(cluster for cluster in found if cluster))

    def strangers(self, side: Side) -> Mapping[str, Member]:
        """Those on a side that belong to neither cluster."""
        return {member.id: member for member in self.behind(side).values() if member.id not in self.known}
