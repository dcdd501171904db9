"""Ingresses of extensions/v1beta1 and networking.k8s.io/v1beta1 to networking.k8s.io/v1."""

from __future__ import annotations

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json


def _to_v1(obj: Json) -> None:
    spec = obj["spec"]
    default = spec.pop("backend", None)
    if default:
        spec["defaultBackend"] = _backend(default)
    for rule in spec.get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            path["backend"] = _backend(path.get("backend") or {})
            # What v1beta1 meant: whatever the controller makes of it.
            path.setdefault("pathType", "ImplementationSpecific")


def _backend(old: Json) -> Json:
    new = {field: value for field, value in old.items() if field not in ("serviceName", "servicePort")}
    if "serviceName" in old:
        port = old.get("servicePort")
        number = isinstance(port, int) or str(port).isdigit()
        new["service"] = {
            "name": old["serviceName"],
            "port": {"number": int(port)} if number and port is not None else {"name": str(port)},
        }
    return new


CONVERSIONS = {
    (group, "v1beta1", "Ingress"): Conversion("networking.k8s.io", "v1", "Ingress", _to_v1)
    for group in ("extensions", "networking.k8s.io")
}
