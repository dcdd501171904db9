"""Secrets, ConfigMaps, claims and volumes, nodes, events."""

from __future__ import annotations

import base64
import binascii
import re

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json, bad_request, forbidden_field, invalid_value, required

from . import Rule

SERVICE_ACCOUNT_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type
CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
_REQUIRED_KEYS = {
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def _prepare_secret(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    new.setdefault("type", old["type"] if old and "type" in old else "Opaque")
    plain = new.pop("stringData", None) or {}
    if plain:
        encoded = {name: base64.b64encode(str(text).encode()).decode() for name, text in plain.items()}
        new["data"] = {**(new.get("data") or {}), **encoded}
    for value in (new.get("data") or {}).values():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise bad_request(
                'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0'
            ) from None


_KEY_WORDS = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def _check_keys(field: str, data: Json) -> list[Cause]:
    wrong = [key for key in data if not re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", key)]
    return [invalid_value(f"{field}[{key}]", key, _KEY_WORDS) for key in wrong]


def _validate_secret(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    data, type_ = new.get("data") or {}, new["type"]
    causes = _check_keys("data", data)
    if type_ == SERVICE_ACCOUNT_TOKEN:
        annotations = new["metadata"].get("annotations") or {}
        if not annotations.get("kubernetes.io/service-account.name"):
            causes.append(required("metadata.annotations[kubernetes.io/service-account.name]"))
    for key in _REQUIRED_KEYS.get(type_, ()):
        if key not in data:
            causes.append(required(f"data[{key}]"))
    if old is None:
        return causes
    if new["type"] != old["type"]:
        causes.append(invalid_value("type", new["type"], "field is immutable"))
    return causes + _immutable(new, old)


def _immutable(new: Json, old: Json) -> list[Cause]:
    if not old.get("immutable"):
        return []
    causes = []
    if not new.get("immutable"):
        causes.append(forbidden_field("immutable", "field is immutable when `immutable` is set"))
    for field in ("data", "binaryData", "stringData"):
        if (new.get(field) or {}) != (old.get(field) or {}):
            causes.append(forbidden_field(field, "field is immutable when `immutable` is set"))
    return causes


def _prepare_config_map(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster, old
    for value in (new.get("data") or {}).values():
        if not isinstance(value, str):
            found = {bool: "bool", int: "number", float: "number", dict: "object", list: "array"}[type(value)]
            raise bad_request(
                'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal '
                f"{found} into Go struct field ConfigMap.data of type string"
            )


def _validate_config_map(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    causes = _check_keys("data", new.get("data") or {}) + _check_keys("binaryData", new.get("binaryData") or {})
    return causes + (_immutable(new, old) if old else [])


def _prepare_claim(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    new.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    if old is None:
        new["status"] = {"phase": "Pending"}
        _protect(new, CLAIM_PROTECTION)


def _protect(new: Json, finalizer: str) -> None:
    finalizers = new["metadata"].setdefault("finalizers", [])
    if finalizer not in finalizers:
        finalizers.append(finalizer)


def _validate_claim(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    causes = []
    spec = new["spec"]
    if not spec.get("accessModes"):
        causes.append(required("spec.accessModes", "at least 1 access mode is required"))
    if old is not None:
        before = {key: part for key, part in old["spec"].items() if key not in ("resources", "volumeName")}
        after = {key: part for key, part in spec.items() if key not in ("resources", "volumeName")}
        if before != after:
            words = (
                "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound "
                "claims"
            )
            causes.append(forbidden_field("spec", words))
    return causes


def _prepare_volume(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    spec = new.setdefault("spec", {})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    if isinstance(spec.get("hostPath"), dict):
        spec["hostPath"].setdefault("type", "")
    if old is None:
        new["status"] = {"phase": "Pending"}
        _protect(new, VOLUME_PROTECTION)


def _prepare_with_balancer(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    if old is None:
        new["status"] = {"loadBalancer": {}}


def _prepare_limits(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster, old
    for limit in new.setdefault("spec", {}).setdefault("limits", None) or ():
        if limit.get("type") == "Container" and limit.get("default"):
            limit["defaultRequest"] = {**limit["default"], **(limit.get("defaultRequest") or {})}


def _prepare_quota(cluster: Cluster, new: Json, old: Json | None) -> None:
    del cluster
    if old is None:
        new["status"] = {}


RULES = {
    ("", "LimitRange"): Rule(prepare=_prepare_limits),
    ("", "ResourceQuota"): Rule(prepare=_prepare_quota),
    ("networking.k8s.io", "Ingress"): Rule(prepare=_prepare_with_balancer),
    ("extensions", "Ingress"): Rule(prepare=_prepare_with_balancer),
    ("", "Secret"): Rule(prepare=_prepare_secret, validate=_validate_secret),
    ("", "ConfigMap"): Rule(prepare=_prepare_config_map, validate=_validate_config_map),
    ("", "PersistentVolumeClaim"): Rule(prepare=_prepare_claim, validate=_validate_claim),
    ("", "PersistentVolume"): Rule(prepare=_prepare_volume),
}
