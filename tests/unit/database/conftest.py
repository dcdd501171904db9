"""A cluster, a Vault, a Consul and an AWS account in memory, with the rules that this room leans on."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import itertools
from types import SimpleNamespace

import pytest

from paas.database import DatabaseObject, DatabaseSpec, Instances, ObjectRef, Owner, Place, Snapshots
from paas.errors import Conflict, NotFound
from paas.settings import AllowedDatabases, DatabaseSettings

CLAIM = "shop-orders-k3f7q2m4xa"


def refusal(kind, words="no", **more):
    return kind(system="Test", operation="call", target="it", words=words, **more)


class FakeCluster:
    """One kind with its objects; a write with an old resourceVersion is a Conflict, as on a real API server."""

    def __init__(self, *, has_status=True):
        self.has_status = has_status
        self.objects = {}
        self.writes = []
        self.events = {}
        self.definition = {"metadata": {}}
        self.before_write = None
        self._versions = itertools.count(100)

    group, plural = "paas.internal", "databases"

    @property
    def resources(self):
        return self

    def find(self, group, kind):
        return self

    def path(self, namespace=None, name=None, subresource=None):
        return f"{namespace}/{name}" + (f"/{subresource}" if subresource else "")

    def put(self, found):
        metadata = found["metadata"]
        metadata["resourceVersion"] = str(next(self._versions))
        self.objects[f"{metadata['namespace']}/{metadata['name']}"] = found
        return found

    def get(self, path):
        if path.startswith("/apis/apiextensions.k8s.io/"):
            if self.definition is None:
                raise refusal(NotFound)
            return self.definition
        if path in self.events:
            return copy.deepcopy(self.events[path])
        if path not in self.objects:
            raise refusal(NotFound)
        return copy.deepcopy(self.objects[path])

    def list(self, path):
        yield from copy.deepcopy(list(self.objects.values()))

    def create(self, path, body):
        key = f"{path}/{body['metadata']['name']}"
        if key in self.events:
            raise refusal(Conflict)
        self.events[key] = copy.deepcopy(body)
        return body

    def replace(self, path, body):
        if path in self.events:
            self.events[path] = copy.deepcopy(body)
            return body
        if self.before_write:
            hook, self.before_write = self.before_write, None
            hook(self)
        key = path.removesuffix("/status")
        if key not in self.objects:
            raise refusal(NotFound)
        stored = self.objects[key]
        if stored["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise refusal(Conflict)
        wanted = copy.deepcopy(body)
        if self.has_status and path.endswith("/status"):
            wanted = {**copy.deepcopy(stored), "status": wanted.get("status")}
        elif self.has_status:
            wanted = {key: value for key, value in wanted.items() if key != "status"}
            if "status" in stored:
                wanted["status"] = copy.deepcopy(stored["status"])
        self.writes.append(path)
        if wanted["metadata"].get("deletionTimestamp") and not wanted["metadata"].get("finalizers"):
            del self.objects[key]
            return wanted
        return copy.deepcopy(self.put(wanted))


class FakeVault:
    """KV version 2: versions, check-and-set, soft deletion and custom_metadata."""

    def __init__(self):
        self.secrets = {}
        self.writes = []
        self.before_write = None

    def read(self, path):
        return copy.deepcopy(self.secrets.get(path))

    def put(self, path, data, *, version=1, metadata=None):
        self.secrets[path] = SimpleNamespace(version=version, data=data, metadata=metadata or {})

    def write(self, path, data, *, replaces):
        if self.before_write:
            hook, self.before_write = self.before_write, None
            hook(self)
        there = self.secrets.get(path)
        if (there.version if there else 0) != (replaces.version if replaces else 0):
            raise refusal(Conflict)
        version = (there.version if there else 0) + 1
        self.writes.append(path)
        self.put(path, dict(data), version=version, metadata=there.metadata if there else {})
        return version

    def describe(self, path, metadata):
        self.secrets[path].metadata = dict(metadata)

    def delete(self, path, *, replaces):
        if self.secrets[path].version == replaces.version:
            self.secrets[path].data = None

    def destroy(self, path):
        self.secrets.pop(path, None)


class FakeConsul:
    """Keys with their ModifyIndex."""

    def __init__(self):
        self.keys = {}
        self.writes = []
        self.before_write = None
        self._index = itertools.count(10)

    def put(self, key, value):
        self.keys[key] = SimpleNamespace(value=value.encode(), index=next(self._index))

    def read(self, prefix):
        return {key: found for key, found in self.keys.items() if key.startswith(f"{prefix}/")}

    def write(self, keys):
        if self.before_write:
            hook, self.before_write = self.before_write, None
            hook(self)
        for key, (_, index) in keys.items():
            if (self.keys[key].index if key in self.keys else 0) != index:
                raise refusal(Conflict)
        self.writes.append(sorted(keys))
        for key, (value, _) in keys.items():
            self.put(key, value)

    def remove(self, keys):
        if any(self.keys[key].index != index for key, index in keys.items()):
            raise refusal(Conflict)
        for key in keys:
            del self.keys[key]

    @property
    def values(self):
        return {key: found.value.decode() for key, found in self.keys.items()}


class FakeAccount:
    """RDS instances and snapshots in AWS's own shape; every call that changes something is kept in `asked`."""

    def __init__(self):
        self.instances = {}
        self.snapshots = {}
        self.created = []
        self.asked = []
        self.events = []
        self.before_create = None
        self.clusters = {}

    def call(self, service, operation, *, target, **request):
        if not operation.startswith("describe"):
            self.asked.append((operation, request))
        return getattr(self, operation)(**request)

    def each(self, service, operation, items, *, target, **request):
        found = {"DBInstances": self.instances, "DBClusters": self.clusters, "DBSnapshots": self.snapshots}
        yield from found.get(items, {}).values()

    @property
    def operations(self):
        return [operation for operation, _ in self.asked]

    def describe_db_instances(self, DBInstanceIdentifier):  # noqa: N803 - AWS's name
        if DBInstanceIdentifier not in self.instances:
            raise refusal(NotFound)
        return {"DBInstances": [self.instances[DBInstanceIdentifier]]}

    def describe_db_clusters(self, DBClusterIdentifier):  # noqa: N803
        if DBClusterIdentifier not in self.clusters:
            raise refusal(NotFound)
        return {"DBClusters": [self.clusters[DBClusterIdentifier]]}

    def create_db_instance(self, **request):
        if self.before_create:
            hook, self.before_create = self.before_create, None
            hook(self, request)
        identifier = request["DBInstanceIdentifier"]
        if identifier in self.instances:
            raise refusal(Conflict)
        self.created.append(request)
        self.instances[identifier] = {
            "DBInstanceIdentifier": identifier,
            "DBInstanceStatus": "creating",
            "DBInstanceArn": f"arn:aws:rds:us-east-1:123456789012:db:{identifier}",
            "Engine": request["Engine"],
            "DBName": request.get("DBName"),
            "MasterUsername": request.get("MasterUsername"),
            "TagList": request["Tags"],
        }
        if cluster := request.get("DBClusterIdentifier"):
            self.instances[identifier]["DBClusterIdentifier"] = cluster
            self.clusters[cluster]["DBClusterMembers"].append({"DBInstanceIdentifier": identifier})
        return {"DBInstance": self.instances[identifier]}

    def create_db_cluster(self, **request):
        identifier = request["DBClusterIdentifier"]
        if identifier in self.clusters:
            raise refusal(Conflict)
        self.created.append(request)
        self.clusters[identifier] = {
            "DBClusterIdentifier": identifier,
            "DBClusterArn": f"arn:aws:rds:us-east-1:123456789012:cluster:{identifier}",
            "Status": "creating",
            "Engine": request["Engine"],
            "DatabaseName": request["DatabaseName"],
            "MasterUsername": request["MasterUsername"],
            "TagList": request["Tags"],
            "DBClusterMembers": [],
        }
        return {"DBCluster": self.clusters[identifier]}

    def restore_db_instance_from_db_snapshot(self, **request):
        return self.create_db_instance(**request)

    def create_db_instance_read_replica(self, **request):
        source = request["SourceDBInstanceIdentifier"]
        made = self.create_db_instance(**request, Engine=self.instances[source]["Engine"])
        made["DBInstance"]["ReadReplicaSourceDBInstanceIdentifier"] = source
        made["DBInstance"]["DBInstanceClass"] = request["DBInstanceClass"]
        names = self.instances[source].setdefault("ReadReplicaDBInstanceIdentifiers", [])
        names.append(request["DBInstanceIdentifier"])
        return made

    def modify_db_instance(self, DBInstanceIdentifier, ApplyImmediately, **changes):  # noqa: N803
        changes.pop("AllowMajorVersionUpgrade", None)
        changes.pop("MasterUserPassword", None)
        self.instances[DBInstanceIdentifier].update(changes)

    def delete_db_instance(self, DBInstanceIdentifier, **request):  # noqa: N803
        if self.instances[DBInstanceIdentifier].get("DeletionProtection"):
            raise AssertionError("AWS refuses this: deletion protection is on")
        if name := request.get("FinalDBSnapshotIdentifier"):
            self.add_snapshot(name, DBInstanceIdentifier)
        gone = self.instances.pop(DBInstanceIdentifier)
        if source := gone.get("ReadReplicaSourceDBInstanceIdentifier"):
            self.instances[source]["ReadReplicaDBInstanceIdentifiers"].remove(DBInstanceIdentifier)

    def _tagged(self, arn):
        return next(each for each in self.instances.values() if each["DBInstanceArn"] == arn)

    def add_tags_to_resource(self, ResourceName, Tags):  # noqa: N803
        found = self._tagged(ResourceName)
        tags = {each["Key"]: each["Value"] for each in [*found["TagList"], *Tags]}
        found["TagList"] = [{"Key": key, "Value": value} for key, value in tags.items()]

    def remove_tags_from_resource(self, ResourceName, TagKeys):  # noqa: N803
        found = self._tagged(ResourceName)
        found["TagList"] = [each for each in found["TagList"] if each["Key"] not in TagKeys]

    def describe_db_snapshots(self, DBSnapshotIdentifier):  # noqa: N803
        if DBSnapshotIdentifier not in self.snapshots:
            raise refusal(NotFound)
        return {"DBSnapshots": [self.snapshots[DBSnapshotIdentifier]]}

    def describe_db_cluster_snapshots(self, DBClusterSnapshotIdentifier):  # noqa: N803
        raise refusal(NotFound)

    def create_db_snapshot(self, DBSnapshotIdentifier, DBInstanceIdentifier, Tags):  # noqa: N803
        if DBSnapshotIdentifier in self.snapshots:
            raise refusal(Conflict)
        return {"DBSnapshot": self.add_snapshot(DBSnapshotIdentifier, DBInstanceIdentifier, status="creating")}

    def add_snapshot(self, name, source, *, status="available", tags=None, **more):
        instance = self.instances.get(source, {})
        self.snapshots[name] = {
            "DBSnapshotIdentifier": name,
            "DBInstanceIdentifier": source,
            "Status": status,
            "Engine": instance.get("Engine", "mysql"),
            "AllocatedStorage": instance.get("AllocatedStorage", 20),
            "TagList": tags if tags is not None else instance.get("TagList", []),
            **more,
        }
        return self.snapshots[name]

    def describe_events(self, **request):
        return {"Events": [{"Message": message} for message in self.events]}

    def add(self, owner, *, status="available", tags=None, **more):
        tags = {**owner.tags(), **(tags or {})}
        self.instances[owner.claim] = {
            "DBInstanceIdentifier": owner.claim,
            "DBInstanceArn": f"arn:aws:rds:us-east-1:123456789012:db:{owner.claim}",
            "DBInstanceStatus": status,
            "Engine": "mysql",
            "EngineVersion": "8.0.36",
            "DBInstanceClass": "db.t3.micro",
            "AllocatedStorage": 20,
            "BackupRetentionPeriod": 7,
            "MultiAZ": False,
            "DeletionProtection": True,
            "DBName": "orders",
            "MasterUsername": "paas",
            "Endpoint": {"Address": f"{owner.claim}.rds.example.com", "Port": 3306},
            "TagList": [{"Key": key, "Value": value} for key, value in tags.items()],
            **more,
        }
        return self.instances[owner.claim]


