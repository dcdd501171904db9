import base64
import json
import ssl
import threading

import pytest

from lab.servers.certificates import Authority
from lab.standins.httpd import HttpServer, Response
from tests.contract.vault.wire import auth_of, data_of, refused

UID = "a5b9f1de-0000-4000-8000-000000000001"


def jwt(namespace="shop", name="api", uid=UID):
    """What a cluster would sign for a service account; here nobody checks the signature but the cluster."""
    account = {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}}
    claims = {"sub": f"system:serviceaccount:{namespace}:{name}", "kubernetes.io": account}
    parts = [{"alg": "RS256", "typ": "JWT"}, claims]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, base64.urlsafe_b64encode(b"signature").rstrip(b"=").decode()])


REVIEWER = jwt("vault", "reviewer", "reviewer-uid")


class Cluster:
    """An API server that knows TokenReview alone: it answers for the tokens it was told of."""

    def __init__(self, directory):
        self.known = {}
        self.bearers = []
        authority = Authority(directory)
        serving = authority.serving("server")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(serving.certificate, serving.key)
        self.ca = (directory / "ca.crt").read_text()
        self.server = HttpServer(self.respond, tls=context)
        self.url = f"https://127.0.0.1:{self.server.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def respond(self, request):
        assert request.path == "/apis/authentication.k8s.io/v1/tokenreviews"
        self.bearers.append(request.headers["authorization"])
        user = self.known.get(request.json()["spec"]["token"])
        status = {"authenticated": True, "user": user} if user else {"user": {}, "error": "unknown"}
        review = {"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": status}
        return Response.of_json(review, status=201)

    def knows(self, token, namespace="shop", name="api", uid=UID):
        self.known[token] = {"username": f"system:serviceaccount:{namespace}:{name}", "uid": uid}


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.server.shutdown()
    cluster.server.server_close()


@pytest.fixture
def mount(vault, name, cluster):
    """A mount of Kubernetes auth that trusts the cluster, with a role for shop/api."""
    vault.post(f"sys/auth/{name}", {"type": "kubernetes"})
    config = {"kubernetes_host": cluster.url, "kubernetes_ca_cert": cluster.ca, "token_reviewer_jwt": REVIEWER}
    assert vault.post(f"auth/{name}/config", config).status_code == 204
    role = {"bound_service_account_names": "api", "bound_service_account_namespaces": "shop"}
    vault.post(f"auth/{name}/role/app", {**role, "token_policies": "team", "token_ttl": "1h"})
    return f"auth/{name}"


def login(vault, mount, token, role="app"):
    return vault.post(f"{mount}/login", {"role": role, "jwt": token}, headers={})


def test_a_service_account_that_the_cluster_knows_logs_in(vault, mount, cluster):
    cluster.knows(jwt())
    auth = auth_of(login(vault, mount, jwt()))
    assert (auth["policies"], auth["lease_duration"], auth["renewable"]) == (["default", "team"], 3600, True)
    assert auth["metadata"] == {
        "role": "app",
        "service_account_name": "api",
        "service_account_namespace": "shop",
        "service_account_secret_name": "",
        "service_account_uid": UID,
    }
    assert cluster.bearers == [f"Bearer {REVIEWER}"]


def test_a_token_that_the_cluster_does_not_know_is_denied(vault, mount):
    assert refused(login(vault, mount, jwt()), 403, "permission denied")


def test_a_token_that_the_cluster_knows_as_another_is_denied(vault, mount, cluster):
    cluster.knows(jwt(), uid="another")
    assert login(vault, mount, jwt()).status_code == 403


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"name": "other"}, "service account name not authorized"),
        ({"namespace": "bank"}, "namespace not authorized"),
    ],
)
def test_an_account_that_the_role_is_not_for_is_refused_before_the_cluster_is_asked(
    vault, mount, cluster, claims, words
):
    cluster.knows(jwt(**claims), **claims)
    assert refused(login(vault, mount, jwt(**claims)), 403, words)
    assert cluster.bearers == []


def test_a_cluster_that_does_not_answer_denies(vault, mount, cluster):
    cluster.knows(jwt())
    cluster.server.shutdown()
    cluster.server.server_close()
    assert refused(login(vault, mount, jwt()), 403, "permission denied")


def test_a_role_may_be_for_all_accounts_of_a_namespace(vault, mount, cluster):
    role = {"bound_service_account_names": "*", "bound_service_account_namespaces": ["shop", "bank"]}
    vault.post(f"{mount}/role/all", role)
    token = jwt(namespace="bank", name="anyone")
    cluster.knows(token, namespace="bank", name="anyone")
    assert login(vault, mount, token, role="all").status_code == 200


def test_settings_and_roles_are_read_back(vault, mount, cluster):
    config = data_of(vault.get(f"{mount}/config"))
    assert config["kubernetes_host"] == cluster.url
    assert "token_reviewer_jwt" not in config
    role = data_of(vault.get(f"{mount}/role/app"))
    assert (role["bound_service_account_names"], role["token_ttl"]) == (["api"], 3600)
    assert data_of(vault.list(f"{mount}/role"))["keys"] == ["app"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"role": "none", "jwt": "x.y.z"}, 'invalid role name "none"'),
        ({"role": "app"}, "missing jwt"),
        ({"jwt": "x"}, "missing role"),
    ],
)
def test_a_login_that_makes_no_sense_is_refused(vault, mount, wanted, words):
    assert refused(vault.post(f"{mount}/login", wanted, headers={}), 400, words)


def test_a_role_names_accounts_and_namespaces(vault, mount):
    assert refused(vault.post(f"{mount}/role/bad", {}), 400, '"bound_service_account_names" can not be empty')


def test_a_mount_without_settings_cannot_log_anyone_in(vault, name):
    vault.post(f"sys/auth/{name}-bare", {"type": "kubernetes"})
    role = {"bound_service_account_names": "api", "bound_service_account_namespaces": "shop"}
    vault.post(f"auth/{name}-bare/role/app", role)
    answer = login(vault, f"auth/{name}-bare", jwt())
    assert refused(answer, 500, "could not load backend configuration")


def test_a_text_that_is_no_jwt_is_denied(vault, mount):
    assert refused(login(vault, mount, "nothing"), 403, "permission denied")


def test_a_reviewer_that_is_no_jwt_is_refused(vault, mount, cluster):
    config = {"kubernetes_host": cluster.url, "kubernetes_ca_cert": cluster.ca, "token_reviewer_jwt": "nothing"}
    words = "1 error occurred:\n\t* square/go-jose: compact JWS format must have three parts\n\n"
    assert refused(vault.post(f"{mount}/config", config), 500, words)
