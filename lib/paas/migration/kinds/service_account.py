"""ServiceAccounts."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

_IDENTITY = {"apiVersion", "kind", "metadata"}


class ServiceAccount(Kind):
    """An account: each cluster makes some of them, and puts tokens on them, by itself."""

    kinds = (("", "ServiceAccount"),)
    wave = Wave.SERVICE_ACCOUNTS
    mergeable = True
    replaceable = False
    says = (
        "merged into one that is there, never replaced; generated token references dropped; "
        "an unmodified `default` stays behind"
    )

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """Every namespace gets its `default` by itself."""
        if obj["metadata"]["name"] != "default":
            return None
        tokens = self._tokens(obj, facts)
        chosen = [each for each in obj.get("secrets") or () if each.get("name") not in tokens]
        metadata = obj["metadata"]
        rest = any(value for field, value in obj.items() if field not in _IDENTITY and field != "secrets")
        if chosen or rest or metadata.get("labels") or metadata.get("annotations"):
            return None
        return "unmodified default ServiceAccount"

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Tokens are the cluster's own."""
        if not obj.get("secrets"):
            obj.pop("secrets", None)
            return
        tokens = self._tokens(obj, facts)
        kept = [each for each in obj.pop("secrets") if each.get("name") not in tokens]
        if kept:
            obj["secrets"] = kept

    @staticmethod
    def _tokens(obj: Json, facts: Facts) -> frozenset[str]:
        return facts.token_secrets(obj["metadata"].get("namespace", "")) if obj.get("secrets") else frozenset()
