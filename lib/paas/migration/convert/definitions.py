"""CustomResourceDefinitions of v1beta1, and ThirdPartyResources, to apiextensions.k8s.io/v1."""

from __future__ import annotations

from typing import Any

from paas.migration.convert.base import Conversion
from paas.migration.json_types import Json


def open_schema() -> Json:
    """A schema that takes everything, for what never had one."""
    return {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}


def _from_v1beta1(obj: Json) -> None:
    spec = obj["spec"]
    version = spec.pop("version", None)
    versions = spec.get("versions") or [{"name": version, "served": True, "storage": True}]
    shared: dict[str, Any] = {
        "schema": spec.pop("validation", None),
        "subresources": spec.pop("subresources", None),
        "additionalPrinterColumns": spec.pop("additionalPrinterColumns", None),
    }
    for each in versions:
        for field, value in shared.items():
            if value and not each.get(field):
                each[field] = value
        if not each.get("schema"):
            each["schema"] = open_schema()
        for column in each.get("additionalPrinterColumns") or ():
            if "JSONPath" in column:
                column["jsonPath"] = column.pop("JSONPath")
    spec["versions"] = versions
    # v1beta1 kept unknown fields unless told not to; the kind's own rule turns that into a schema.
    spec.setdefault("preserveUnknownFields", True)
    conversion = spec.get("conversion") or {}
    client = conversion.pop("webhookClientConfig", None)
    reviews = conversion.pop("conversionReviewVersions", None)
    if client:
        conversion["webhook"] = {"clientConfig": client, "conversionReviewVersions": reviews or ["v1beta1"]}


def _from_third_party(obj: Json) -> None:
    """`cron-tab.stable.example.com` defines the kind CronTab of the group stable.example.com."""
    metadata = obj["metadata"]
    kind, group, plural = names_of(metadata["name"])
    served = [str(each.get("name")) for each in obj.pop("versions", None) or [{"name": "v1"}]]
    obj.pop("description", None)
    metadata["name"] = f"{plural}.{group}"
    obj["spec"] = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
        "versions": [
            {"name": version, "served": True, "storage": index == 0, "schema": open_schema()}
            for index, version in enumerate(served)
        ],
    }


def names_of(third_party: str) -> tuple[str, str, str]:
    """The kind, the group and the plural that a ThirdPartyResource's name stands for.

    Source of the rule: the server of 1.7 (`ExtractApiGroupAndKind`, `KindToResource`).
    """
    dashed, _, group = third_party.partition(".")
    kind = "".join(part[:1].upper() + part[1:] for part in dashed.split("-"))
    lower = kind.lower()
    if lower.endswith("s"):
        return kind, group, f"{lower}es"
    return kind, group, f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"


_DEFINITION = "CustomResourceDefinition"
CONVERSIONS = {
    ("apiextensions.k8s.io", "v1beta1", _DEFINITION): Conversion(
        "apiextensions.k8s.io", "v1", _DEFINITION, _from_v1beta1
    ),
    ("extensions", "v1beta1", "ThirdPartyResource"): Conversion(
        "apiextensions.k8s.io",
        "v1",
        _DEFINITION,
        _from_third_party,
        warning="a ThirdPartyResource has no schema, so its CRD takes every field; give it one",
    ),
}