@pytest.fixture
def cluster():
    return FakeCluster()


@pytest.fixture
def third_party_cluster():
    """A cluster whose kind has no status subresource."""
    return FakeCluster(has_status=False)


@pytest.fixture
def vault():
    return FakeVault()


@pytest.fixture
def consul():
    return FakeConsul()


@pytest.fixture
def account():
    return FakeAccount()


@pytest.fixture
def instances(account):
    return Instances(account)


@pytest.fixture
def snapshots(account):
    return Snapshots(account)


@pytest.fixture
def owner():
    return Owner(
        claim=CLAIM, cluster="paasA", namespace="shop", name="orders", api_version="paas.internal/v1", kind="Database"
    )


@pytest.fixture
def elsewhere(owner):
    """The same database, owned by the other cluster."""
    return dataclasses.replace(owner, cluster="paasB")


@pytest.fixture
def somebody_else(owner):
    """Another tenant's object."""
    return dataclasses.replace(owner, namespace="bank")


@pytest.fixture
def spec():
    return DatabaseSpec(
        engine="mysql",
        version="8.0",
        instance_class="db.t3.micro",
        storage_gib=20,
        multi_az=False,
        database_name="orders",
        username="paas",
        backup_retention_days=7,
        deletion_policy="Snapshot",
    )


