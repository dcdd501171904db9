"""Whether somebody has changed an object since a migration wrote it, as far as managedFields tell."""

from __future__ import annotations

import copy

from paas.migration import compare
from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.marks import MANAGER, Mark

#: Their changes of metadata or spec are the cluster's own work, not a person's.
CONTROLLERS = frozenset(
    {"kube-controller-manager", "kube-apiserver", "kube-scheduler", "kubelet", "cloud-controller-manager", "cainjector"}
)


def since_created(live: Json, mark: Mark, *, rules: Kind, facts: Facts) -> str | None:
    """Who has changed an object that a run created, beside the cluster's own controllers.

    Args:
        live: The object; it is left as it is.
        mark: Its mark, with the hash of what was sent.
        rules: Its kind's rules.
        facts: What else is known of its cluster.

    Returns:
        Names of field managers, `somebody` where the server keeps no record, None where nobody has.
    """
    content = compare.comparable(copy.deepcopy(live), rules=rules, facts=facts)
    if compare.digest(content) == mark.hash:
        return None
    managers = _managers(live)
    others = sorted(name for name in managers if name != MANAGER and name not in CONTROLLERS)
    if others:
        return ", ".join(others)
    # Defaults, and a controller's notes, account for the rest; where nobody keeps a record nothing does.
    return None if managers else "somebody"


def since_written(live: Json) -> str | None:
    """Who has changed an object after a run changed it: field managers, None where nobody has."""
    managers = _managers(live)
    ours = managers.get(MANAGER, "")
    later = sorted(
        name for name, when in managers.items() if name != MANAGER and name not in CONTROLLERS and when > ours
    )
    return ", ".join(later) or None


def _managers(live: Json) -> dict[str, str]:
    """Who wrote anything but the status, and when last."""
    found: dict[str, str] = {}
    for entry in live["metadata"].get("managedFields") or ():
        if not entry.get("subresource"):
            name = str(entry.get("manager"))
            found[name] = max(found.get(name, ""), str(entry.get("time") or ""))
    return found
