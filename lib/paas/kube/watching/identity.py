"""Which cluster this is: the uid of its kube-system namespace, which lives as long as the cluster does."""

from __future__ import annotations

import logging

from paas.errors import Forbidden, NotFound, Refused
from paas.kube.client import Client

PATH = "/api/v1/namespaces/kube-system"
_LOG = logging.getLogger(__name__)


def ask(client: Client) -> str | None:
    """The cluster's identity; None where it may not be read, or has no such namespace.

    Raises:
        ServerError: It cannot be asked now.
    """
    try:
        return str(client.get(PATH)["metadata"]["uid"])
    except (Forbidden, NotFound) as error:
        if error.status == 401:
            raise
        _LOG.debug("cluster %s cannot be told from another one behind the same name: %s", client.cluster, error)
        return None


def check(cluster: str, before: str | None, now: str | None) -> None:
    """Compare a cluster with the one whose objects are known.

    Raises:
        Refused: It is another one, or can no longer be told from another one.
    """
    if before is None or before == now:
        return
    raise Refused(
        f"cluster {cluster} is another one: the uid of its namespace kube-system was {before} and is now "
        f"{now or 'not to be read'}. Nothing is compared, because every object of the first would seem deleted. "
        "Point the settings back; or, where the cluster was meant to change, let its saved state be forgotten "
        "(docs/watching.md, Another cluster)"
    )
