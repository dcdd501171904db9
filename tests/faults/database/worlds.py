"""One later action on a database each: how it is made ready, how it is run, and what has to be true when it is done."""

from __future__ import annotations

from tests.unit.actions.chains import run_action, run_chain


class World:
    """A namespace with a database in both clusters' reach."""

    namespace = ""

    def __init__(self, platform):
        self.platform = platform
        self.namespace = type(self).__name__.lower()
        self._count = 0
        for cluster in ("paasA", "paasB"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
            platform.kube[cluster].create("/api/v1/namespaces", body)
        self.make()

    def make(self, cluster="paasA", *, created=True, **metadata):
        """An object of a new name, or a copy of the present one; with its database where that is asked for."""
        if cluster == "paasA":
            self._count += 1
        body = {"apiVersion": "paas.internal/v1", "kind": "Database", "spec": {}}
        self.platform.kube[cluster].create(self.collection, {**body, "metadata": {"name": self.name, **metadata}})
        if created:
            assert self.chain("db_create_chain", cluster)[0]

    def again(self):
        """Make it ready for the action once more."""

    @property
    def name(self):
        return f"orders-{self._count}"

    @property
    def collection(self):
        return f"/apis/paas.internal/v1/namespaces/{self.namespace}/databases"

    def object(self, cluster="paasA"):
        return self.platform.kube[cluster].get(f"{self.collection}/{self.name}")

    def status(self, cluster="paasA"):
        return self.object(cluster).get("status", {})

    @property
    def claim(self):
        return self.status()["claim"]

    def secret(self, cluster="paasA"):
        found = self.platform.vault[cluster].read(f"secret/{self.namespace}/{self.name}/rds")
        return dict(found.data or {}) if found else {}

    def keys(self, cluster="paasA"):
        return {
            key: each.value for key, each in self.platform.consul[cluster].read(f"{self.namespace}/{self.name}").items()
        }

    def instances(self):
        return [each for each in self.platform.instances() if each.startswith(f"{self.namespace}-{self.name}-")]

    def snapshots(self, claim):
        found = self.platform.aws.call(
            "rds", "describe_db_snapshots", target="it", DBInstanceIdentifier=claim, SnapshotType="manual"
        )
        return sorted(each["DBSnapshotIdentifier"] for each in found["DBSnapshots"])

    def chain(self, name, cluster="paasA"):
        parameters = {"cluster": cluster, "namespace": self.namespace, "name": self.name}
        succeeded, done = run_chain(name, config=self.platform.config, parameters=parameters)
        failed = [result for _, went_well, result in done if not went_well]
        return succeeded, failed[-1] if failed else done[-1][2]

    def act(self, name, **more):
        where = {"cluster": "paasA", "namespace": self.namespace, "name": self.name}
        kind = {"api_version": "paas.internal/v1", "object_kind": "Database"}
        return run_action(name, config=self.platform.config, parameters={**where, **kind, **more})


class Modify(World):
    """More storage each time."""

    size = 20

    def again(self):
        self.size += 1
        found = {**self.object(), "spec": {"storageGiB": self.size}}
        self.platform.kube["paasA"].replace(f"{self.collection}/{self.name}", found)

    def run(self):
        return self.chain("db_modify_chain")

    def check(self):
        assert self.platform.instance(self.claim)["AllocatedStorage"] == self.size
        assert self.status()["observedGeneration"] == self.object()["metadata"]["generation"]


class Delete(World):
    """Another database each time."""

    def again(self):
        self.make()
        self.mine, self.uid = self.claim, self.object()["metadata"]["uid"]
        self.platform.kube["paasA"].delete(f"{self.collection}/{self.name}")

    def run(self):
        for _ in range(3):  # the snapshot, the deletion, what is left
            succeeded, result = self.chain("db_delete_chain")
            if not succeeded or not self.is_there():
                break
        return succeeded, result

    def is_there(self):
        return self.name in [each["metadata"]["name"] for each in self.platform.kube["paasA"].list(self.collection)]

    def check(self):
        assert not self.is_there()
        assert self.instances() == []
        assert self.snapshots(self.mine) == [f"{self.mine}-before-{self.uid[:8]}", f"{self.mine}-last-{self.uid[:8]}"]
        assert (self.keys(), self.secret()) == ({}, {})


class Rotate(World):
    """A new password each time."""

    def again(self):
        self.before = self.secret()["rds_password"]

    def run(self):
        return self.act("db_rotate_password", lost=False, dry_run=False)

    def check(self):
        assert set(self.secret()) == {"rds_password", "rds_claim"}
        assert self.secret()["rds_password"] != self.before


class Snapshot(World):
    """A snapshot of another name each time."""

    taken = 0

    def again(self):
        self.taken += 1

    def run(self):
        return self.act("rds_snapshot", snapshot=f"{self.name}-nightly-{self.taken}", dry_run=False)

    def check(self):
        assert f"{self.name}-nightly-{self.taken}" in self.snapshots(self.claim)


class Restore(World):
    """Another object each time, with the data of one snapshot."""

    def make(self, *where, **more):
        super().make(*where, **more)
        self.snapshot = f"{self.name}-nightly"
        assert self.act("rds_snapshot", snapshot=self.snapshot, dry_run=False)[0]

    def again(self):
        super().make(created=False)

    def run(self):
        return self.act("rds_restore_database", snapshot=self.snapshot, dry_run=False)

    def check(self):
        assert self.instances() == [self.claim]
        assert self.secret()["rds_claim"] == self.claim


class Unpublish(World):
    """Published again each time."""

    def again(self):
        assert self.chain("db_create_chain")[0]

    def run(self):
        return self.act("db_unpublish", dry_run=False)

    def check(self):
        assert self.keys() == {}
        assert self.instances() == [self.claim]


class HandOver(World):
    """To and fro between the two clusters."""

    owner = "paasA"

    def make(self):
        super().make()
        super().make("paasB", annotations={"paas.internal/claim": self.claim})

    def again(self):
        self.former, self.owner = self.owner, "paasB" if self.owner == "paasA" else "paasA"

    def run(self):
        asked = {"source": self.former, "destination": self.owner, "namespace": self.namespace, "dry_run": False}
        return run_action("db_hand_over", config=self.platform.config, parameters=asked)

    def check(self):
        assert [self.status(cluster)["owner"] for cluster in ("paasA", "paasB")] == [self.owner] * 2
        assert self.keys(self.owner)[f"{self.namespace}/{self.name}/rds_claim"] == self.claim.encode()
        assert self.secret("paasA")["rds_password"] == self.secret("paasB")["rds_password"]


class Reconcile(World):
    """A hand changes the instance and the keys each time."""

    def again(self):
        changes = {"BackupRetentionPeriod": 1, "DeletionProtection": False, "ApplyImmediately": True}
        self.platform.aws.call("rds", "modify_db_instance", target="it", DBInstanceIdentifier=self.claim, **changes)
        assert self.act("db_unpublish", dry_run=False)[0]

    def run(self):
        asked = {"cluster": "paasA", "namespace": self.namespace, "dry_run": False}
        succeeded, result = run_action("db_reconcile", config=self.platform.config, parameters=asked)
        failed = [each for each in result.get("objects", ()) if each["outcome"] == "failed"]
        # One that fails holds up nobody: it is told in the result, and on the object.
        return (False, {"message": failed[0]["why"]}) if failed else (succeeded, result)

    def check(self):
        instance = self.platform.instance(self.claim)
        assert (instance["BackupRetentionPeriod"], instance["DeletionProtection"]) == (7, True)
        assert self.keys()[f"{self.namespace}/{self.name}/rds_claim"] == self.claim.encode()


WORLDS = (Modify, Delete, Rotate, Snapshot, Restore, Unpublish, HandOver, Reconcile)
