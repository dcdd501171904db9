"""A cluster, a Vault, a Consul and an AWS account in memory, with the rules that this room leans on."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import itertools
from types import SimpleNamespace

import pytest

from paas.database import DatabaseObject, DatabaseSpec, Instances, ObjectRef, Owner
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
        self.before_write = None
        self._versions = itertools.count(100)

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
        if path not in self.objects:
            raise refusal(NotFound)
        return copy.deepcopy(self.objects[path])

    def replace(self, path, body):
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

    @property
    def values(self):
        return {key: found.value.decode() for key, found in self.keys.items()}


class FakeAccount:
    """RDS instances in AWS's own shape."""

    def __init__(self):
        self.instances = {}
        self.created = []
        self.events = []
        self.before_create = None

    def call(self, service, operation, *, target, **request):
        return getattr(self, operation)(**request)

    def each(self, service, operation, items, *, target, **request):
        yield from self.instances.values()

    def describe_db_instances(self, DBInstanceIdentifier):  # noqa: N803 - AWS's name
        if DBInstanceIdentifier not in self.instances:
            raise refusal(NotFound)
        return {"DBInstances": [self.instances[DBInstanceIdentifier]]}

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
            "Engine": request["Engine"],
            "DBName": request["DBName"],
            "MasterUsername": request["MasterUsername"],
            "TagList": request["Tags"],
        }
        return {"DBInstance": self.instances[identifier]}

    def describe_events(self, **request):
        return {"Events": [{"Message": message} for message in self.events]}

    def add(self, owner, *, status="available", **more):
        self.instances[owner.claim] = {
            "DBInstanceIdentifier": owner.claim,
            "DBInstanceStatus": status,
            "Engine": "mysql",
            "DBName": "orders_db",
            "MasterUsername": "paas",
            "Endpoint": {"Address": f"{owner.claim}.rds.example.com", "Port": 3306},
            "TagList": [{"Key": key, "Value": value} for key, value in owner.tags().items()],
            **more,
        }


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
            "spec": {"engine": "mysql"},
        }
    )
    return DatabaseObject(cluster, ref)


@pytest.fixture
def stored(cluster):
    """Reads the object that the API server holds."""
    return lambda: cluster.objects["shop/orders"]


@pytest.fixture
def clock():
    """A clock that stands still until it is told to move."""

    class Clock:
        now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

        def __call__(self):
            return self.now

    return Clock()
