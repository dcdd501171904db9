"""The object that asks for a database: found by its identity, changed only if nobody else changed it meanwhile."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from paas.database.cluster import Cluster, Resource
from paas.errors import Conflict, InvalidInput, NotFound, Outdated

CLAIM_ANNOTATION = "paas.internal/claim"
# Holds an object that is deleted until it is decided what becomes of its database.
FINALIZER = "paas.internal/database"

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ATTEMPTS = 6


@dataclass(frozen=True, kw_only=True)
class ObjectRef:
    """One object of one cluster.

    Attributes:
        cluster: The cluster's name in the settings.
        api_version: Such as `paas.internal/v1`.
        kind: Such as `Database`.
        namespace: Its namespace.
        name: Its name.
        uid: Where given, an object of another uid is not it.
        claim: Where given, an object of another claim is not it.
    """

    cluster: str
    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str | None = None
    claim: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name} in {self.cluster}"


class DatabaseObject:
    """One object, read and changed through its cluster's API.

    Args:
        cluster: The API server.
        ref: Which object.
        going: Whether an object that is being deleted is meant too; only what deletes a database asks for that.
    """

    def __init__(self, cluster: Cluster, ref: ObjectRef, *, going: bool = False) -> None:
        self.cluster = cluster
        self.ref = ref
        self._going = going
        group, slash, _ = ref.api_version.rpartition("/")
        if not slash:
            raise InvalidInput("api_version", ref.api_version, "group/version, such as paas.internal/v1")
        self._group = group
        self._found: Resource | None = None

    @property
    def _resource(self) -> Resource:
        # By group and kind, not by version: the cluster may serve another version than the event's by now.
        if self._found is None:
            # A kind that is not served is no proof that the object is gone: an API server may be late to know it.
            self._found = self.cluster.resources.find(self._group, self.ref.kind)
        return self._found

    @property
    def has_status(self) -> bool:
        """Whether its kind has a status subresource; a third-party object keeps its status in the object itself."""
        return self._resource.has_status

    def read(self) -> dict[str, Any]:
        """Read it.

        Raises:
            Outdated: It is gone, is being deleted, or is not the one that was meant.
            ServerError: The API server did not answer with it.
        """
        path = self._resource.path(self.ref.namespace, self.ref.name)
        try:
            found = self.cluster.get(path)
        except NotFound as error:
            raise Outdated(f"{self.ref} is gone") from error
        metadata = mapping(found.get("metadata"))
        if self.ref.uid and metadata.get("uid") != self.ref.uid:
            raise Outdated(f"{self.ref} is another object by now: uid {metadata.get('uid')}, not {self.ref.uid}")
        if self.ref.claim and self.ref.claim not in claims_on(found):
            raise Outdated(f"{self.ref} does not claim {self.ref.claim}")
        if is_going(found) and not self._going:
            raise Outdated(f"{self.ref} is being deleted")
        return found

    def going(self) -> dict[str, Any]:
        """Read it, if it is being deleted.

        Raises:
            Outdated: It is not, or as `read`.
            ServerError: The API server did not answer with it.
        """
        found = self.read()
        if not is_going(found):
            raise Outdated(f"{self.ref} is not being deleted")
        return found

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create it.

        Raises:
            Conflict: There is one.
            ServerError: The API server did not take it.
        """
        return self.cluster.create(self._resource.path(self.ref.namespace), body)

    def delete(self, *, uid: str) -> None:
        """Delete the one of that uid; twice is once.

        Raises:
            Outdated: It is gone.
            Conflict: It is another one by now.
            ServerError: The API server did not do it.
        """
        try:
            self.cluster.delete(self._resource.path(self.ref.namespace, self.ref.name), preconditions={"uid": uid})
        except NotFound as error:
            raise Outdated(f"{self.ref} is gone") from error

    def definition_is_going(self) -> bool:
        """Whether the kind itself is being deleted, its CRD, and every object of it therefore: nobody meant this one.

        Raises:
            ServerError: The API server did not answer.
        """
        name = f"{self._resource.plural}.{self._resource.group}"
        try:
            return is_going(self.cluster.get(f"{_DEFINITIONS}/{name}"))
        except NotFound:
            return True  # gone already, or a kind of 1.7, which nobody can tell from that

    def change(self, edit: Callable[[dict[str, Any]], None], *, status: bool) -> dict[str, Any]:
        """Edit the object as it is now and write it back if the edit changed anything.

        Args:
            edit: Changes the object in place; called again on the newer object where somebody else was faster.
            status: Write the status; only for kinds without a status subresource is this the whole object too.

        Returns:
            The object as it is after the change.

        Raises:
            Outdated: As `read`.
            Conflict: It kept changing.
            ServerError: The API server did not take it.
        """
        subresource = "status" if status and self.has_status else None
        path = self._resource.path(self.ref.namespace, self.ref.name, subresource)
        for attempt in range(1, _ATTEMPTS + 1):
            current = self.read()
            wanted = copy.deepcopy(current)
            edit(wanted)
            if wanted == current:
                return current
            try:
                # The resourceVersion that was read goes along, so a change in between is a Conflict.
                return self.cluster.replace(path, wanted)
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
            except NotFound as error:
                raise Outdated(f"{self.ref} is gone") from error
        raise AssertionError("unreachable")


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a mapping, else {}: objects without a schema hold null or anything at all."""
    return value if isinstance(value, dict) else {}


def is_going(found: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted."""
    return bool(mapping(found.get("metadata")).get("deletionTimestamp"))


def finalizers_of(found: Mapping[str, Any]) -> list[Any]:
    """The finalizers of an object."""
    held = mapping(found.get("metadata")).get("finalizers")
    return list(held) if isinstance(held, list) else []


def release(target: DatabaseObject) -> bool:
    """Take our finalizer from an object that is being deleted, so that it goes; False where it was not there.

    Raises:
        Outdated: It is gone already, or is another one by now.
        ServerError: The API server did not take it.
    """
    taken = False

    def edit(found: dict[str, Any]) -> None:
        nonlocal taken
        held = finalizers_of(found)
        taken = FINALIZER in held and is_going(found)
        if taken:
            found["metadata"]["finalizers"] = [each for each in held if each != FINALIZER]

    target.change(edit, status=False)
    return taken


def claims_on(found: Mapping[str, Any]) -> tuple[Any, Any]:
    """The claims in an object's status and in its annotation, None where there is none."""
    annotations = mapping(mapping(found.get("metadata")).get("annotations"))
    return mapping(found.get("status")).get("claim") or None, annotations.get(CLAIM_ANNOTATION) or None
