"""Two Vaults and the pack's actions on them; what is planted must not be seen anywhere but in a Vault."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json

import hvac
import pytest
from st2common.runners.utils import get_action_class_instance
from st2tests.mocks.action import MockActionService, MockActionWrapper

import lab.standins.kube
import lab.standins.vault
from paas import kube, vault
from paas.references import References
from paas.settings import ClusterSettings, VaultAuth, VaultGrant, VaultSettings
from tests.contract.subjects import KINDS, STAND_IN

NUMBERS = itertools.count(1)
PLANTED = "planted-7d1e"
OPEN = VaultGrant(paths=("secret/{namespace}/*", "kv1/{namespace}/*"), namespaces=("*",))


def launch(kind, name, directory, **options):
    if kind == STAND_IN:
        return lab.standins.vault.launch(name, directory=directory, **options)
    from lab.servers import launch_vault

    return launch_vault(name, directory=directory, **options)


@contextlib.contextmanager
def running(kind, directory, **options):
    servers, endpoints = [], {}
    try:
        for name in ("paasA", "paasB"):
            server, endpoints[name] = launch(kind, name, directory, **options)
            servers.append(server)
        yield endpoints
    finally:
        for server in servers:
            server.stop()


class Pack:
    """The actions on two Vaults, each with a folder of the test's own."""

    def __init__(self, endpoints, folder, caplog, directory):
        self.endpoints = endpoints
        self.folder = folder
        self.directory = directory
        self._caplog = caplog
        self.service = MockActionService(MockActionWrapper(pack="kubernetes", class_name="tests"))
        self.roots = {name: hvac.Client(url=each.url, token=each.token) for name, each in endpoints.items()}
        self.config = {"vault": {}, "clusters": {}}
        for name, each in endpoints.items():
            self.service.set_value(f"token.{name}", each.token, local=False)
            self.config["vault"][name] = {
                "address": each.url,
                "auth": {"token": f"datastore:token.{name}"},
                "allow": [{"paths": list(OPEN.paths), "namespaces": ["*"]}],
            }

    def plant(self, name="planted", value=None):
        """A secret in the datastore; gives the reference."""
        self.service.set_value(name, value or f"{PLANTED}-{name}", local=False)
        return f"datastore:{name}"

    def run(self, name, **parameters):
        module = importlib.import_module(name)
        action_cls = next(each for each in vars(module).values() if getattr(each, "__module__", "") == name)
        action = get_action_class_instance(action_cls, config=self.config, action_service=self.service)
        succeeded, result = action.run(**parameters)
        for seen in (json.dumps(result), self._caplog.text):
            assert PLANTED not in seen
            assert not any(each.token in seen for each in self.endpoints.values())
        return succeeded, result

    def done(self, name, **parameters):
        succeeded, result = self.run(name, **parameters)
        assert succeeded, result
        return result

    def refused(self, name, **parameters):
        succeeded, result = self.run(name, **parameters)
        assert not succeeded, result
        return result["message"]

    def path(self, name="orders", *, mount="secret"):
        return f"{mount}/{self.folder}/{name}"

    def data(self, path, *, vault="paasA"):
        """What a secret holds, as an administrator reads it; None where there is nothing to read."""
        found = self.connect(vault).read(path)
        return dict(found.data) if found and found.data is not None else None

    def connect(self, name="paasA", *, token=None, **settings):
        endpoint = self.endpoints[name]
        given = {"name": name, "address": endpoint.url, "auth": VaultAuth(token="datastore:t"), "allow": (OPEN,)}
        return vault.connect(VaultSettings(**{**given, **settings}), References({"t": token or endpoint.token}.get))

    def token(self, rules, *, vault="paasA", **options):
        """A token with a policy of its own."""
        root, name = self.roots[vault], f"policy-{next(NUMBERS)}"
        root.sys.create_or_update_policy(name, rules)
        return root.auth.token.create(policies=[name], **options)["auth"]["client_token"]


@pytest.fixture(scope="session", params=KINDS)
def vaults(request, tmp_path_factory):
    with running(request.param, tmp_path_factory.mktemp("vaults")) as endpoints:
        yield endpoints


@pytest.fixture
def pack(vaults, tmp_path, caplog):
    caplog.set_level("DEBUG")
    return Pack(vaults, f"ns-{next(NUMBERS)}", caplog, tmp_path)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A cluster of the stand-in, for Secrets."""
    server, endpoint = lab.standins.kube.launch("paasA", directory=tmp_path_factory.mktemp("kube"))
    client = kube.connect(ClusterSettings(name="paasA", kubeconfig=endpoint.kubeconfig), References())
    client.kubeconfig = endpoint.kubeconfig
    yield client
    server.stop()


@pytest.fixture
def namespace(pack, cluster):
    """A namespace of the test's own, called as its folder is."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": pack.folder}}
    cluster.create("/api/v1/namespaces", body)
    pack.config["clusters"]["paasA"] = {"kubeconfig": cluster.kubeconfig}
    return pack.folder
