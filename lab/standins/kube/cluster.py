"""One cluster's parts, handed to whoever needs them."""

from __future__ import annotations

import datetime
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import Json
from .kinds import Kind, Kinds
from .store import Store


@dataclass(frozen=True)
class User:
    """Who asks, as authentication found out."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Json = field(default_factory=dict, hash=False)


@dataclass
class Settings:
    """What can be chosen at start.

    Attributes:
        version: `1.36` or `1.7`.
        bookmark_interval: Seconds between bookmarks of an idle watch.
        establish_delay: Seconds until a new CRD is Established.
        controllers: Whether owners' garbage, namespaces and their default objects are taken care of.
    """

    version: str = "1.36"
    bookmark_interval: float = 60.0
    establish_delay: float = 0.02
    controllers: bool = True
    history: int = 20_000

    @property
    def old(self) -> bool:
        """Whether it speaks the API of 1.7."""
        return self.version == "1.7"


@dataclass
class Cluster:
    """What the rooms of the stand-in share."""

    name: str
    settings: Settings
    store: Store
    kinds: Kinds
    ca: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    clock: Callable[[], float] = time.time

    def now(self, *, plus: float = 0.0) -> str:
        """The time (or `plus` seconds later) as objects carry it, in whole seconds."""
        return datetime.datetime.fromtimestamp(self.clock() + plus, datetime.timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )

    def get(self, group: str, plural: str, name: str, namespace: str = "") -> Json | None:
        """A stored object, for the server's own use; not to be changed."""
        found = self.store.get(f"{group}/{plural}", f"{namespace}/{name}" if namespace else name)
        return found.object if found else None

    def all(self, group: str, plural: str, namespace: str = "") -> list[Json]:
        """Stored objects of a resource, for the server's own use; not to be changed."""
        prefix = f"{namespace}/" if namespace else ""
        return [one.object for one in self.store.page(f"{group}/{plural}", prefix=prefix)[0]]


def new_uid() -> str:
    """A fresh uid."""
    return str(uuid.uuid4())


def key_of(kind: Kind, namespace: str, name: str) -> str:
    """The key of an object in its table."""
    return f"{namespace}/{name}" if kind.namespaced else name
