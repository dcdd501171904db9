"""ThirdPartyResources of 1.2 to 1.7: a definition's name says its kind and group; no schema, no status."""

from __future__ import annotations

from .cluster import Cluster
from .errors import Json
from .kinds import Kind
from .store import Event

TABLE = "extensions/thirdpartyresources"


def kind_name(name: str) -> tuple[str, str]:
    """Kind and group of a definition's name: `cron-tab.stable.example.com` is CronTab in stable.example.com."""
    first, _, group = name.partition(".")
    return "".join(part.capitalize() for part in first.split("-")), group


def plural_of(kind: str) -> str:
    """The plural as the old server guessed it."""
    name = kind.lower()
    if name.endswith("s"):
        return name + "es"
    if name.endswith("y"):
        return name[:-1] + "ies"
    return name + "s"


def kinds_of(definition: Json) -> list[Kind]:
    """The kinds of a definition; only the first version was ever served."""
    name, group = kind_name(definition["metadata"]["name"])
    versions = [one["name"] for one in definition.get("versions") or ()][:1]
    if not group:
        return []
    return [
        Kind(group, version, plural_of(name), name, singular=name.lower(), third_party=True) for version in versions
    ]


def handle(cluster: Cluster, event: Event) -> None:
    """Serve a definition's kinds, or take them and their objects away."""
    for kind in kinds_of(event.now.object):
        if event.type != "DELETED":
            if cluster.kinds.find(kind.group, kind.version, kind.plural) is None:
                cluster.kinds.add(kind)
            continue
        for one in cluster.store.page(kind.where)[0]:
            with cluster.store.lock:
                if cluster.store.get(kind.where, one.key) is not None:
                    cluster.store.remove(kind.where, one.key)
        cluster.kinds.remove(kind.group, kind.plural)
        cluster.store.end_streams(kind.where)
