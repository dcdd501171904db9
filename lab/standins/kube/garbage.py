"""Owners and what they own: background, foreground and orphan deletion."""

from __future__ import annotations

from . import deleting
from .cluster import Cluster
from .errors import ApiError, Json
from .kinds import Kind
from .store import Event, Stored

Place = tuple[str, str]  # a table and a key


class Collector:
    """Knows who owns whom, from the store's events; called on the controllers' thread only."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._owned: dict[str, set[Place]] = {}  # owner's uid -> its dependents
        self._alive: set[str] = set()

    def handle(self, table: str, event: Event) -> None:
        """Learn from an event, and collect what it leaves behind."""
        metadata = event.now.object["metadata"]
        uid, place = metadata["uid"], (table, event.now.key)
        before = _owners(event.before.object) if event.before else []
        after = _owners(event.now.object) if event.type != "DELETED" else []
        for owner in before:
            self._owned.get(owner["uid"], set()).discard(place)
        for owner in after:
            self._owned.setdefault(owner["uid"], set()).add(place)
        if event.type == "DELETED":
            self._alive.discard(uid)
            for dependent in list(self._owned.get(uid, ())):
                self._collect(dependent)
            self._owned.pop(uid, None)
            for owner in before:
                self._advance_owner(owner, metadata.get("namespace", ""))
            return
        self._alive.add(uid)
        if after and event.type == "ADDED":
            self._collect(place)
        if metadata.get("deletionTimestamp"):
            self._going(table, event.now)

    def _kind(self, table: str) -> Kind | None:
        return self.cluster.kinds.stored().get(table)

    def _is_alive(self, owner: Json, namespace: str) -> bool:
        if owner["uid"] in self._alive:
            return True
        # The event of a new owner may still be in the queue: the store knows.
        kind = self.cluster.kinds.by_kind(owner["apiVersion"], owner["kind"])
        if kind is None:
            return False
        found = self.cluster.store.get(kind.where, f"{namespace}/{owner['name']}" if kind.namespaced else owner["name"])
        return found is not None and found.object["metadata"]["uid"] == owner["uid"]

    def _collect(self, place: Place) -> None:
        """Delete a dependent whose owners are all gone; drop the references to those that are."""
        table, key = place
        kind = self._kind(table)
        stored = self.cluster.store.get(table, key)
        if kind is None or stored is None:
            return
        metadata = stored.object["metadata"]
        namespace = metadata.get("namespace", "")
        owners = _owners(stored.object)
        living = [owner for owner in owners if self._is_alive(owner, namespace)]
        if living or not owners:
            if len(living) < len(owners):
                self._set_owners(kind, stored, living)
            return
        options = {"preconditions": {"uid": metadata["uid"]}, "propagationPolicy": "Background"}
        if metadata.get("finalizers") and "foregroundDeletion" in metadata["finalizers"]:
            options["propagationPolicy"] = "Foreground"
        try:
            deleting.delete(self.cluster, kind, namespace, metadata["name"], options)
        except ApiError as error:
            if error.code not in (404, 409):
                raise

    def _set_owners(self, kind: Kind, stored: Stored, owners: list[Json]) -> None:
        with self.cluster.store.lock:
            if self.cluster.store.get(kind.where, stored.key) is not stored:
                return
            metadata = {**stored.object["metadata"], "ownerReferences": owners}
            if not owners:
                del metadata["ownerReferences"]
            self.cluster.store.put(kind.where, stored.key, {**stored.object, "metadata": metadata})

    def _going(self, table: str, stored: Stored) -> None:
        """An object that waits for its dependents, or for being let go of by them."""
        metadata = stored.object["metadata"]
        finalizers = metadata.get("finalizers") or []
        dependents = list(self._owned.get(metadata["uid"], ()))
        if "orphan" in finalizers:
            for place in dependents:
                kind, dependent = self._kind(place[0]), self.cluster.store.get(*place)
                if kind is not None and dependent is not None:
                    left = [one for one in _owners(dependent.object) if one["uid"] != metadata["uid"]]
                    self._set_owners(kind, dependent, left)
            self._drop_finalizer(table, stored.key, "orphan")
        elif "foregroundDeletion" in finalizers:
            for place in dependents:
                kind, dependent = self._kind(place[0]), self.cluster.store.get(*place)
                if kind is None or dependent is None:
                    continue
                inner = dependent.object["metadata"]
                if not inner.get("deletionTimestamp"):
                    options = {"preconditions": {"uid": inner["uid"]}, "propagationPolicy": "Foreground"}
                    deleting.delete(self.cluster, kind, inner.get("namespace", ""), inner["name"], options)
            self._advance(table, stored.key)

    def _advance_owner(self, owner: Json, namespace: str) -> None:
        kind = self.cluster.kinds.by_kind(owner["apiVersion"], owner["kind"])
        if kind is not None:
            self._advance(kind.where, f"{namespace}/{owner['name']}" if kind.namespaced else owner["name"])

    def _advance(self, table: str, key: str) -> None:
        """End a foreground deletion when no dependent blocks it any more."""
        stored = self.cluster.store.get(table, key)
        if stored is None or "foregroundDeletion" not in (stored.object["metadata"].get("finalizers") or ()):
            return
        uid = stored.object["metadata"]["uid"]
        for place in self._owned.get(uid, ()):
            dependent = self.cluster.store.get(*place)
            if dependent is not None and any(
                owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in _owners(dependent.object)
            ):
                return
        self._drop_finalizer(table, key, "foregroundDeletion")

    def _drop_finalizer(self, table: str, key: str, finalizer: str) -> None:
        kind = self._kind(table)
        with self.cluster.store.lock:
            stored = self.cluster.store.get(table, key)
            if kind is None or stored is None:
                return
            metadata = dict(stored.object["metadata"])
            metadata["finalizers"] = [one for one in metadata.get("finalizers") or () if one != finalizer]
            if not metadata["finalizers"]:
                del metadata["finalizers"]
            value = {**stored.object, "metadata": metadata}
            if not deleting.finish(self.cluster, kind, stored, value):
                self.cluster.store.put(table, key, value)


def _owners(value: Json) -> list[Json]:
    return value["metadata"].get("ownerReferences") or []
