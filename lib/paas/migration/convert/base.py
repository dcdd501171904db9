"""What a conversion is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from paas.migration.json_types import Json


@dataclass(frozen=True)
class Conversion:
    """From a version that is gone to the one that took its place.

    Attributes:
        group: The present group.
        version: The present version.
        kind: The present kind.
        change: Changes the object in place; its apiVersion and kind are set afterwards.
        warning: What the operator should look at afterwards.
    """

    group: str
    version: str
    kind: str
    change: Callable[[Json], None]
    warning: str = ""

    @property
    def api_version(self) -> str:
        """`apps/v1`."""
        return f"{self.group}/{self.version}"

    def __call__(self, obj: Json) -> None:
        """Convert an object in place."""
        self.change(obj)
        obj["apiVersion"], obj["kind"] = self.api_version, self.kind
