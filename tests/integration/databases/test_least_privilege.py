"""The chain on real servers, with nothing but what `deploy/` grants."""

import copy
from pathlib import Path

import hvac
import pytest
import requests
import yaml

from lab.servers import launch_consul, launch_kube, launch_vault
from paas import kube, vault
from paas.errors import Forbidden, ServerError
from paas.references import References
from paas.settings import Settings, VaultAuth, VaultSettings
from tests.unit.actions.chains import run_action, run_chain
from tests.unit.actions.platform import OBJECTS, REPOSITORY, Platform

pytestmark = pytest.mark.real

TOKENS = {
    "planted-pack-token": "system:serviceaccount:stackstorm:stackstorm",
    "planted-developer-token": "developer",
}
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class RealPlatform(Platform):
    """The same platform on real servers; what a token may do is left to `grant`."""

    def _launch(self, name, home, version):
        users = {token: (user, []) for token, user in TOKENS.items()}
        servers, kubes = launch_kube([name], directory=home / "kube", controllers=False, users=users)
        keys, consul_endpoint = launch_consul(name, directory=home, acl=True)
        secrets, vault_endpoint = launch_vault(name, directory=home)
        return [*servers, keys, secrets], {"kube": kubes[name], "consul": consul_endpoint, "vault": vault_endpoint}

    def grant(self):
        """Apply what `deploy/` holds, and return a configuration with tokens that may do that and no more."""
        self.apply("deploy/rbac.yaml")
        self._let_the_developer_edit()
        config = copy.deepcopy(self.config)
        doors = self._doors["paasA"]
        config["clusters"]["paasA"] = {
            "server": doors["kube"].url,
            "ca_file": doors["kube"].ca_file,
            "token": self.secret("pack.kube", "planted-pack-token"),
            "consul": "paasA",
            "vault": "paasA",
        }
        config["consul"]["paasA"]["token"] = self.secret("pack.consul", self._consul_token(doors["consul"]))
        config["vault"]["paasA"]["auth"]["token"] = self.secret("pack.vault", self._vault_token(doors["vault"]))
        return config

    def apply(self, file):
        collections = {
            "Namespace": "/api/v1/namespaces",
            "ServiceAccount": "/api/v1/namespaces/stackstorm/serviceaccounts",
            "ClusterRole": f"{RBAC}/clusterroles",
            "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
        }
        for body in yaml.safe_load_all((REPOSITORY / file).read_text()):
            self.kube["paasA"].create(collections[body["kind"]], body)

    def _let_the_developer_edit(self):
        # Without a controller manager nothing aggregates into `edit`, so its part is bound directly.
        binding = {
            "metadata": {"name": "developer"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "paas-databases-edit"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "developer"}],
        }
        self.kube["paasA"].create(f"{RBAC}/namespaces/default/rolebindings", binding)

    def account_token(self):
        """A token of the pack's service account, as a pod would have it."""
        wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        accounts = "/api/v1/namespaces/stackstorm/serviceaccounts/stackstorm"
        return self.kube["paasA"].create(f"{accounts}/token", wanted)["status"]["token"]

    def let_the_account_sign_in_to_vault(self):
        """An administrator's client of that Vault."""
        reviewer = {
            "metadata": {"name": "reviewer"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "stackstorm", "namespace": "stackstorm"}],
        }
        self.kube["paasA"].create(f"{RBAC}/clusterrolebindings", reviewer)
        doors = self._doors["paasA"]
        root = hvac.Client(url=doors["vault"].url, token=doors["vault"].token)
        root.sys.enable_auth_method("kubernetes")
        root.auth.kubernetes.configure(
            kubernetes_host=doors["kube"].url,
            kubernetes_ca_cert=Path(doors["kube"].ca_file).read_text(),
            token_reviewer_jwt=self.account_token(),
        )
        root.auth.kubernetes.create_role(
            "pack",
            bound_service_account_names=["stackstorm"],
            bound_service_account_namespaces=["stackstorm"],
            policies=["pack"],
        )
        return root

    def _consul_token(self, endpoint):
        def put(path, body):
            headers = {"X-Consul-Token": endpoint.token}
            answer = requests.put(f"{endpoint.url}/v1/acl/{path}", json=body, headers=headers, timeout=10)
            answer.raise_for_status()
            return answer.json()

        put("policy", {"Name": "pack", "Rules": (REPOSITORY / "deploy/consul-policy.hcl").read_text()})
        return put("token", {"Policies": [{"Name": "pack"}]})["SecretID"]

    def _vault_token(self, endpoint):
        root = hvac.Client(url=endpoint.url, token=endpoint.token)
        root.sys.create_or_update_policy("pack", (REPOSITORY / "deploy/vault-policy.hcl").read_text())
        return root.auth.token.create(policies=["pack"], no_default_policy=True)["auth"]["client_token"]


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    platform = RealPlatform(tmp_path_factory.mktemp("real"))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


@pytest.fixture(scope="module")
def granted(real):
    return real.grant()


@pytest.fixture
def as_developer(real, granted):
    config = copy.deepcopy(granted)
    config["clusters"]["paasA"]["token"] = real.secret("developer.kube", "planted-developer-token")
    return kube.connect(Settings.load(config).cluster("paasA"), References())


@pytest.fixture
def as_pack(granted):
    return kube.connect(Settings.load(granted).cluster("paasA"), References())


