"""Settings of the traffic: which load balancers are live and pre-live for a role, and whose servers are behind them."""

from __future__ import annotations

from dataclasses import dataclass, field

from paas.errors import ConfigError

SHARE = {"pattern": r"^[1-9]\d*%?$", "expected": 'a number of servers such as "3", or a share such as "80%"'}
WAYS_TO_SERVERS = ("tags", "autoscaling_groups", "instance_ids")
PLACEHOLDERS = ("cluster", "role", "environment")


@dataclass(frozen=True)
class BalancerSettings:
    """One side of a role: exactly one of a classic load balancer, a target group, a listener or a listener's rule.

    Servers are registered with a classic load balancer and a target group; a listener or a rule forwards by weight to
    the target groups of the clusters.
    """

    classic: str | None = None
    target_group: str | None = None
    listener: str | None = None
    rule: str | None = None

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(kind for kind in ("classic", "target_group", "listener", "rule") if getattr(self, kind))

    @property
    def name(self) -> str:
        """The load balancer's name, or the name or ARN of the rest."""
        return str(getattr(self, self.kind))

    @property
    def forwards(self) -> bool:
        """Whether it forwards by weight."""
        return self.kind in ("listener", "rule")

    def check(self, key: str) -> None:
        """Raise a ConfigError unless it is exactly one of the four."""
        kinds = [kind for kind in ("classic", "target_group", "listener", "rule") if getattr(self, kind)]
        if len(kinds) != 1:
            found = f"has {' and '.join(kinds)}" if kinds else "names none"
            raise ConfigError(key, f"{found}; expected exactly one of classic, target_group, listener, rule")


@dataclass(frozen=True)
class ServersSettings:
    """How the servers of one cluster in one role are found: by EC2 tags, by autoscaling group, or by instance ids.

    Where none is given, the tags are the environment's `server_tags`. `target_group` is the cluster's own, which a
    listener or a rule forwards to.
    """

    tags: dict[str, str] = field(default_factory=dict)
    autoscaling_groups: tuple[str, ...] = ()
    instance_ids: tuple[str, ...] = ()
    target_group: str | None = None


@dataclass(frozen=True)
class RoleSettings:
    """One role of servers, such as `ingress`: its two sides, its servers by cluster, and how many must be healthy."""

    live: BalancerSettings
    prelive: BalancerSettings
    servers: dict[str, ServersSettings] = field(default_factory=dict)
    min_healthy: str = field(default="100%", metadata=SHARE)

    @property
    def forwards(self) -> bool:
        """Whether its sides forward by weight; both do, or none."""
        return self.live.forwards

    def check(self, key: str, clusters: tuple[str, ...]) -> None:
        """Raise a ConfigError for what cannot be."""
        self.live.check(f"{key}.live")
        self.prelive.check(f"{key}.prelive")
        if self.live.forwards != self.prelive.forwards:
            raise ConfigError(
                f"{key}.prelive",
                f"is a {self.prelive.kind}, live a {self.live.kind}; expected both or none to forward by weight",
            )
        if self.live == self.prelive:
            raise ConfigError(f"{key}.prelive", "is the same as live; expected another one")
        for cluster in self.servers:
            if cluster not in clusters:
                raise ConfigError(f"{key}.servers.{cluster}", f"is none of the environment's: {', '.join(clusters)}")
        for cluster in clusters:
            found = self.servers.get(cluster, ServersSettings())
            ways = [way for way in WAYS_TO_SERVERS if getattr(found, way)]
            if len(ways) > 1:
                raise ConfigError(
                    f"{key}.servers.{cluster}",
                    f"has {' and '.join(ways)}; expected one of {', '.join(WAYS_TO_SERVERS)}",
                )
            if self.forwards and not found.target_group:
                raise ConfigError(
                    f"{key}.servers.{cluster}.target_group",
                    "is missing; a listener or a rule forwards to the cluster's own target group",
                )


