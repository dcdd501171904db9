"""Looking at a whole environment: every role's servers, pools, weights and autoscaling groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from paas.errors import ConfigError, NotFound, Refused
from paas.settings import EnvironmentSettings, RoleSettings
from paas.traffic import groups as autoscaling
from paas.traffic import servers as finding
from paas.traffic.calls import Aws
from paas.traffic.forwards import Forward
from paas.traffic.pools import ClassicPool, Pool, target_group
from paas.traffic.views import SIDES, GroupView, PoolView, RoleView, Weights

_SHOWN_AT_MOST = 10


@dataclass(frozen=True)
class RoleDoors:
    """How one role's pools are reached, and its forwards where it has them."""

    pools: Mapping[str, Pool]
    forwards: Mapping[str, Forward]


class Environment:
    """One environment's load balancers, read and described; nothing is changed here.

    Args:
        aws: The account.
        settings: Its settings.
    """

    def __init__(self, aws: Aws, settings: EnvironmentSettings) -> None:
        self.settings = settings
        self.aws = aws
        self._doors: dict[str, RoleDoors] = {}

    def doors(self, role: str) -> RoleDoors:
        """How a role's pools are reached; names become ARNs at the first use.

        Raises:
            ConfigError: A target group that the settings name is not there.
        """
        if role not in self._doors:
            settings, key = self.settings.roles[role], self._key(role)
            make = self._forwarding if settings.forwards else self._registering
            self._doors[role] = make(settings, key)
        return self._doors[role]

    def _registering(self, role: RoleSettings, key: str) -> RoleDoors:
        pools: dict[str, Pool] = {}
        for side in SIDES:
            balancer = getattr(role, side)
            if balancer.kind == "classic":
                pools[side] = ClassicPool(self.aws, balancer.name)
            else:
                pools[side] = target_group(self.aws, balancer.name, f"{key}.{side}.target_group")
        return RoleDoors(pools, {})

    def _forwarding(self, role: RoleSettings, key: str) -> RoleDoors:
        pools: dict[str, Pool] = {}
        for cluster in self.settings.clusters:
            name = str(role.servers[cluster].target_group)
            pools[cluster] = target_group(self.aws, name, f"{key}.servers.{cluster}.target_group")
        arns = {cluster: pool.key for cluster, pool in pools.items()}
        balancers = {side: getattr(role, side) for side in SIDES}
        forwards: dict[str, Forward] = {
            side: Forward(self.aws, balancer, f"{key}.{side}.{balancer.kind}", arns)
            for side, balancer in balancers.items()
        }
        return RoleDoors(pools, forwards)

    def look(self, *, groups: Iterable[str] = ()) -> dict[str, RoleView]:
        """Every role as it is now.

        Args:
            groups: Autoscaling groups to look at even where no server is in them any more.

        Raises:
            ConfigError: A load balancer, target group, listener or instance that the settings name is not there.
            Refused: A server is in both clusters.
            ServerError: AWS refused, or did not answer.
        """
        found = {role: self._find(role) for role in self.settings.roles}
        names = {name for each in found.values() for one in each.values() for name in one.group_of.values() if name}
        described = autoscaling.describe(self.aws, names | set(groups))
        views = {}
        for role, of_cluster in found.items():
            owner = {name: cluster for cluster, one in of_cluster.items() for name in one.group_of.values() if name}
            views[role] = RoleView(
                name=role,
                servers={cluster: one.ids for cluster, one in of_cluster.items()},
                groups=tuple(_group(described[name], owner[name]) for name in sorted(owner) if name in described),
                pools={label: self.read(role, label) for label in self.doors(role).pools},
                weights=self._weights(role),
            )
            self._refuse_mixed_groups(views[role])
        return views

    def idle(self, names: Iterable[str]) -> frozenset[str]:
        """Which of these autoscaling groups are there and do not add their instances."""
        described = autoscaling.describe(self.aws, names)
        return frozenset(name for name, each in described.items() if not autoscaling.adds(each))

    def read(self, role: str, label: str) -> PoolView:
        """Who stands behind one pool of a role now.

        Raises:
            ConfigError: The load balancer is not there.
        """
        try:
            return self.doors(role).pools[label].read()
        except NotFound as error:
            settings = self.settings.roles[role]
            where = f"servers.{label}.target_group" if settings.forwards else f"{label}.{getattr(settings, label).kind}"
            name = self.doors(role).pools[label].name
            raise ConfigError(f"{self._key(role)}.{where}", f"{name!r} is not there: {error.words}") from error

    def _weights(self, role: str) -> dict[str, Weights]:
        return {side: forward.read() for side, forward in self.doors(role).forwards.items()}

    def _find(self, role: str) -> dict[str, finding.Found]:
        found = {
            cluster: finding.find(
                self.aws, self.settings.servers_of(role, cluster), f"{self._key(role)}.servers.{cluster}"
            )
            for cluster in self.settings.clusters
        }
        first, second = (found[cluster].ids for cluster in self.settings.clusters)
        if both := first & second:
            raise Refused(
                f"role {role}: {_some(both)} would be in both {' and '.join(self.settings.clusters)}; a server belongs "
                f"to one cluster, so put its tags right, or {self._key(role)}.servers"
            )
        return found

    def _refuse_mixed_groups(self, view: RoleView) -> None:
        if not view.forwards:
            return
        for cluster, pool in view.pools.items():
            others = view.servers[self.settings.other(cluster)] & pool.registered
            if others:
                raise Refused(
                    f"role {view.name}: {_some(others)} of {self.settings.other(cluster)} is in {cluster}'s target "
                    f"group {pool.name}; deregister it there"
                )

    def _key(self, role: str) -> str:
        return f"traffic.{self.settings.name}.roles.{role}"


def _group(described: dict[str, object], cluster: str) -> GroupView:
    return GroupView(
        name=str(described["AutoScalingGroupName"]),
        cluster=cluster,
        servers=autoscaling.servers(described),
        attached=autoscaling.attached(described),
        adds=autoscaling.adds(described),
    )


def _some(ids: frozenset[str]) -> str:
    shown = sorted(ids)[:_SHOWN_AT_MOST]
    more = len(ids) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
