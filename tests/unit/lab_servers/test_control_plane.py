"""The command lines of a cluster's programs: on 127.0.0.1 alone, and without a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.servers import audit_log, client_certificate, cluster, control_plane
from lab.servers.cluster import Cluster, ClusterOptions


@pytest.fixture(autouse=True)
def no_binaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_plane, "binary", Path)


def made(directory: Path, **changed: object) -> Cluster:
    options = {
        "etcd_url": "http://127.0.0.1:1",
        "controllers": True,
        "nodes": 1,
        "users": {},
        "audit_log": "",
        "watch_cache": True,
        "watch_cache_sizes": {},
        "flags": (),
    }
    return Cluster("paasA", directory / "paasA", ClusterOptions(**{**options, **changed}))


def test_a_cluster_is_an_api_server_two_controllers_and_kwok(tmp_path):
    assert [server.name for server in made(tmp_path).servers] == [
        "paasA-apiserver",
        "paasA-controller-manager",
        "paasA-scheduler",
        "paasA-kwok",
    ]


def test_without_controllers_it_is_the_api_server_which_then_asks_for_no_service_account(tmp_path):
    (apiserver,) = made(tmp_path, controllers=False).servers
    assert "--disable-admission-plugins=ServiceAccount" in apiserver.argv


def test_every_program_listens_on_this_machine_alone(tmp_path):
    argv = [flag for server in made(tmp_path).servers for flag in server.argv]
    assert {"--bind-address=127.0.0.1", "--secure-port=0"} <= set(argv)
    assert not [flag for flag in argv if "0.0.0.0" in flag]


def test_no_token_is_on_a_command_line(tmp_path):
    built = made(tmp_path, users={"a-users-token": ("alice", ["developers"])})
    argv = " ".join(flag for server in built.servers for flag in server.argv)
    assert "a-users-token" not in argv and built.endpoint.token not in argv


def test_further_users_stand_in_the_token_file_with_their_groups(tmp_path):
    made(tmp_path, users={"t1": ("alice", ["developers", "shop"])})
    assert (tmp_path / "paasA" / "tokens.csv").read_text().splitlines()[1] == 't1,alice,alice,"developers,shop"'


@pytest.mark.parametrize("file", ["tokens.csv", "admin.token", "kubeconfig.json", "pki/ca.key", "pki/apiserver.key"])
def test_what_is_secret_is_its_owners_alone(tmp_path, file):
    made(tmp_path)
    assert (tmp_path / "paasA" / file).stat().st_mode & 0o077 == 0


def test_the_same_folder_is_the_same_cluster_at_the_same_address(tmp_path):
    assert made(tmp_path).endpoint == made(tmp_path).endpoint


def test_two_folders_share_neither_token_nor_authority(tmp_path):
    one, other = made(tmp_path / "1").endpoint, made(tmp_path / "2").endpoint
    assert one.token != other.token
    assert Path(one.ca_file).read_bytes() != Path(other.ca_file).read_bytes()


def test_the_kubeconfig_has_one_context_of_the_clusters_name(tmp_path):
    endpoint = made(tmp_path).endpoint
    config = json.loads(Path(endpoint.kubeconfig).read_text())
    assert [context["name"] for context in config["contexts"]] == [config["current-context"]] == ["paasA"]
    assert config["clusters"][0]["cluster"]["server"] == endpoint.url


def test_the_knobs_of_the_watch_cache_are_flags_of_the_api_server(tmp_path):
    argv = made(tmp_path, watch_cache=False, watch_cache_sizes={"configmaps": 10, "secrets": 0}).servers[0].argv
    assert {"--watch-cache=false", "--watch-cache-sizes=configmaps#10,secrets#0"} <= set(argv)


def test_an_audit_log_is_where_it_is_asked_for(tmp_path):
    argv = made(tmp_path, audit_log="audit.log").servers[0].argv
    assert f"--audit-log-path={audit_log(tmp_path, 'paasA')}" in argv


def test_a_client_certificate_names_its_user_and_groups(tmp_path):
    from cryptography import x509

    made(tmp_path)
    certificate, key = client_certificate(tmp_path, "paasA", user="paas:robot", groups=["robots"])
    subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject.rfc4514_string()
    assert subject == "CN=paas:robot,O=robots" and key.exists()


def test_a_node_is_ready_when_it_says_so():
    assert cluster._is_ready({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    assert not cluster._is_ready({"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}})
    assert not cluster._is_ready({})
