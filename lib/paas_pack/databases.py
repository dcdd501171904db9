"""What the database actions share: an object's handle, AWS, and where its connection and password lie."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from paas_pack.actions import PaasAction

if TYPE_CHECKING:
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

        def say(report: database.Report, *, warning: bool = False) -> None:
            found, news = database.write_status(target, report)
            if news and report.message:
                database.tell(
                    self.client(target.ref.cluster),
                    found,
                    reason=report.reason or report.phase,
                    message=report.message,
                    warning=warning,
                )

        return say

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