@pytest.fixture
def settings():
    return DatabaseSettings(
        allow=AllowedDatabases(engines={"mysql": ("8.0",)}, classes=("db.t3.micro",), max_storage_gib=100)
    )


@pytest.fixture
def ref():
    return ObjectRef(
        cluster="paasA", api_version="paas.internal/v1", kind="Database", namespace="shop", name="orders", uid="u-1"
    )


@pytest.fixture
def database(cluster, ref):
    """The object as the API server holds it, and the room's handle on it."""
    cluster.put(
        {
            "apiVersion": "paas.internal/v1",
            "kind": "Database",
            "metadata": {"namespace": "shop", "name": "orders", "uid": "u-1", "generation": 1},
            "spec": {"engine": "mysql", "databaseName": "orders"},
        }
    )
    return DatabaseObject(cluster, ref)


@pytest.fixture
def stored(cluster):
    """Reads the object that the API server holds."""
    return lambda: cluster.objects["shop/orders"]


@pytest.fixture
def following(settings):
    """Settings that let a deletion delete."""
    allow = dataclasses.replace(settings.allow, deletion_policies=("Retain", "Snapshot", "Delete"))
    return dataclasses.replace(settings, allow=allow, deletion_follows_policy=True)


@pytest.fixture
def leaving(cluster, ref, owner):
    """The object with its claim, being deleted and held by our finalizer."""
    cluster.put(
        {
            "apiVersion": "paas.internal/v1",
            "kind": "Database",
            "metadata": {
                "namespace": "shop",
                "name": "orders",
                "uid": "u-1",
                "generation": 1,
                "annotations": {"paas.internal/claim": owner.claim},
                "finalizers": ["paas.internal/database"],
                "deletionTimestamp": "2026-01-02T03:04:05Z",
            },
            "spec": {"engine": "mysql"},
            "status": {"claim": owner.claim, "owner": "paasA", "phase": "Available"},
        }
    )
    return DatabaseObject(cluster, ref, going=True)


@pytest.fixture
def place(consul, vault):
    return Place(keys=consul, secrets=vault, consul_prefix="shop/orders", vault_path="secret/shop/orders/rds")


@pytest.fixture
def clock():
    """A clock that stands still until it is told to move."""

    class Clock:
        now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

        def __call__(self):
            return self.now

    return Clock()
