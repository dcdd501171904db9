"""A look at both clusters before anything else: what is served, what is chosen, what may be read, how much it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from paas.errors import Forbidden, InvalidInput, NotFound, Refused
from paas.kube import Client, Discovery, Resource
from paas.migration.json_types import Json
from paas.migration.names import label_of
from paas.migration.options import Options
from paas.migration.order import Wave
from paas.migration.reading import Reader
from paas.migration.report import Report
from paas.migration.routes import Definition, Map, Route
from paas.migration.selection import Selection
from paas.migration.walk import namespaces_to_list

_WORKERS = 8
_MOST_NAMED = 12
_ON_REQUEST = {"PersistentVolume": "only with include_volumes", "Pod": "only with include_pods, and bare"}


@dataclass(frozen=True)
class Survey:
    """What a walk needs to know.

    Attributes:
        routes: The chosen kinds' ways, in order.
        selection: Which objects go.
        first_pages: Objects on a first page, by route label.
        namespaces: The destination's namespaces.
    """

    routes: list[Route]
    selection: Selection
    first_pages: dict[str, int]
    namespaces: frozenset[str]


class Surveyor:
    """Looks at two clusters; only reads.

    Args:
        source: The source.
        destination: The destination.
        read_source: Reads the source's lists.
        read_destination: Reads the destination's lists.
        options: What was asked for.
        report: Told what has no way to the destination.
    """

    def __init__(
        self,
        source: Client,
        destination: Client,
        *,
        read_source: Reader,
        read_destination: Reader,
        options: Options,
        report: Report,
    ) -> None:
        self._source = source
        self._destination = destination
        self._read_source = read_source
        self._read_destination = read_destination
        self._options = options
        self._report = report

    def survey(self) -> Survey:
        """Look.

        Raises:
            InvalidInput: A namespace or a kind that was named is not in the source.
            Refused: Something that was chosen may not be read.
        """
        # Looked up anew: what a run before this one defined must be seen.
        self._served = Discovery(self._source.cluster, self._source.call)
        there = Discovery(self._destination.cluster, self._destination.call)
        routes = Map(self._served, there, definitions=self._definitions(), aggregated=self._aggregated())
        resources = self._served.all()
        selection = Selection(self._options, resources)
        self._check_namespaces()
        chosen = [route for route in routes.routes if self._chosen(route, selection)]
        if self._options.labels:
            selection = self._by_labels(chosen, resources)
        first_pages = self._probe(chosen)
        for lost in routes.impassable:
            if selection.takes_kind(lost.source):
                self._lost(lost.source, lost.reason)
        for route in routes.routes:
            if route.kind in _ON_REQUEST and not selection.takes_kind(route.source):
                count, _ = self._read_source.probe(route.source.path())
                if count:
                    self._report.leave_kind(route.label, count, _ON_REQUEST[route.kind])
        for group, words in self._served.unreadable.items():
            self._report.warn(f"API group {group} of the source cannot be read, so nothing of it goes: {words}")
        for route in chosen:
            if route.conversion and route.conversion.warning:
                self._report.warn(f"{route.label}: {route.conversion.warning}")
        return Survey(chosen, selection, first_pages, self._namespaces_there())

    def _definitions(self) -> dict[tuple[str, str], Definition]:
        found: dict[tuple[str, str], Definition] = {}
        for group, kind in (
            ("apiextensions.k8s.io", "CustomResourceDefinition"),
            ("extensions", "ThirdPartyResource"),
        ):
            resource = _find(self._served, group, kind)
            if resource is None:
                continue
            for page in self._read_source.pages(resource.path()):
                for obj in page:
                    definition = _definition(obj, resource)
                    found[definition.group, definition.plural] = definition
        return found

    def _aggregated(self) -> set[tuple[str, str]]:
        resource = _find(self._served, "apiregistration.k8s.io", "APIService")
        if resource is None:
            return set()
        return {
            (each["spec"]["group"], each["spec"]["version"])
            for page in self._read_source.pages(resource.path())
            for each in page
            if (each.get("spec") or {}).get("service")
        }

    def _chosen(self, route: Route, selection: Selection) -> bool:
        # Either name will do where a kind has moved.
        return selection.takes_kind(route.source) or (
            route.conversion is not None and selection.takes_kind(route.target)
        )

    def _check_namespaces(self) -> None:
        for name in self._options.namespaces:
            try:
                self._source.get(f"/api/v1/namespaces/{name}")
            except NotFound:
                raise InvalidInput("namespaces", name, f"namespaces that {self._source.cluster} has") from None

    def _by_labels(self, routes: list[Route], resources: list[Resource]) -> Selection:
        """Which namespaces and definitions have something in them that matches."""
        namespaces: set[str] = set()
        definitions: set[str] = set()
        for route in routes:
            if route.wave in (Wave.DEFINITIONS, Wave.NAMESPACES):
                continue
            for namespace in namespaces_to_list(route, self._options):
                path = route.source.path(namespace)
                for page in self._read_source.pages(path, labels=self._options.labels, metadata_only=True):
                    namespaces.update(item["metadata"].get("namespace", "") for item in page)
                    definitions.add(f"{route.target.plural}.{route.target.group}")
        return Selection(
            self._options,
            resources,
            needed_namespaces=frozenset(namespaces),
            needed_definitions=frozenset(definitions),
        )

    def _probe(self, routes: list[Route]) -> dict[str, int]:
        """One object of each kind: whether it may be read, and how much there is."""

        def probe(route: Route) -> tuple[str, int, int, str]:
            count, page = 0, 0
            labels = None if route.wave in (Wave.DEFINITIONS, Wave.NAMESPACES) else self._options.labels
            try:
                for namespace in namespaces_to_list(route, self._options):
                    more, page = self._read_source.probe(route.source.path(namespace), labels=labels)
                    count += more
            except Forbidden:
                return route.label, 0, 0, f"list {label_of(route.source)}"
            return route.label, count, page, ""

        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            probes = list(pool.map(probe, routes))
        missing = [words for *_, words in probes if words]
        if missing:
            more = f"; and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            raise Refused(
                f"Kubernetes {self._source.cluster}: the credentials may not {'; '.join(missing[:_MOST_NAMED])}{more}; "
                "nothing was written. deploy/rbac-migration-source.yaml grants what reading takes, "
                "or leave these kinds out with exclude_kinds"
            )
        self._report.total = sum(count for _, count, _, _ in probes)
        return {label: page for label, _, page, _ in probes}

    def _lost(self, resource: Resource, reason: str) -> None:
        label = label_of(resource)
        count, _ = self._read_source.probe(resource.path()) if "aggregated" not in reason else (0, 0)
        if count:
            self._report.warn(f"{label}: {count} objects stay behind: {reason}")
            self._report.leave_kind(label, count, reason)

    def _namespaces_there(self) -> frozenset[str]:
        pages = self._read_destination.pages("/api/v1/namespaces", metadata_only=True)
        return frozenset(each["metadata"]["name"] for page in pages for each in page)


def _find(resources: Discovery, group: str, kind: str) -> Resource | None:
    try:
        return resources.find(group, kind)
    except NotFound:
        return None


def _definition(obj: Json, resource: Resource) -> Definition:
    from paas.migration.convert import CONVERSIONS

    conversion = CONVERSIONS.get((resource.group, resource.version, resource.kind))
    if conversion:
        conversion(obj)
    return Definition.of(obj)
