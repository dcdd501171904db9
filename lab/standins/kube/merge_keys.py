"""How lists merge: which field names an item. Shared by strategic merge patches and field ownership.

The real server reads this from its types. Here the field's own name tells, which is right for the kinds people patch by
hand (workloads, Services, ServiceAccounts); a list not named here is replaced as a whole.
"""

from __future__ import annotations

from typing import Any

from .errors import Json

SETS = frozenset({"finalizers"})
# Maps that are one value, and lists whose items are.
ATOMIC = frozenset({"selector", "nodeSelector", "labelSelector", "namespaceSelector", "podSelector", "roleRef"})
ATOMIC_ITEMS = frozenset({"ownerReferences"})

_BY_NAME = (
    "containers", "initContainers", "ephemeralContainers", "env", "volumes", "imagePullSecrets", "secrets", "webhooks",
    "resourceClaims",
)  # fmt: skip
_KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_BY_NAME, ("name",)),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}


def list_keys(field: str, items: list[Any]) -> tuple[str, ...]:
    """The fields that name an item of a list; empty for a list that is replaced as a whole."""
    if not items or not all(isinstance(item, dict) for item in items):
        return _KEYS.get(field, ())
    if field == "ports":
        return _port_keys(items)
    keys = _KEYS.get(field, ())
    return keys if all(key in item for item in items for key in keys) else ()


def _port_keys(items: list[Json]) -> tuple[str, ...]:
    """Ports are named by containerPort in a container and by port in a Service; protocol counts where all have it."""
    for key in ("containerPort", "port"):
        if all(key in item for item in items):
            return (key, "protocol") if all("protocol" in item for item in items) else (key,)
    return ()


def schema_list_keys(schema: Json) -> tuple[str, ...] | None:
    """The keys of a list by its structural schema; None when it is no map."""
    if schema.get("x-kubernetes-list-type") != "map":
        return None
    return tuple(schema.get("x-kubernetes-list-map-keys") or ())
