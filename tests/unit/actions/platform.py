"""One small platform for the tests of the actions: stand-ins over real sockets, moto's server for AWS."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import requests
import yaml

import lab.aws
import lab.standins.consul
import lab.standins.kube
import lab.standins.vault
from paas import aws, consul, kube, vault
from paas.errors import NotFound, Unavailable
from paas.references import References
from paas.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[3]
OBJECTS = "/apis/paas.internal/v1/namespaces/default/databases"


class Platform:
    """Two clusters with one AWS, and what a test asks of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._servers = []
        self._names = itertools.count(1)
        self.planted = []
        self._doors = {}
        self.config = {
            "clusters": {},
            "consul": {},
            "vault": {},
            "databases": {"allow": {"engines": {"mysql": []}, "classes": ["db.t3.micro"], "max_storage_gib": 100}},
        }

    def start(self) -> None:
        for name in ("paasA", "paasB"):
            self._start_cluster(name)
        servers, endpoint = lab.aws.launch(directory=self._directory / "aws", delays={"creating": 0})
        self._servers += servers
        self.aws_endpoint = endpoint
        self.config["aws"] = {
            "region": endpoint.region,
            "endpoint_url": endpoint.url,
            "access_key_id": self.secret("access_key_id", "planted-access-key"),
            "secret_access_key": self.secret("secret_access_key", "planted-secret-key"),
        }
        settings, references = Settings.load(self.config), References()
        self.kube = {name: kube.connect(settings.cluster(name), references) for name in ("paasA", "paasB")}
        self.vault = {name: vault.connect(settings.vault(name), references) for name in ("paasA", "paasB")}
        self.consul = {name: consul.connect(settings.consul(name), references) for name in ("paasA", "paasB")}
        self.aws = aws.connect(settings.aws, references)
        for name in self.kube:
            self.define(name)

    def define(self, cluster: str) -> None:
        """Apply the definition of Database, and wait until it is served."""
        definition = yaml.safe_load((REPOSITORY / "deploy/crd-databases.yaml").read_text())
        self.kube[cluster].create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        wait_until_served(self.kube[cluster])

    def _launch(self, name: str, home: Path, version: str) -> tuple[list, dict]:
        """Start one cluster with its Consul and Vault; its servers, and its endpoints by system."""
        api, kube_endpoint = lab.standins.kube.launch(name, directory=home / "kube", version=version)
        keys, consul_endpoint = lab.standins.consul.launch(name, directory=home / "consul", acl=True)
        secrets, vault_endpoint = lab.standins.vault.launch(name, directory=home / "vault")
        return [api, keys, secrets], {"kube": kube_endpoint, "consul": consul_endpoint, "vault": vault_endpoint}

    def _start_cluster(self, name: str, *, version: str = "1.36") -> None:
        servers, doors = self._launch(name, self._directory / name, version)
        self._servers += servers
        self._doors[name] = doors
        kube_endpoint, consul_endpoint, vault_endpoint = doors["kube"], doors["consul"], doors["vault"]
        self.config["clusters"][name] = {"kubeconfig": kube_endpoint.kubeconfig, "consul": name, "vault": name}
        self.config["consul"][name] = {
            "address": consul_endpoint.url,
            "token": self.secret(f"{name}.consul", consul_endpoint.token),
        }
        self.config["vault"][name] = {
            "address": vault_endpoint.url,
            "auth": {"method": "token", "token": self.secret(f"{name}.vault", vault_endpoint.token)},
        }

    def add_old_cluster(self) -> None:
        """A cluster of version 1.7, with third-party resources in place of CRDs."""
        self._start_cluster("paasOld", version="1.7")
        settings, references = Settings.load(self.config), References()
        self.kube["paasOld"] = kube.connect(settings.cluster("paasOld"), references)
        self.vault["paasOld"] = vault.connect(settings.vault("paasOld"), references)
        self.consul["paasOld"] = consul.connect(settings.consul("paasOld"), references)

    def stop(self) -> None:
        for server in reversed(self._servers):
            server.stop()

    def secret(self, name: str, value: str) -> str:
        """Keep a secret in a file and return the reference."""
        self.planted.append(value)
        file = self._directory / name
        file.write_text(value)
        return f"file:{file}"

    def order(self, system: str, method: str, what: str, body: object = None, *, cluster: str = "paasA") -> object:
        """Give an order to a stand-in at its own door, such as a fault to be met; its answer."""
        endpoint = self._doors[cluster][system]
        verify = getattr(endpoint, "ca_file", True)
        headers = {"Authorization": f"Bearer {endpoint.token}"}
        url = f"{endpoint.url}/__lab__/{what}"
        answer = requests.request(method, url, json=body, headers=headers, verify=verify, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def new_name(self) -> str:
        return f"orders-{next(self._names)}"

    def create(self, name: str, *, cluster: str = "paasA", metadata: dict | None = None, **spec) -> dict:
        body = {
            "apiVersion": "paas.internal/v1",
            "kind": "Database",
            "metadata": {"name": name, **(metadata or {})},
            "spec": spec,
        }
        return self.kube[cluster].create(OBJECTS, body)

    def object(self, name: str, *, cluster: str = "paasA", collection: str = OBJECTS) -> dict:
        return self.kube[cluster].get(f"{collection}/{name}")

    def delete(self, name: str, *, cluster: str = "paasA") -> None:
        self.kube[cluster].delete(f"{OBJECTS}/{name}")

    def password(self, name: str, *, cluster: str = "paasA") -> str | None:
        found = self.vault[cluster].read(f"secret/default/{name}/rds")
        return found.data["rds_password"] if found and found.data else None

    def keys(self, name: str, *, cluster: str = "paasA") -> dict[str, str]:
        found = self.consul[cluster].read(f"default/{name}")
        return {key.rpartition("/")[2]: each.value.decode() for key, each in found.items()}

    def instance(self, claim: str) -> dict:
        return self.aws.call("rds", "describe_db_instances", target=claim, DBInstanceIdentifier=claim)["DBInstances"][0]

    def instances(self) -> list[str]:
        found = self.aws.each("rds", "describe_db_instances", "DBInstances", target="all")
        return [each["DBInstanceIdentifier"] for each in found]

    def everything_outside_vault(self, name: str) -> str:
        """Whatever the cluster, Consul and AWS show of an object, as one text."""
        claim = self.object(name).get("status", {}).get("claim")
        instance = self.instance(claim) if claim in self.instances() else None
        return json.dumps([self.object(name), self.keys(name), instance], default=str)


def wait_until_served(client, collection: str = OBJECTS) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            client.get(collection)
        except (NotFound, Unavailable):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing serves {collection}")
