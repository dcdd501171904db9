"""What the database actions share: an object's handle, AWS, and where its connection and password lie."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from paas_pack.actions import PaasAction

#: Most objects that one result names; every one is on stdout.
SHOWN_AT_MOST = 200
_QUIET = ("in sync", "already there")

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paas import database, kube
    from paas.settings import DatabaseSettings


class DatabaseAction(PaasAction):
    """An action on one object and its database, or on all of them."""

    @property
    def databases(self) -> DatabaseSettings:
        """The settings of the database service."""
        return self.settings.databases

    @property
    def instances(self) -> database.Instances:
        """The account's databases."""
        from paas import database

        return database.Instances(self.aws)

    @property
    def snapshots(self) -> database.Snapshots:
        """The account's snapshots."""
        from paas import database

        return database.Snapshots(self.aws)

    def client(self, cluster: str) -> kube.Client:
        """A cluster's API server; one client a cluster for the whole action."""
        if not hasattr(self, "_clients"):
            self._clients: dict[str, kube.Client] = {}
        if cluster not in self._clients:
            self._clients[cluster] = self.kube(cluster)
        return self._clients[cluster]

    def target(
        self,
        *,
        cluster: str,
        api_version: str,
        object_kind: str,
        namespace: str,
        name: str,
        uid: str | None = None,
        claim: str | None = None,
        going: bool = False,
    ) -> database.DatabaseObject:
        """The handle of an object."""
        from paas import database

        ref = database.ObjectRef(
            cluster=cluster,
            api_version=api_version,
            kind=object_kind,
            namespace=namespace,
            name=name,
            uid=uid or None,
            claim=claim or None,
        )
        return database.DatabaseObject(self.client(cluster), ref, going=going)

    def owner(self, ref: database.ObjectRef, claim: str) -> database.Owner:
        """The object as an owner."""
        from paas import database

        return database.Owner(
            claim=claim,
            cluster=ref.cluster,
            namespace=ref.namespace,
            name=ref.name,
            api_version=ref.api_version,
            kind=ref.kind,
        )

    def place(self, cluster: str, namespace: str, name: str) -> database.Place:
        """Where the connection and the password of an object lie."""
        from paas import database

        where = {"cluster": cluster, "namespace": namespace, "name": name}
        return database.Place(
            keys=self._once("consul", cluster, self.consul_of),
            secrets=self._once("vault", cluster, self.vault_of),
            consul_prefix=self.databases.keys.consul_prefix(**where),
            vault_path=self.databases.keys.vault_path(**where),
        )

    def other_secrets(self, owner: database.Owner) -> dict[str, tuple[database.SecretStore, str]]:
        """The Vaults of the other clusters, each with the path where a copy of an object's secret would lie."""
        own = self.settings.cluster(owner.cluster).vault
        found = {}
        for name, cluster in self.settings.clusters.items():
            path = self.databases.keys.vault_path(cluster=name, namespace=owner.namespace, name=owner.name)
            if name != owner.cluster and cluster.vault not in (None, own):
                found[name] = (self._once("vault", name, self.vault_of), path)
        return found

    def services(self, ref: database.ObjectRef) -> database.Services:
        """What the end of an object's database needs."""
        from paas import database

        return database.Services(
            instances=self.instances,
            snapshots=self.snapshots,
            place=self.place(ref.cluster, ref.namespace, ref.name),
            settings=self.databases,
            copies=database.Elsewhere(ref, self.settings.clusters, self.client),
        )

    def sayer(self, target: database.DatabaseObject) -> Any:
        """Writes reports on an object, with an Event beside it where it is news."""
        from paas import database

        def say(report: database.Report, *, warning: bool = False) -> Any:
            found, news = database.write_status(target, report)
            if news and report.message:
                database.tell(
                    self.client(target.ref.cluster),
                    found,
                    reason=report.reason or report.phase,
                    message=report.message,
                    warning=warning,
                )
            return found.get("status") or {}

        return say

    def asking(
        self, instances: list[database.Instance], cluster: str | None
    ) -> tuple[list[database.Asking], list[str]]:
        """Every object that asks for a database, and the clusters that did not answer.

        Raises:
            ConfigError: There is no such cluster.
            ServerError: The one cluster that was asked for did not answer.
        """
        from paas import database
        from paas.errors import PaasError

        kinds = database.kinds_of(instances)
        if cluster is not None:
            return list(database.asking(self.client(cluster), cluster, kinds)), []
        found: list[database.Asking] = []
        unheard: list[str] = []
        for name in self.settings.clusters:
            try:
                found += database.asking(self.client(name), name, kinds)
            except PaasError as error:
                self.logger.warning("%s", error)
                unheard.append(name)
        return found, unheard

    def target_of(self, each: database.Asking, *, going: bool = False) -> database.DatabaseObject:
        """The handle of an object that was listed."""
        metadata = each.found["metadata"]
        return self.target(
            cluster=each.cluster,
            api_version=str(each.found.get("apiVersion")),
            object_kind=str(each.found.get("kind")),
            namespace=each.namespace,
            name=each.name,
            uid=metadata.get("uid"),
            going=going,
        )

    def retire(self, each: database.Asking, begun: bool) -> database.Progress:
        """Carry on with an object that is being deleted: a deletion that was begun goes on, else it is let go."""
        from paas import database

        target = self.target_of(each, going=True)
        carry_on = database.delete if begun else database.let_go
        return carry_on(target, self.services(target.ref), say=self.sayer(target))

    def side(self, cluster: str) -> database.Side:
        """One cluster of a hand-over."""
        from paas import database

        return database.Side(
            name=cluster,
            cluster=self.client(cluster),
            place_of=lambda namespace, name: self.place(cluster, namespace, name),
        )

    def counted(self, outcomes: Iterable[dict[str, Any]], *, of: str) -> dict[str, Any]:
        """What became of each, as a result of bounded size: the counts, and the first of what was not in order.

        Each is told on stdout as it comes, so that a run that is ended has said how far it came.
        """
        counts: dict[str, int] = {}
        shown: list[dict[str, Any]] = []
        for each in outcomes:
            outcome = str(each["outcome"])
            counts[outcome] = counts.get(outcome, 0) + 1
            where = "/".join(str(each[key]) for key in ("cluster", "namespace", "name") if each.get(key))
            print(f"{where}: {outcome}{': ' if each['why'] else ''}{each['why']}", flush=True)
            if len(shown) < SHOWN_AT_MOST and outcome not in _QUIET:
                shown.append(each)
        return {"count": sum(counts.values()), "outcomes": counts, of: shown}

    def claimed(self, target: database.DatabaseObject) -> tuple[database.ObjectRef, database.Owner]:
        """The object by its claim, for what acts on a database that is there.

        Raises:
            Refused: It has no claim.
            Outdated: It is gone, or is being deleted.
        """
        from paas import database
        from paas.errors import Refused

        found = target.read()
        claim = next((each for each in database.claims_on(found) if each), None)
        if claim is None:
            raise Refused(f"{target.ref} has no claim yet; kubernetes.db_create_chain gives it one")
        ref = dataclasses.replace(target.ref, claim=str(claim))
        return ref, self.owner(ref, str(claim))

    def _once(self, kind: str, cluster: str, connect: Any) -> Any:
        if not hasattr(self, "_connected"):
            self._connected: dict[tuple[str, str], Any] = {}
        key = (kind, cluster)
        if key not in self._connected:
            self._connected[key] = connect(cluster)
        return self._connected[key]
