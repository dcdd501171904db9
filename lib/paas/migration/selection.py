"""Which objects go, and by which rule the others stay behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from paas.errors import InvalidInput
from paas.kube import Resource
from paas.migration.facts import Facts
from paas.migration.json_types import Json
from paas.migration.kinds.base import Kind
from paas.migration.kinds.namespace import SYSTEM
from paas.migration.names import label_of
from paas.migration.options import Options
from paas.migration.services import services_of

#: They go along with what is in them, or made of them.
_STRUCTURE = ("Namespace", "CustomResourceDefinition", "ThirdPartyResource")

#: Reasons that only say that nobody asked for an object.
NOT_ASKED_FOR = frozenset({"system namespace", "namespace not selected", "nothing in it is selected", "excluded"})

#: Finds a controller's own object by its owner reference and namespace; None where it is gone.
FindOwner = Callable[[Json, str | None], Json | None]


class Selection:
    """An operator's choice, applied.

    Args:
        options: The choice.
        kinds: Every resource of the source, to check names against.
        needed_namespaces: Namespaces in which something matches `labels`; None where all count.
        needed_definitions: CRDs of which an object matches `labels`, by name; None where all count.
    """

    def __init__(
        self,
        options: Options,
        resources: Iterable[Resource],
        *,
        needed_namespaces: frozenset[str] | None = None,
        needed_definitions: frozenset[str] | None = None,
    ) -> None:
        self._options = options
        self._resources = list(resources)
        self._by_kind = {(each.group, each.kind): each for each in self._resources}
        self._needed = {"Namespace": needed_namespaces}
        self._needed |= dict.fromkeys(_STRUCTURE[1:], needed_definitions)
        self._kinds = self._known("kinds", options.kinds)
        self._excluded = self._known("exclude_kinds", options.exclude_kinds)

    def _known(self, parameter: str, names: Iterable[str]) -> frozenset[str]:
        for name in names:
            if not any(_is(resource, name) for resource in self._resources):
                raise InvalidInput(parameter, name, "a kind, a plural or plural.group that the source serves")
        return frozenset(names)

    def takes_kind(self, resource: Resource) -> bool:
        """Whether any object of a resource can be part of it."""
        if any(_is(resource, name) for name in self._excluded):
            return False
        if resource.kind == "Namespace" and not resource.group:
            return True
        if resource.kind == "PersistentVolume" and not resource.group:
            return self._options.include_volumes
        if resource.kind == "Pod" and not resource.group:
            return self._options.include_pods
        if self._kinds:
            return any(_is(resource, name) for name in self._kinds)
        return resource.namespaced or self._options.whole_cluster

    def takes_namespace(self, namespace: str) -> bool:
        """Whether a namespace's objects can be part of it."""
        if namespace in SYSTEM or namespace in self._options.exclude_namespaces:
            return False
        return not self._options.namespaces or namespace in self._options.namespaces

    def leaves(self, obj: Json, rules: Kind, facts: Facts, find_owner: FindOwner) -> str | None:
        """Why an object of a chosen kind stays behind, as a phrase that many objects share; None where it goes."""
        metadata = obj["metadata"]
        namespace = metadata.get("namespace")
        if obj["kind"] == "Namespace" and not self.takes_namespace(metadata["name"]):
            return "system namespace" if metadata["name"] in SYSTEM else "namespace not selected"
        if namespace is not None and not self.takes_namespace(namespace):
            return "system namespace" if namespace in SYSTEM else "namespace not selected"
        if metadata.get("deletionTimestamp"):
            return "being deleted"
        needed = self._needed.get(obj["kind"])
        if needed is not None and metadata["name"] not in needed:
            return "nothing in it is selected"
        if self._excludes(obj["kind"], namespace, metadata["name"]):
            return "excluded"
        reason = rules.leaves(obj, facts)
        if reason:
            return reason
        if any(namespace in SYSTEM for namespace, _ in services_of(obj)):
            return "its service is in a system namespace, and stays behind"
        return "owned by a controller" if self._owned(metadata, find_owner) else None

    def _excludes(self, kind: str, namespace: str | None, name: str) -> bool:
        for pattern in self._options.exclude:
            *place, wanted = pattern.split("/")
            if len(place) == 2 and not fnmatchcase(namespace or "", place[1]):
                continue
            if fnmatchcase(kind, place[0]) and fnmatchcase(name, wanted):
                return True
        return False

    def _owned(self, metadata: Json, find_owner: FindOwner) -> bool:
        """Whether a controller that goes too will make it again."""
        for owner in metadata.get("ownerReferences") or ():
            if owner.get("controller") and self._takes_owner(owner, metadata.get("namespace"), find_owner):
                return True
        return False

    def _takes_owner(self, owner: Json, namespace: str | None, find_owner: FindOwner) -> bool:
        group = owner["apiVersion"].rpartition("/")[0]
        resource = self._by_kind.get((group, owner["kind"]))
        if resource is None or not self.takes_kind(resource):
            # A bare Pod's or an unread kind's child: its controller is not part of this.
            return False
        if self._excludes(owner["kind"], namespace if resource.namespaced else None, owner["name"]):
            return False
        if not self._options.labels:
            return True
        found = find_owner(owner, namespace if resource.namespaced else None)
        return found is None or matches(self._options.labels, (found["metadata"].get("labels") or {}))


def _is(resource: Resource, name: str) -> bool:
    return name in (resource.kind, resource.plural, label_of(resource))


def matches(selector: str, labels: Json) -> bool:
    """Whether labels match a selector of the server's syntax."""
    import re

    for part in re.split(r",(?![^(]*\))", selector):
        text = part.strip()
        found = re.fullmatch(r"(\S+?)\s+(in|notin)\s*\((.*)\)", text)
        if found:
            key, operator, values = found.groups()
            inside = labels.get(key) in [value.strip() for value in values.split(",")]
            good = inside if operator == "in" else not inside
        elif "!=" in text:
            key, _, value = text.partition("!=")
            good = labels.get(key.strip()) != value.strip()
        elif "=" in text:
            key, _, value = text.partition("=")
            good = labels.get(key.strip()) == value.lstrip("=").strip()
        elif text.startswith("!"):
            good = text[1:].strip() not in labels
        else:
            good = text in labels
        if not good:
            return False
    return True
