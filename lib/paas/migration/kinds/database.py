"""Databases of this platform."""

from __future__ import annotations

from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.order import Wave

#: The claim that ties an object to its RDS instance.
CLAIM = "paas.internal/claim"
_UNCLAIMED = "no claim yet; migrate it when it has one"


class Database(Kind):
    """A tenant's database: the object moves, the database stays where it is."""

    kinds = (("paas.internal", "Database"),)
    wave = Wave.CUSTOM
    replaceable = False
    passing = (_UNCLAIMED,)
    says = "keeps its claim, so that it adopts its database and never creates a second one"

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """A database that is in the making has no claim to keep: its copy would order a second one."""
        return None if self._claim(obj) else _UNCLAIMED

    def scrub(self, obj: Json, facts: Facts) -> None:
        """The status goes, the claim must not."""
        claim = self._claim(obj)
        if claim:
            metadata = obj["metadata"]
            metadata["annotations"] = {**(metadata.get("annotations") or {}), CLAIM: claim}

    @staticmethod
    def _claim(obj: Json) -> str:
        annotations = obj["metadata"].get("annotations") or {}
        return annotations.get(CLAIM) or (obj.get("status") or {}).get("claim") or ""
