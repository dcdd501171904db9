"""One object in several clusters: found by its claim, and which of them may decide about the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from paas.database.cluster import Cluster
from paas.database.objects import DatabaseObject, ObjectRef
from paas.errors import NotFound, Outdated


def copy_in(cluster: Cluster, name: str, ref: ObjectRef, *, claim: str) -> DatabaseObject | None:
    """The copy of an object in another cluster, by namespace, name and claim.

    Args:
        cluster: The other cluster.
        name: Its name in the settings.
        ref: The object.
        claim: What the copy has to claim.

    Returns:
        The copy, None where there is none or where it is being deleted.

    Raises:
        ServerError: The cluster did not answer.
    """
    copy = DatabaseObject(cluster, dataclasses.replace(ref, cluster=name, uid=None, claim=claim))
    try:
        copy.read()
    except (Outdated, NotFound):  # gone, another one, or its kind is not served there
        return None
    return copy


class Elsewhere:
    """Finds the copies of one object in the other clusters of the platform.

    Args:
        ref: The object.
        clusters: The names of all clusters in the settings.
        connect: Gives a cluster's API server by name.
    """

    def __init__(self, ref: ObjectRef, clusters: Iterable[str], connect: Callable[[str], Cluster]) -> None:
        self._ref = ref
        self._others = [name for name in clusters if name != ref.cluster]
        self._connect = connect

    def __call__(self, claim: str) -> str | None:
        """The name of another cluster that has an object with that claim, None where none has.

        Raises:
            ServerError: A cluster did not answer.
        """
        for name in self._others:
            if copy_in(self._connect(name), name, self._ref, claim=claim) is not None:
                return name
        return None
