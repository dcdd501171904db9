"""What a migration brought and the source has no more, or leaves behind by now."""

from __future__ import annotations

from paas.migration.json_types import Json
from paas.migration.prepare import Left, Workshop
from paas.migration.readiness import Waiting
from paas.migration.routes import Route
from paas.migration.selection import NOT_ASKED_FOR, Selection, matches
from paas.migration.tools import Tools
from paas.migration.walk import Index


class Gone:
    """Looks in the source for what is left of the destination's index.

    Args:
        tools: The two clusters and what was asked for.
        selection: Which objects go.
        workshop: Prepares objects.
    """

    def __init__(self, tools: Tools, selection: Selection, workshop: Workshop) -> None:
        self._tools = tools
        self._selection = selection
        self._workshop = workshop
        self._source = Waiting(tools.source, retry=tools.retry, stop=tools.stop, seconds=1)
        self._names = {there: here for here, there in tools.options.namespace_map.items()}

    def tell(self, route: Route, index: Index) -> None:
        """Report what is left of one kind that the selection is about."""
        if route.source.kind != route.target.kind:
            return  # its name is another one in the source
        for key in sorted(index.ours):
            words = self._words(route, key)
            if words:
                self._tools.report.record("difference", route.label, key, words=f"a migration brought it, and {words}")

    def _words(self, route: Route, key: str) -> str | None:
        namespace, _, name = key.rpartition("/")
        here = self._names.get(namespace, namespace)
        if route.kind == "Namespace":
            name = self._names.get(name, name)
        within = name if route.kind == "Namespace" else here
        if within and not self._selection.takes_namespace(within):
            return None
        found = self._source.read(route.source.path(here or None, name))
        labels = self._tools.options.labels
        if found is None:
            there = self._labels_there(route, namespace, key.rpartition("/")[2]) if labels else {}
            return "the source has it no more" if not labels or matches(labels, there) else None
        prepared = self._workshop.prepare(found, route)
        if isinstance(prepared, Left) and prepared.reason not in NOT_ASKED_FOR:
            return f"it stays behind by now: {prepared.reason}"
        return None

    def _labels_there(self, route: Route, namespace: str, name: str) -> Json:
        live = self._tools.waiting.read(route.target.path(namespace or None, name)) or {"metadata": {}}
        found: Json = live["metadata"].get("labels") or {}
        return found
