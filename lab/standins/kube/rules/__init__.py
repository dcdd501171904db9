"""What single kinds have of their own: defaults, checks, what happens at a commit. One file a family of kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json
from lab.standins.kube.kinds import Kind


def _nothing(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster, new, old


def _fine(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster, new, old
    return []


def _gone(cluster: Cluster, value: Json) -> None:
    del cluster, value


@dataclass(frozen=True)
class Rule:
    """The hooks of a kind, all called under the store's lock.

    Attributes:
        prepare: Defaults and conversions, on create and on update, before validation. Must not reserve anything.
        validate: What is wrong.
        allocate: What the server hands out (addresses, ports), after ownership was noted: nobody owns it.
        commit: Just before the object is stored: what a dry run must not do.
        holds: Whether something other than metadata.finalizers keeps a deleted object.
        going: Changes an object that is being marked as deleted.
        removed: After the object has gone.
    """

    prepare: Callable[[Cluster, Json, Json | None], None] = _nothing
    validate: Callable[[Cluster, Json, Json | None], list[Cause]] = _fine
    allocate: Callable[[Cluster, Json], None] = _gone
    commit: Callable[[Cluster, Json, Json | None], None] = _nothing
    holds: Callable[[Json], bool] = lambda value: False
    going: Callable[[Cluster, Json], None] = _gone
    removed: Callable[[Cluster, Json], None] = _gone


PLAIN = Rule()
RULES: dict[tuple[str, str], Rule] = {}


def rule_of(kind: Kind) -> Rule:
    """A kind's rule."""
    return PLAIN if kind.custom else RULES.get((kind.group, kind.kind), PLAIN)


def load() -> None:
    """Fill the table; a function, since the files of the table import this one."""
    from . import core, defaults, namespaces, pods, rbac, services, workloads

    for module in (core, defaults, namespaces, pods, services, workloads, rbac):
        RULES.update(module.RULES)
    from lab.standins.kube import crds

    RULES[("apiextensions.k8s.io", "CustomResourceDefinition")] = crds.RULE
