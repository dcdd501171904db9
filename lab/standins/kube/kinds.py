"""Which resources a server serves: one record a resource and version, and the table that requests look them up in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import Json, qualified

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
CREATE_ONLY = ("create",)


@dataclass(frozen=True)
class Kind:
    """A resource in one version.

    Attributes:
        table: Where its objects are stored; versions (and old groups) of one resource share it.
        generation: Whether its `metadata.generation` counts changes of its spec.
        custom: Of a CRD: its list items carry apiVersion and kind, its updates need a resourceVersion.
        third_party: Of a ThirdPartyResource: its list items carry neither, and there is no status.
        schema: The structural schema of a custom kind in this version.
        selectable: The fields a custom kind can be selected by (`spec.engine`).
        columns: Its printer columns, as its definition has them.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[str, ...] = ()
    table: str = ""
    generation: bool = False
    custom: bool = False
    third_party: bool = False
    list_kind: str = ""
    schema: Json = field(default_factory=dict, hash=False, compare=False)
    selectable: tuple[str, ...] = ()
    columns: tuple[Json, ...] = field(default=(), hash=False)
    storage: bool = True

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """`deployments.apps`, as the server's words name it."""
        return qualified(self.group, self.plural)

    @property
    def where(self) -> str:
        """The name of its table."""
        return self.table or f"{self.group}/{self.plural}"

    @property
    def has_status(self) -> bool:
        """Whether status is written by its own subresource only."""
        return "status" in self.subresources

    @property
    def list_name(self) -> str:
        """The kind of a list of them."""
        return self.list_kind or f"{self.kind}List"


class Kinds:
    """The kinds a server serves now. Adding and removing is safe while requests look up."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str, str], Kind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind) -> None:
        """Serve a kind, or serve it anew."""
        with self._lock:
            self._kinds = {**self._kinds, (kind.group, kind.version, kind.plural): kind}

    def remove(self, group: str, plural: str, *, versions: Iterable[str] | None = None) -> None:
        """Serve a resource no more (in all versions, or in these)."""
        gone = None if versions is None else set(versions)
        with self._lock:
            self._kinds = {
                key: kind
                for key, kind in self._kinds.items()
                if not (key[0] == group and key[2] == plural and (gone is None or key[1] in gone))
            }

    def find(self, group: str, version: str, plural: str) -> Kind | None:
        """The kind served at a path."""
        return self._kinds.get((group, version, plural))

    def of(self, group: str, version: str) -> list[Kind]:
        """All kinds of a group and version, by name."""
        return sorted(
            (kind for kind in self._kinds.values() if (kind.group, kind.version) == (group, version)),
            key=lambda kind: kind.plural,
        )

    def all(self) -> list[Kind]:
        """Every kind."""
        return list(self._kinds.values())

    def stored(self) -> dict[str, Kind]:
        """One kind a table: the one to read its objects as."""
        found: dict[str, Kind] = {}
        for kind in self._kinds.values():
            if kind.storage or kind.where not in found:
                found[kind.where] = kind
        return found

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """The resource of an object, by its apiVersion and kind."""
        for one in self._kinds.values():
            if one.api_version == api_version and one.kind == kind:
                return one
        return None

    def groups(self) -> dict[str, list[str]]:
        """Group to its versions, the preferred one first; the core group is left out."""
        found: dict[str, set[str]] = {}
        for kind in self._kinds.values():
            if kind.group:
                found.setdefault(kind.group, set()).add(kind.version)
        return {group: sorted(versions, key=version_rank) for group, versions in found.items()}


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sort key of Kubernetes versions: v2 before v1 before v1beta2 before v1alpha1 before anything else."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), version)
