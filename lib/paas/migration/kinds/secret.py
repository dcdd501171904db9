"""Secrets."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type's name
_OF_ACCOUNT = "kubernetes.io/service-account.name"
_UID = "kubernetes.io/service-account.uid"
_GENERATED_LABELS = ("kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since")


class Secret(Kind):
    """A Secret, Helm's releases and those that look like a token's included."""

    kinds = (("", "Secret"),)
    wave = Wave.SECRETS
    says = (
        "a service account's token stays behind where its ServiceAccount lists it (whatever its name); one that a user "
        "made goes without uid annotation, `token`, `ca.crt` and `namespace`, after its ServiceAccount; "
        "Helm's release Secrets go"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """The cluster made a token if its account says so: a name proves nothing."""
        if obj.get("type") == "bootstrap.kubernetes.io/token":
            return "bootstrap token"
        if obj.get("type") != TOKEN_TYPE:
            return None
        metadata = obj["metadata"]
        account = facts.service_account(
            metadata.get("namespace", ""), (metadata.get("annotations") or {}).get(_OF_ACCOUNT, "")
        )
        if account is None:
            return "token of a ServiceAccount that is gone"
        listed = any(each.get("name") == metadata["name"] for each in account.get("secrets") or ())
        return "generated service account token" if listed else None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The other cluster fills a user's token in again."""
        if obj.get("type") != TOKEN_TYPE:
            return
        metadata = obj["metadata"]
        (metadata.get("annotations") or {}).pop(_UID, None)
        for label in _GENERATED_LABELS:
            (metadata.get("labels") or {}).pop(label, None)
        data = obj.get("data") or {}
        for key in ("token", "ca.crt", "namespace"):
            data.pop(key, None)
        if not data:
            obj.pop("data", None)
