"""What a run may do, found out before it writes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from paas.errors import Refused
from paas.kube import Client, Resource
from paas.migration.lease import NAMESPACE
from paas.migration.names import label
from paas.migration.options import Options
from paas.migration.retrying import Retry
from paas.migration.routes import Route

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_MOST_NAMED = 12
#: What grants all of it, in deploy/.
DESTINATION = "rbac-migration-destination.yaml"


@dataclass(frozen=True)
class Need:
    """One permission: a verb on a resource, in a namespace or (None) in the whole cluster."""

    verb: str
    group: str
    plural: str
    namespace: str | None = None

    def __str__(self) -> str:
        return f"{self.verb} {label(self.plural, self.group)}" + (f" in {self.namespace}" if self.namespace else "")


def needs(routes: Sequence[Route], options: Options) -> list[Need]:
    """What creating the objects of these routes takes on the destination."""
    verbs = ["list", "get", "create", "patch"]
    if options.on_conflict != "report":
        verbs.append("update")
    if options.on_conflict == "recreate":
        verbs.append("delete")
    found = [Need(verb, route.target.group, route.target.plural) for route in routes for verb in verbs]
    for route in routes:
        if route.rules.mergeable:
            found.append(Need("update", route.target.group, route.target.plural))
        if route.target.group == "rbac.authorization.k8s.io" and route.kind.endswith("Role"):
            # Without it the server lets nobody grant more than he has himself.
            found.append(Need("escalate", route.target.group, route.target.plural))
            found.append(Need("bind", route.target.group, route.target.plural))
    return found + own_needs()


def own_needs() -> list[Need]:
    """What the lock and the journal take."""
    return [
        *(Need(verb, "coordination.k8s.io", "leases", NAMESPACE) for verb in ("get", "create", "update")),
        *(Need(verb, "", "secrets", NAMESPACE) for verb in ("list", "create", "patch")),
    ]


def undo_needs(resources: Iterable[Resource]) -> list[Need]:
    """What taking objects back takes."""
    verbs = ("list", "get", "delete", "update", "create")
    found = [Need(verb, each.group, each.plural) for each in resources for verb in verbs]
    return [
        *found,
        *own_needs(),
        Need("delete", "", "secrets", NAMESPACE),
        Need("delete", "coordination.k8s.io", "leases", NAMESPACE),
    ]


def check(client: Client, wanted: Sequence[Need], *, retry: Retry, workers: int, manifest: str) -> None:
    """Ask the API server whether this run may do what it is about to.

    Raises:
        Refused: It may not; the sentence names every permission that is missing, up to a dozen.
    """
    if _allowed(client, Need("*", "*", "*"), retry):
        return

    def refused(need: Need) -> Need | None:
        return None if _allowed(client, need, retry) else need

    with ThreadPoolExecutor(max_workers=workers) as pool:
        missing = [need for need in pool.map(refused, dict.fromkeys(wanted)) if need]
    if missing:
        named = "; ".join(str(need) for need in missing[:_MOST_NAMED])
        more = f"; and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        raise Refused(
            f"Kubernetes {client.cluster}: the credentials may not {named}{more}; nothing was written. "
            f"deploy/{manifest} grants what a migration takes"
        )


def _allowed(client: Client, need: Need, retry: Retry) -> bool:
    attributes = {"verb": need.verb, "group": need.group, "resource": need.plural}
    if need.namespace:
        attributes["namespace"] = need.namespace
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    ask: Callable[[], dict[str, object]] = lambda: client.create(_REVIEWS, body)  # noqa: E731
    status = retry(ask).get("status")
    return isinstance(status, dict) and bool(status.get("allowed"))