def test_the_chain_needs_no_more_than_that(real, granted, as_developer):
    name = real.new_name()
    as_developer.create(
        OBJECTS, {"apiVersion": "paas.internal/v1", "kind": "Database", "metadata": {"name": name}, "spec": {}}
    )
    identity = {"cluster": "paasA", "namespace": "default", "name": name}
    succeeded, done = run_chain("db_create_chain", config=granted, parameters=identity)
    assert succeeded, done
    status = as_developer.get(f"{OBJECTS}/{name}")["status"]
    assert status["phase"] == "Available"
    assert real.keys(name)["rds_claim"] == status["claim"]
    assert real.password(name)
    real_text = real.everything_outside_vault(name)
    assert real.password(name) not in real_text


def test_a_developer_cannot_write_a_status(real, granted, as_developer):
    name = real.new_name()
    found = real.create(name)
    found["status"] = {"claim": "default-orders-aaaaaaaaaa"}
    with pytest.raises(Forbidden):
        as_developer.replace(f"{OBJECTS}/{name}/status", found)


@pytest.mark.parametrize("path", ["/api/v1/namespaces/default/secrets", "/api/v1/pods", f"{RBAC}/clusterroles"])
def test_the_pack_reads_nothing_else(as_pack, path):
    with pytest.raises(Forbidden):
        as_pack.get(path)


def test_the_pack_deletes_nothing(real, as_pack):
    name = real.new_name()
    real.create(name)
    with pytest.raises(Forbidden):
        as_pack.delete(f"{OBJECTS}/{name}")


def test_the_pack_signs_in_to_vault_as_its_service_account(real, granted):
    root = real.let_the_account_sign_in_to_vault()
    token = real.account_token()
    profile = {
        "name": "paasA",
        "address": root.url,
        "auth": VaultAuth(method="kubernetes", role="pack", jwt=real.secret("pack.jwt", token)),
    }
    signed_in = vault.connect(VaultSettings(**profile), References())
    signed_in.write("secret/default/as-service-account", {"a": "1"}, replaces=None)
    assert signed_in.read("secret/default/as-service-account").data == {"a": "1"}


def change(real, name, **spec):
    found = real.object(name)
    found["spec"].update(spec)
    return real.kube["paasA"].replace(f"{OBJECTS}/{name}", found)


def test_before_there_is_a_claim_a_spec_may_be_put_right(real):
    name = real.new_name()
    real.create(name, engine="oracle-ee", storageGiB=100)
    assert change(real, name, engine="mysql", storageGiB=20, databaseName="shop")["spec"]["engine"] == "mysql"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("engine", "postgres", "spec.engine cannot be changed"),
        ("databaseName", "other", "spec.databaseName cannot be changed"),
        ("storageGiB", 20, "spec.storageGiB can only grow"),
    ],
)
def test_after_there_is_a_claim_what_cannot_change_is_refused_at_once(real, field, value, words):
    name = real.new_name()
    found = real.create(name, engine="mysql", storageGiB=30)
    found["status"] = {"claim": "default-orders-aaaaaaaaaa"}
    real.kube["paasA"].replace(f"{OBJECTS}/{name}/status", found)
    with pytest.raises(ServerError, match=words):
        change(real, name, **{field: value})
    assert change(real, name, storageGiB=40)["spec"]["storageGiB"] == 40


@pytest.mark.parametrize(
    "spec",
    [{"storageGiB": 5}, {"engine": "My SQL"}, {"deletionPolicy": "Keep"}, {"multiAZ": "yes"}, {"class": "x"}],
)
def test_what_cannot_be_is_refused_as_it_is_applied(real, spec):
    with pytest.raises(ServerError, match="is invalid"):
        real.create(real.new_name(), **spec)


def test_what_is_too_large_is_refused_by_the_api_server_and_just_below_that_is_served(real, granted):
    with pytest.raises(ServerError, match="Too long"):
        real.create(real.new_name(), metadata={"annotations": {"big": "x" * 1_000_000}})
    name = real.new_name()
    found = real.create(name)
    found["metadata"]["annotations"] = {"big": "x" * 260_000}  # of 256 KiB for all of them, and the claim has to fit
    real.kube["paasA"].replace(f"{OBJECTS}/{name}", found)
    identity = {"cluster": "paasA", "namespace": "default", "name": name}
    assert run_chain("db_create_chain", config=granted, parameters=identity)[0]
    assert real.object(name)["status"]["phase"] == "Available"


def test_asking_and_retiring_take_a_role_of_their_own(real, granted):
    one_only = copy.deepcopy(granted)
    del one_only["clusters"]["paasB"]
    where = {"cluster": "paasA", "namespace": "default", "name": real.new_name()}
    kind = {"api_version": "paas.internal/v1", "object_kind": "Database"}
    asked = {**where, "dry_run": False}
    succeeded, result = run_action("db_request", config=one_only, parameters=asked)
    assert (succeeded, result["error"]) == (False, "Forbidden")
    real.apply("deploy/rbac-databases-chat.yaml")
    assert run_action("db_request", config=one_only, parameters=asked)[0]
    assert run_chain("db_create_chain", config=one_only, parameters=where)[0]
    claim = real.object(where["name"])["status"]["claim"]
    succeeded, result = run_action(
        "db_retire", config=one_only, parameters={**where, **kind, "claim": claim, "dry_run": False}
    )
    assert succeeded, result
    assert real.object(where["name"])["metadata"]["deletionTimestamp"]
