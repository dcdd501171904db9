"""What an operator may ask of a migration, checked before anything is touched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from paas.errors import InvalidInput
from paas.migration import checks
from paas.migration.transforms import Transform

OnConflict = Literal["report", "update", "recreate"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "schedules": ("suspend", "keep"),
    "workloads": ("keep", "zero"),
    "load_balancers": ("hold", "create"),
    "node_ports": ("report", "reassign"),
    "on_conflict": ("report", "update", "recreate"),
}
MOST_WORKERS = 64


@dataclass(frozen=True, kw_only=True)
class Options:
    """Which objects go, what is changed on the way, and how fast.

    Attributes:
        namespaces: Only these, and what they need; empty for all but the system's.
        exclude_namespaces: Not these.
        kinds: Only these: a kind (`Deployment`), a plural, or `plural.group`; namespaces go along.
        exclude_kinds: Not these.
        labels: A label selector; namespaces and definitions go along where something in them matches.
        exclude: Not these objects: `Kind/name` or `Kind/namespace/name`, `*` for any part.
        include_cluster_scoped: Objects outside namespaces too; by default only where no namespaces are named.
        include_volumes: PersistentVolumes too.
        include_pods: Bare Pods too.
        namespace_map: Source namespace to destination namespace.
        storage_class_map: Storage class names.
        image_map: Beginnings of image names, the longest that fits wins.
        transforms: Patches by kind, namespace, name and labels.
        keep_finalizers: Finalizers that something in the destination removes.
        schedules: `suspend`: CronJobs wait for `migrate_release`.
        workloads: `zero`: Deployments and their like wait without replicas.
        load_balancers: `hold`: Services of type LoadBalancer wait as ClusterIP.
        node_ports: What happens where a chosen nodePort is taken.
        on_conflict: What happens to an object that is there already and differs.
        concurrency: Workers, each with its own connection.
        wait_seconds: How long one wait may take: a CRD's conditions, a namespace that ends, a webhook's endpoints.
        lease_seconds: How long the lock of a run that died is respected.
    """

    namespaces: tuple[str, ...] = ()
    exclude_namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    exclude_kinds: tuple[str, ...] = ()
    labels: str | None = None
    exclude: tuple[str, ...] = ()
    include_cluster_scoped: bool | None = None
    include_volumes: bool = False
    include_pods: bool = False
    namespace_map: Mapping[str, str] = field(default_factory=dict)
    storage_class_map: Mapping[str, str] = field(default_factory=dict)
    image_map: Mapping[str, str] = field(default_factory=dict)
    transforms: tuple[Transform, ...] = ()
    keep_finalizers: tuple[str, ...] = ()
    schedules: Literal["suspend", "keep"] = "suspend"
    workloads: Literal["keep", "zero"] = "keep"
    load_balancers: Literal["hold", "create"] = "hold"
    node_ports: Literal["report", "reassign"] = "report"
    on_conflict: OnConflict = "report"
    concurrency: int = 8
    wait_seconds: float = 60.0
    lease_seconds: int = 15

    @classmethod
    def load(cls, given: Mapping[str, Any]) -> Options:
        """Read options as an action's parameters hold them.

        Raises:
            InvalidInput: One of them cannot be used; the sentence says what would be right.
        """
        known = cls.__dataclass_fields__
        for name in given:
            if name not in known:
                raise InvalidInput(name, given[name], f"one of {', '.join(known)}")
        read: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        for name in ("namespaces", "exclude_namespaces", "kinds", "exclude_kinds", "exclude", "keep_finalizers"):
            if name in read:
                read[name] = checks.names(name, read[name])
        for name in ("namespace_map", "storage_class_map", "image_map"):
            if name in read:
                read[name] = checks.mapping(name, read[name])
        for name, choices in _CHOICES.items():
            if name in read and read[name] not in choices:
                raise InvalidInput(name, read[name], f"one of {', '.join(choices)}")
        if "transforms" in read:
            read["transforms"] = Transform.load_all(read["transforms"])
        options = cls(**read)
        options._check()
        return options

    def _check(self) -> None:
        checks.namespaces("namespaces", self.namespaces)
        checks.namespaces("exclude_namespaces", self.exclude_namespaces)
        checks.namespaces("namespace_map", [*self.namespace_map, *self.namespace_map.values()])
        checks.not_system("namespaces", self.namespaces)
        checks.not_system("namespace_map", self.namespace_map.values())
        checks.one_to_one("namespace_map", self.namespace_map)
        checks.selector("labels", self.labels)
        checks.exclusions("exclude", self.exclude)
        checks.number("concurrency", self.concurrency, 1, MOST_WORKERS)
        checks.number("wait_seconds", self.wait_seconds, 1, 3600)
        checks.number("lease_seconds", self.lease_seconds, 2, 300)
        both = sorted(set(self.namespaces) & set(self.exclude_namespaces))
        if both:
            raise InvalidInput("exclude_namespaces", both[0], "a namespace that `namespaces` does not name too")
        for name in self.namespace_map:
            if self.namespaces and name not in self.namespaces:
                raise InvalidInput("namespace_map", name, f"one of `namespaces`: {', '.join(self.namespaces)}")

    @property
    def whole_cluster(self) -> bool:
        """Whether objects outside namespaces are part of it."""
        if self.include_cluster_scoped is None:
            return not self.namespaces
        return self.include_cluster_scoped

    def namespace_there(self, namespace: str) -> str:
        """What a source namespace is called in the destination."""
        return self.namespace_map.get(namespace, namespace)

    def holds(self, switch: str) -> bool:
        """Whether kinds under this switch (`Kind.held_by`) wait for the cutover."""
        return {
            "schedules": self.schedules == "suspend",
            "workloads": self.workloads == "zero",
            "load_balancers": self.load_balancers == "hold",
            "volumes": True,
        }.get(switch, False)

    def digest(self, *others: str) -> str:
        """The same for the same request: by it a run that died is known again. Speed is no part of it."""
        asked = asdict(self)
        for name in ("concurrency", "wait_seconds", "lease_seconds"):
            asked.pop(name)
        text = json.dumps([asked, others], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
