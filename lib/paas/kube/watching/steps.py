"""What a watch does next, and from where: the words between its machine, which decides, and its loop, which acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paas.kube import paths
from paas.kube.paths import Target
from paas.kube.watching.events import Key


@dataclass(frozen=True)
class Source:
    """What is watched.

    Attributes:
        cluster: The cluster's name.
        path: The collection's path, for lists.
        kind: The objects' kind; lists of old servers leave it out.
        api_version: The objects' apiVersion.
        watch_path: Where the stream is, if not at `path` itself.
        label_selector: Only objects with these labels.
        field_selector: Only objects with these fields.
        watch_list: Whether the server may know WatchList; False for 1.2 to 1.7.
        select: Whether an object of that namespace and name counts; the others are as if they were not there.
    """

    cluster: str
    path: str
    kind: str
    api_version: str
    watch_path: str | None = None
    label_selector: str | None = None
    field_selector: str | None = None
    watch_list: bool = True
    select: Callable[[Key], bool] = field(default=lambda key: True, compare=False)

    @property
    def params(self) -> dict[str, Any]:
        """What every watch of it asks for."""
        return {
            "watch": True,
            "allowWatchBookmarks": True,
            "labelSelector": self.label_selector,
            "fieldSelector": self.field_selector,
        }

    @property
    def target(self) -> Target:
        """What errors call it."""
        return paths.parse(self.path)


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Identify:
    """Ask the cluster who it is."""


@dataclass(frozen=True)
class List:
    """List everything at resourceVersion "", by pages or in one answer."""

    paged: bool


@dataclass(frozen=True)
class Stream:
    """Open a watch. `read_timeout` is in seconds."""

    params: Mapping[str, Any]
    read_timeout: float


@dataclass(frozen=True)
class Flush:
    """Tell the end of everything that is known."""


@dataclass(frozen=True)
class Done:
    """There is nothing left to watch."""


Step = Wait | Identify | List | Stream | Flush | Done
