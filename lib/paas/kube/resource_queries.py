"""What a rule may ask to be watched, as the parameters of its trigger."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paas.errors import InvalidInput
from paas.kube.client import Client
from paas.kube.watching import Source

EVENTS = ("ADDED", "MODIFIED", "DELETED")
_NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")


@dataclass(frozen=True, slots=True)
class ResourceQuery:
    """One watch that a rule asks for; equal ones are one watch.

    Attributes:
        cluster: The cluster's name in the settings.
        plural: `namespaces`, `nodes`, `jobs`, ...
        group: API group; empty for the core API.
        version: API version; empty for the one that the server prefers.
        namespace: Only this one; empty for all.
        label_selector: Only objects with these labels.
        field_selector: Only objects with these fields.
        events: Which of ADDED, MODIFIED, DELETED.
    """

    cluster: str
    plural: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""
    events: tuple[str, ...] = EVENTS

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> ResourceQuery:
        """Read a trigger's parameters; what is absent, None or empty is left at its default.

        Raises:
            InvalidInput: A parameter is unknown, missing, or of no use.
        """
        given = {name: value for name, value in parameters.items() if value not in (None, "", [])}
        for name in given:
            if name not in cls.__dataclass_fields__:
                raise InvalidInput(name, given[name], f"one of {', '.join(cls.__dataclass_fields__)}")
        for name in ("cluster", "plural"):
            if not isinstance(given.get(name), str):
                raise InvalidInput(name, given.get(name), "a name; it is required")
        for name in ("plural", "group", "version", "namespace"):
            if name in given and not _NAME.match(str(given[name])):
                raise InvalidInput(
                    name, given[name], "lower-case letters, digits, hyphens and dots, such as configmaps"
                )
        events = given.pop("events", EVENTS)
        if not isinstance(events, (list, tuple)) or not set(events) <= set(EVENTS):
            raise InvalidInput("events", events, f"a list of some of {', '.join(EVENTS)}")
        return cls(**given, events=tuple(event for event in EVENTS if event in events))

    @property
    def name(self) -> str:
        """A short name, the same in every process: what is watched, and a hash of everything."""
        text = json.dumps(asdict(self), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{self.cluster}.resource.{self.plural}{'.' if self.group else ''}{self.group}.{digest}"

    def source(self, client: Client) -> Source:
        """The source to watch.

        Raises:
            NotFound: The cluster does not serve it.
        """
        resource = client.resources.find(self.group, self.plural, version=self.version or None)
        return Source(
            cluster=self.cluster,
            path=resource.path(self.namespace or None),
            kind=resource.kind,
            api_version=resource.api_version,
            label_selector=self.label_selector or None,
            field_selector=self.field_selector or None,
            watch_list=client.resources.server_version() > (1, 7),
        )
