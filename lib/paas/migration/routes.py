"""Which resource of the source becomes which of the destination: one route a kind, at one version on each side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from paas.kube import Discovery, Resource
from paas.migration.convert import CONVERSIONS, MOVED, WITHOUT_SUCCESSOR, Conversion
from paas.migration.json_types import Json
from paas.migration.kinds import NEVER, rules_of
from paas.migration.kinds.base import Kind
from paas.migration.names import label_of
from paas.migration.order import Wave, in_order

_NEEDED = frozenset({"list", "get"})


@dataclass(frozen=True)
class Route:
    """From a resource of the source to one of the destination.

    Attributes:
        source: What is read.
        target: What is created.
        rules: The rules of the present kind.
        conversion: Where the two share no version.
        here: Whether the destination serves it already; a CRD of this run may have to come first.
    """

    source: Resource
    target: Resource
    rules: Kind
    conversion: Conversion | None = None
    here: bool = True

    @property
    def wave(self) -> Wave:
        """Its place in the order."""
        return self.rules.wave

    @property
    def label(self) -> str:
        """`deployments.apps`."""
        return label_of(self.target)

    @property
    def kind(self) -> str:
        """`Deployment`."""
        return self.target.kind


@dataclass(frozen=True)
class Impassable:
    """A resource of the source with no way to the destination, and why."""

    source: Resource
    reason: str


@dataclass(frozen=True)
class Definition:
    """What a CRD defines: enough to know where its objects go before it is there."""

    group: str
    plural: str
    kind: str
    namespaced: bool
    served: tuple[str, ...]
    storage: str

    @classmethod
    def of(cls, crd: Json) -> Definition:
        """Read a CRD of v1."""
        spec = crd["spec"]
        versions = spec.get("versions") or ()
        return cls(
            group=spec["group"],
            plural=spec["names"]["plural"],
            kind=spec["names"]["kind"],
            namespaced=spec.get("scope") == "Namespaced",
            served=tuple(each["name"] for each in versions if each.get("served")),
            storage=next((each["name"] for each in versions if each.get("storage")), ""),
        )

    def resource(self, version: str) -> Resource:
        """Its resource at a version."""
        verbs = frozenset({"get", "list", "create", "update", "patch", "delete", "watch"})
        return Resource(self.group, version, self.plural, self.kind, self.namespaced, verbs)


class Map:
    """All routes between two clusters.

    Args:
        source: What the source serves.
        destination: What the destination serves.
        definitions: The source's CRDs (and ThirdPartyResources, converted) by group and plural.
        aggregated: `(group, version)` that another server serves in the source.
    """

    def __init__(
        self,
        source: Discovery,
        destination: Discovery,
        *,
        definitions: Mapping[tuple[str, str], Definition],
        aggregated: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._source = source
        self._destination = destination
        self._definitions = definitions
        self._aggregated = frozenset(aggregated)
        self.routes: list[Route] = []
        self.impassable: list[Impassable] = []
        self._draw()

    def _draw(self) -> None:
        found: dict[tuple[str, str], Route | Impassable] = {}
        for resource in self._source.all():
            home = MOVED.get((resource.group, resource.kind), (resource.group, resource.kind))
            if not resource.verbs >= _NEEDED or home in NEVER:
                continue
            if (resource.group, resource.version) in self._aggregated:
                self.impassable.append(Impassable(resource, "served by an aggregated API, which keeps its own objects"))
                continue
            way = self._way(resource, home)
            known = found.get(home)
            # Of two groups that serve one kind the better way is taken: one without conversion before one with.
            if known is None or _rank(way) < _rank(known):
                found[home] = way
        self.routes = in_order(way for way in found.values() if isinstance(way, Route))
        self.impassable += [way for way in found.values() if isinstance(way, Impassable)]

    def _way(self, resource: Resource, home: tuple[str, str]) -> Route | Impassable:
        rules = rules_of(*home)
        versions = self._source.versions(resource.group, resource.plural)
        defined = self._definitions.get((resource.group, resource.plural))
        there = self._destination.versions(resource.group, resource.plural)
        if there and defined and defined.storage in there:
            # At the stored version no conversion webhook is asked, which may not be up yet.
            there = (defined.storage, *there)
        here = bool(there)
        if not there and defined:
            there = (defined.storage, *defined.served)
        for version in there:
            if version in versions:
                source = self._source.find(resource.group, resource.plural, version=version)
                if here:
                    target = self._destination.find(resource.group, resource.plural, version=version)
                else:
                    assert defined is not None
                    target = defined.resource(version)
                return Route(source, target, rules, here=here)
        return self._converted(resource, versions, rules)

    def _converted(self, resource: Resource, versions: Iterable[str], rules: Kind) -> Route | Impassable:
        for version in versions:
            conversion = CONVERSIONS.get((resource.group, version, resource.kind))
            target = conversion and self._served(conversion)
            if target:
                source = self._source.find(resource.group, resource.plural, version=version)
                return Route(
                    source, target, rules if conversion is None else rules_of(target.group, target.kind), conversion
                )
        advice = WITHOUT_SUCCESSOR.get((resource.group, resource.kind))
        reason = f"the destination has no such kind; {advice}" if advice else "the destination does not serve it"
        return Impassable(resource, reason)

    def _served(self, conversion: Conversion) -> Resource | None:
        for resource in self._destination.all():
            if (resource.group, resource.kind) == (conversion.group, conversion.kind) and (
                conversion.version in self._destination.versions(resource.group, resource.plural)
            ):
                return self._destination.find(resource.group, resource.plural, version=conversion.version)
        return None


def _rank(way: Route | Impassable) -> int:
    if isinstance(way, Impassable):
        return 2
    return 1 if way.conversion else 0
