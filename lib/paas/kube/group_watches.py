"""The third-party objects of one cluster: watches that follow the definitions, present and future."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from paas.errors import NotFound
from paas.kube import payloads
from paas.kube.client import Client
from paas.kube.definitions import CRD_GROUP, CRDS, TPR_GROUP, TPRS, Definition, definition_of, group_of
from paas.kube.discovery import Resource
from paas.kube.retrying import until_done
from paas.kube.watching import Complaints, Datastore, Event, Key, Position, Saver, Source, Watch, WatchStatus

_LOG = logging.getLogger(__name__)
#: The last server that served ThirdPartyResources, and the first that knew CRDs beside them.
LAST_THIRD_PARTY = (1, 7)


class GroupWatches:
    """Watches the definitions of a cluster and the objects of each that is of a configured group.

    What is followed is remembered beside the positions, so that a restart watches the objects at once, and so that
    the objects of a definition that went meanwhile can be told to have gone.

    Args:
        cluster: The cluster's name.
        connect: Makes the client; tried until it works.
        groups: The API groups.
        tell: Takes payloads of `kubernetes.thirdpartyobject`.
        datastore: Where positions are saved.
        saver: Saves them.
        definitions: Whether the definitions themselves are told too.
    """

    def __init__(
        self,
        cluster: str,
        connect: Callable[[], Client],
        groups: Collection[str],
        *,
        tell: Callable[[dict[str, Any]], None],
        datastore: Datastore,
        saver: Saver,
        definitions: bool = True,
    ) -> None:
        self._cluster = cluster
        self._connect = connect
        self._groups = frozenset(groups)
        self._tell = tell
        self._datastore = datastore
        self._saver = saver
        self._tell_definitions = definitions
        self._prefix = f"kubernetes.watch.{cluster}"
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._definition_watches: list[Watch] = []
        self._watches: dict[str, Watch] = {}
        self._followed: dict[str, Definition] = {}
        self._beginning = WatchStatus(f"{self._prefix}.definitions", cluster, "definitions of third-party kinds")
        self._complaints = Complaints(_LOG, self._beginning, time.monotonic)
        self._client: Client | None = None

    def start(self) -> None:
        """Begin, in threads of its own."""
        threading.Thread(target=self._begin, name=f"third parties of {self._cluster}", daemon=True).start()

    def stop(self) -> None:
        """End every watch; returns within about a second."""
        self._stopping.set()
        with self._lock:
            watches = [*self._definition_watches, *self._watches.values()]
        for watch in watches:
            watch.stop(timeout=0)
        for watch in watches:
            watch.stop(timeout=0.9 / len(watches))

    def statuses(self) -> list[WatchStatus]:
        """How each watch is doing; before the cluster answered, how that is."""
        with self._lock:
            watches = [*self._definition_watches, *self._watches.values()]
        return [watch.status for watch in watches] if self._definition_watches else [self._beginning]

    # Beginning.

    def _begin(self) -> None:
        until_done(self._try_to_begin, stopping=self._stopping, complain=self._complain, wait=self._stopping.wait)

    def _try_to_begin(self) -> bool:
        client = self._client = self._client or self._connect()
        self._restore()
        sources = list(self._definition_sources(client))
        if not sources:
            raise NotFound(
                system=f"Kubernetes {self._cluster}",
                operation="find",
                target=CRDS,
                words="neither CRDs nor ThirdPartyResources are served",
                status=404,
            )
        with self._lock:
            for source in () if self._stopping.is_set() else sources:
                watch = Watch(
                    client, source, self._taker(source), self._position(f"definitions.{source.target.plural}")
                )
                self._definition_watches.append(watch)
                watch.start()
        return True

    def _complain(self, error: Exception) -> None:
        self._beginning.state = "waiting"
        self._complaints.about(error, f"cannot begin yet, and the other clusters are watched: {error}", once=str(error))

    def _definition_sources(self, client: Client) -> list[Source]:
        version = client.resources.server_version()
        found = []
        for group, plural in ((CRD_GROUP, CRDS), (TPR_GROUP, TPRS)):
            try:
                resource = client.resources.find(group, plural)
            except NotFound:
                if plural == TPRS:
                    _LOG.info(
                        "cluster %s has no ThirdPartyResources, which ended with 1.7; its CRDs are watched",
                        self._cluster,
                    )
                else:
                    _LOG.info(
                        "cluster %s has no CRDs, which began with 1.7; its ThirdPartyResources are watched",
                        self._cluster,
                    )
                continue
            found.append(self._definition_source(resource, modern=version > LAST_THIRD_PARTY))
        return found

    def _definition_source(self, resource: Resource, *, modern: bool) -> Source:
        old = resource.plural == TPRS
        return Source(
            cluster=self._cluster,
            path=resource.path(),
            kind=resource.kind,
            api_version=resource.api_version,
            watch_path=f"/apis/{resource.api_version}/watch/{resource.plural}" if old else None,
            watch_list=modern,
            select=self._is_ours,
        )

    def _is_ours(self, key: Key) -> bool:
        return group_of(key[1]) in self._groups

    def _position(self, name: str) -> Position:
        position = Position(self._datastore, f"{self._prefix}.{name}")
        self._saver.add(position)
        return position

    # Following the definitions.

    def _taker(self, source: Source) -> Callable[[Event], None]:
        def take(event: Event) -> None:
            try:
                if self._tell_definitions:
                    self._tell(payloads.third_party(event, source))
            finally:  # its objects matter, whatever becomes of the definition's own event
                self._heed(event)

        return take

    def _heed(self, event: Event) -> None:
        if event.type == "DELETED":
            self._retire(event.key[1])
        elif event.object is not None:
            definition = definition_of(event.object)
            if definition is not None:
                self._follow(event.key[1], definition)

    def _restore(self) -> None:
        """Follow what was followed before the last stop."""
        text = self._datastore.get(self._followed_key)
        for name, each in json.loads(text or "{}").items():
            if group_of(name) in self._groups:
                self._follow(name, Definition(**each))

    def _follow(self, name: str, definition: Definition) -> None:
        """Watch the objects of a definition; in another version where that has changed."""
        with self._lock:
            watch, before = self._watches.get(name), self._followed.get(name)
            if watch is not None and before == definition and not watch.over:
                watch.retire(going=False)
                return
            if watch is not None:
                watch.stop()
                position = watch.position
            else:
                position = self._position(f"objects.{definition.plural}.{definition.group}")
            self._followed[name] = definition
            self._remember()
            self._watches[name] = self._started(name, definition, position)

    def _started(self, name: str, definition: Definition, position: Position) -> Watch:
        assert self._client is not None
        source = Source(
            cluster=self._cluster,
            path=definition.path,
            kind=definition.kind,
            api_version=definition.api_version,
            watch_list=not definition.third_party,
        )
        watch = Watch(
            self._client,
            source,
            lambda event: self._tell(payloads.third_party(event, source)),
            position,
            finished=lambda finished: self._forget(name, finished),
        )
        if not self._stopping.is_set():
            watch.start()
        return watch

    def _retire(self, name: str) -> None:
        """A definition went: its objects went before it, or go with it."""
        with self._lock:
            watch = self._watches.get(name)
        if watch is not None:
            watch.retire()

    def _forget(self, name: str, watch: Watch) -> None:
        """The last object of a definition that went was told."""
        with self._lock:
            if self._watches.get(name) is not watch:  # it came back meanwhile
                return
            del self._watches[name]
            del self._followed[name]
            self._remember()
            self._saver.remove(watch.position)
            watch.position.forget()

    @property
    def _followed_key(self) -> str:
        return f"{self._prefix}.followed"

    def _remember(self) -> None:
        """Written at once: a definition that counts as told must be followed after a restart."""
        text = json.dumps({name: each.as_json() for name, each in sorted(self._followed.items())})
        if self._datastore.get(self._followed_key) != text:
            self._datastore.set(self._followed_key, text)