@dataclass(frozen=True)
class SmokeCheck:
    """One HTTP request through pre-live and what must come back."""

    path: str = "/"
    status: int = 200
    text: str | None = None
    host: str | None = None
    max_seconds: float = field(default=5.0, metadata={"minimum": 0.001})


@dataclass(frozen=True)
class SmokeSettings:
    """What shows that a cluster behind pre-live works."""

    url: str | None = field(
        default=None, metadata={"pattern": r"^https?://[^/]+", "expected": "a URL such as https://prelive.example.com"}
    )
    checks: tuple[SmokeCheck, ...] = ()
    attempts: int = field(default=3, metadata={"minimum": 1})
    ca_file: str | None = None
    verify_tls: bool = True


@dataclass(frozen=True)
class EnvironmentSettings:
    """One environment, such as `prd`: two clusters that take turns at being live.

    Attributes:
        bucket: S3 bucket of the lock and journal; the object is `key`.
        lease_seconds: A run that gave no sign of life for so long counts as dead.
    """

    name: str
    bucket: str
    clusters: tuple[str, ...]
    roles: dict[str, RoleSettings]
    key: str = "paas/traffic.json"
    server_tags: dict[str, str] = field(default_factory=dict)
    lease_seconds: int = field(default=120, metadata={"minimum": 1})
    poll_seconds: float = field(default=5.0, metadata={"minimum": 0.01})
    health_timeout: float = field(default=900.0, metadata={"minimum": 1})
    drain_timeout: float = field(default=900.0, metadata={"minimum": 1})
    smoke: SmokeSettings = SmokeSettings()

    def __post_init__(self) -> None:
        key = f"traffic.{self.name}"
        if len(set(self.clusters)) != 2 or len(self.clusters) != 2:
            raise ConfigError(f"{key}.clusters", f"has {len(set(self.clusters))}; expected the two that take turns")
        if not self.roles:
            raise ConfigError(f"{key}.roles", "is empty; expected at least one role with live and prelive")
        sides: dict[BalancerSettings, str] = {}
        for name, role in self.roles.items():
            role.check(f"{key}.roles.{name}", self.clusters)
            for side, balancer in (("live", role.live), ("prelive", role.prelive)):
                if (other := sides.setdefault(balancer, f"{name}.{side}")) != f"{name}.{side}":
                    raise ConfigError(f"{key}.roles.{name}.{side}", f"is also {other}; expected another load balancer")
            for cluster in self.clusters:
                servers = role.servers.get(cluster, ServersSettings())
                if not any(getattr(servers, way) for way in WAYS_TO_SERVERS) and not self.server_tags:
                    raise ConfigError(
                        f"{key}.roles.{name}.servers.{cluster}",
                        f"does not say how its servers are found; expected one of {', '.join(WAYS_TO_SERVERS)}, or "
                        f"traffic.{self.name}.server_tags",
                    )
        for tag, value in self.server_tags.items():
            try:
                value.format(**dict.fromkeys(PLACEHOLDERS, "x"))
            except (KeyError, IndexError, ValueError) as error:
                raise ConfigError(
                    f"{key}.server_tags.{tag}", f"is {value!r}; expected only {{cluster}}, {{role}}, {{environment}}"
                ) from error

    def other(self, cluster: str) -> str:
        """The cluster that is not this one."""
        first, second = self.clusters
        return second if cluster == first else first

    def cluster_named(self, given: str) -> str:
        """A cluster by its name, or by the letter that its name ends with, in whatever case; else what was given."""
        ending = [each for each in self.clusters if each.lower().endswith(given.lower())]
        return ending[0] if len(given) == 1 and len(ending) == 1 else given

    def servers_of(self, role: str, cluster: str) -> ServersSettings:
        """How the servers of a cluster in a role are found, the environment's tags filled in."""
        found = self.roles[role].servers.get(cluster, ServersSettings())
        if any(getattr(found, way) for way in WAYS_TO_SERVERS):
            return found
        filled = {"cluster": cluster, "role": role, "environment": self.name}
        tags = {tag: value.format(**filled) for tag, value in self.server_tags.items()}
        return ServersSettings(tags=tags, target_group=found.target_group)
