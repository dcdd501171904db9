"""Whether a namespace or a definition is empty of what others made."""

from __future__ import annotations

from paas.errors import NotFound, ServerError
from paas.kube import Client, Resource
from paas.migration.json_types import Json
from paas.migration.kinds import NEVER
from paas.migration.marks import Mark
from paas.migration.reading import Reader

_MOST = 5
#: What every namespace gets by itself.
_BY_ITSELF = {
    ("ServiceAccount", "default"),
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "openshift-service-ca.crt"),
}


class Others:
    """Looks into namespaces and definitions before they are deleted with all that is in them.

    Args:
        client: The destination.
        reader: Reads its lists.
        but: A run whose objects do not count, for they would be gone by then.
    """

    def __init__(self, client: Client, reader: Reader, *, but: str | None = None) -> None:
        self._client = client
        self._reader = reader
        self._but = but

    def within(self, resource: Resource, live: Json) -> list[str]:
        """What would go with an object and is not the cluster's own making; at most five, as `Kind/name`."""
        if resource.kind == "Namespace" and not resource.group:
            return self._in_namespace(live["metadata"]["name"])
        if resource.kind == "CustomResourceDefinition":
            return self._of_definition(live)
        return []

    def _in_namespace(self, namespace: str) -> list[str]:
        found: list[str] = []
        for resource in self._client.resources.all():
            if not resource.namespaced or "list" not in resource.verbs or (resource.group, resource.kind) in NEVER:
                continue
            found += self._list(resource, namespace)
            if len(found) >= _MOST:
                break
        return found[:_MOST]

    def _of_definition(self, crd: Json) -> list[str]:
        spec = crd["spec"]
        try:
            resource = self._client.resources.find(spec["group"], spec["names"]["plural"])
        except NotFound:
            return []
        return self._list(resource, None)

    def _list(self, resource: Resource, namespace: str | None) -> list[str]:
        found: list[str] = []
        try:
            for page in self._reader.pages(resource.path(namespace), metadata_only=True):
                for item in page:
                    metadata = item["metadata"]
                    if not _goes_by_itself(resource.kind, metadata) and not self._goes_too(item):
                        found.append(f"{resource.kind}/{metadata['name']}")
                        if len(found) == _MOST:
                            return found
        except NotFound:
            pass
        except ServerError as error:
            # What cannot be looked at may be anybody's: better to keep the namespace.
            return [f"{resource.plural}, which cannot be read ({error.status})"]
        return found

    def _goes_too(self, item: Json) -> bool:
        mark = Mark.of(item)
        return self._but is not None and mark is not None and mark.run == self._but


def _goes_by_itself(kind: str, metadata: Json) -> bool:
    """Made by the cluster, made by a controller for something else, or on its way out."""
    if metadata.get("deletionTimestamp") or (kind, metadata["name"]) in _BY_ITSELF:
        return True
    if any(owner.get("controller") for owner in metadata.get("ownerReferences") or ()):
        return True
    labels = metadata.get("labels") or {}
    return kind == "Endpoints" and "endpoints.kubernetes.io/managed-by" in labels
