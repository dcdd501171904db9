"""What defines third-party kinds: CustomResourceDefinitions, and the ThirdPartyResources of 1.2 to 1.7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paas.kube import paths

CRD_GROUP = "apiextensions.k8s.io"
CRDS = "customresourcedefinitions"
TPR_GROUP = "extensions"
TPRS = "thirdpartyresources"


@dataclass(frozen=True, slots=True)
class Definition:
    """One third-party kind, at the version to watch it in."""

    group: str
    plural: str
    kind: str
    version: str
    third_party: bool = False

    @property
    def api_version(self) -> str:
        """`paas.internal/v1`."""
        return f"{self.group}/{self.version}"

    @property
    def path(self) -> str:
        """The path of its objects in all namespaces."""
        return paths.collection(self.group, self.version, self.plural)

    def as_json(self) -> dict[str, Any]:
        """The definition as plain JSON."""
        return asdict(self)


def group_of(name: str) -> str:
    """The API group in a definition's name: `databases.paas.internal` defines a kind of `paas.internal`."""
    return name.partition(".")[2]


def definition_of(item: Mapping[str, Any]) -> Definition | None:
    """Read a CRD or a ThirdPartyResource; None where it does not serve any objects (yet)."""
    return _of_crd(item) if item.get("kind") == "CustomResourceDefinition" else _of_third_party_resource(item)


def _of_crd(item: Mapping[str, Any]) -> Definition | None:
    spec = item.get("spec") or {}
    conditions = (item.get("status") or {}).get("conditions") or ()
    if not any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions):
        return None
    # A v1beta1 of 1.7 to 1.10 has one `version` and no `versions`.
    versions = spec.get("versions") or [{"name": spec.get("version"), "served": True, "storage": True}]
    served = [each for each in versions if each.get("served")]
    if not served:
        return None
    # In the version that is stored nothing needs to be converted.
    chosen = next((each for each in served if each.get("storage")), served[0])
    return Definition(spec["group"], spec["names"]["plural"], spec["names"]["kind"], chosen["name"])


def _of_third_party_resource(item: Mapping[str, Any]) -> Definition | None:
    """`cron-tab.stable.example.com` with version v1 defines CronTab, at `/apis/stable.example.com/v1/crontabs`."""
    name = str((item.get("metadata") or {}).get("name") or "")
    versions = item.get("versions") or ()
    words, _, group = name.partition(".")
    if not group or not versions:
        return None
    kind = "".join(word.capitalize() for word in words.split("-"))
    return Definition(group, _plural(kind.lower()), kind, str(versions[0]["name"]), third_party=True)


def _plural(word: str) -> str:
    """As the servers of that time spelled it (`meta.KindToResource`)."""
    if word.endswith("s"):
        return f"{word}es"
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}s"
