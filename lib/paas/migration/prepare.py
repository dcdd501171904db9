"""From an object of the source to what is sent: converted, selected, scrubbed, rewritten, held, marked."""

from __future__ import annotations

from dataclasses import dataclass

from paas.migration import marks
from paas.migration.facts import Facts
from paas.migration.hold import hold, release
from paas.migration.json_types import Json
from paas.migration.marks import Mark
from paas.migration.names import key
from paas.migration.options import Options
from paas.migration.rewrite import Rewriter
from paas.migration.routes import Route
from paas.migration.scrub import scrub
from paas.migration.selection import FindOwner, Selection
from paas.migration.transforms import TransformFailed


@dataclass(slots=True)
class Prepared:
    """An object ready to be created.

    Attributes:
        route: Its way.
        namespace: Its namespace in the destination.
        name: Its name there.
        own: The object with its own values, as it is compared; without mark.
        text: The canonical text of what is sent, with a place for the mark.
        mark: The mark.
        owners: Owner references that are put on again once all owners are there.
        source_namespace: Its namespace in the source.
        mentions: Source namespaces that it still mentions.
    """

    route: Route
    namespace: str | None
    name: str
    own: Json
    text: str
    mark: Mark
    owners: list[Json]
    source_namespace: str | None
    mentions: list[str]

    @property
    def key(self) -> str:
        """`shop/web`, or a name alone."""
        return key(self.namespace, self.name)

    @property
    def body(self) -> bytes:
        """What is sent."""
        return marks.marked(self.text, self.mark)


@dataclass(frozen=True, slots=True)
class Left:
    """An object that stays behind, or cannot be prepared."""

    key: str
    reason: str
    failed: bool = False


class Workshop:
    """Prepares the objects of one run. Not for more than one thread at a time.

    Args:
        run: The run's name.
        source: The source's name.
        options: What was asked for.
        selection: Which objects go.
        facts: What else is known of the source.
        find_owner: Finds a controller's object in the source.
    """

    def __init__(
        self, *, run: str, source: str, options: Options, selection: Selection, facts: Facts, find_owner: FindOwner
    ) -> None:
        self._run = run
        self._source = source
        self._options = options
        self._selection = selection
        self._facts = facts
        self._find_owner = find_owner
        self._rewriter = Rewriter(options)

    def prepare(self, obj: Json, route: Route) -> Prepared | Left:
        """Prepare one object, which this function may change at will."""
        obj.setdefault("apiVersion", route.source.api_version)
        obj["kind"] = obj.get("kind") or route.source.kind
        metadata = obj["metadata"]
        uid = metadata.get("uid", "")
        namespace = metadata.get("namespace")
        if route.conversion:
            route.conversion(obj)
        key = f"{namespace}/{metadata['name']}" if namespace else metadata["name"]
        reason = self._selection.leaves(obj, route.rules, self._facts, self._find_owner)
        if reason:
            return Left(key, reason)
        if obj["kind"] == "StorageClass" and metadata["name"] in self._options.storage_class_map:
            return Left(key, "mapped by storage_class_map")
        release(obj)  # a source that was held for the cutover still tells its own values
        owners = scrub(obj, kind=route.rules, facts=self._facts, keep_finalizers=self._options.keep_finalizers)
        fitting = [each for each in self._options.transforms if each.fits(obj)]
        self._rewriter.rewrite(obj)
        try:
            for transform in fitting:
                obj = transform.apply(obj)
        except TransformFailed as error:
            return Left(key, str(error), failed=True)
        return self._finish(obj, route, uid=uid, namespace=namespace, owners=owners)

    def _finish(self, obj: Json, route: Route, *, uid: str, namespace: str | None, owners: list[Json]) -> Prepared:
        text = marks.canonical(obj)
        there, name = obj["metadata"].get("namespace"), obj["metadata"]["name"]
        mark = Mark(
            run=self._run,
            cluster=self._source,
            uid=uid,
            hash=marks.digest_of_text(text),
            object=marks.identity(route.label, there, name),
        )
        sent = text
        if route.rules.held_by and self._options.holds(route.rules.held_by):
            held = _shallow(obj)
            if hold(held, route.rules):
                sent = marks.canonical(held)
        return Prepared(
            route=route,
            namespace=there,
            name=name,
            own=obj,
            text=sent,
            mark=mark,
            owners=owners,
            source_namespace=namespace,
            mentions=self._rewriter.left_over(text),
        )


def _shallow(obj: Json) -> Json:
    """A copy as deep as holding goes: metadata and spec are its own, what is in them is shared."""
    return {field: dict(value) if field in ("metadata", "spec") else value for field, value in obj.items()}
