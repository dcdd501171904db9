"""The stand-ins as processes: TLS, the same port again, no secret on the command line."""

from pathlib import Path

import pytest
import requests

import lab.standins.consul
import lab.standins.vault
from lab.servers import unseal


@pytest.fixture
def started():
    servers = []
    yield lambda launched: servers.append(launched[0]) or launched
    for server in servers:
        server.stop()


def test_a_consul_answers_over_tls_for_its_own_authority_alone(started, tmp_path):
    _, endpoint = started(lab.standins.consul.launch("t", directory=tmp_path, tls=True))
    url = f"{endpoint.url}/v1/status/leader"
    assert requests.get(url, verify=str(tmp_path / "consul-t" / "ca.crt"), timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)


def test_a_vault_answers_over_tls_for_its_own_authority_alone(started, tmp_path):
    _, endpoint = started(lab.standins.vault.launch("t", directory=tmp_path, tls=True))
    url = f"{endpoint.url}/v1/sys/health"
    assert requests.get(url, verify=str(tmp_path / "vault-t" / "ca.crt"), timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)


def test_a_second_launch_in_the_same_directory_goes_on_at_the_same_address(started, tmp_path):
    server, first = started(lab.standins.vault.launch("t", directory=tmp_path, root_token="lab-root"))
    headers = {"X-Vault-Token": "lab-root"}
    requests.post(f"{first.url}/v1/secret/data/a", json={"data": {"k": "v"}}, headers=headers, timeout=10)
    server.kill()
    _, second = started(lab.standins.vault.launch("t", directory=tmp_path, root_token="lab-root"))
    assert second == first
    assert requests.get(f"{second.url}/v1/secret/data/a", headers=headers, timeout=10).status_code == 200


def test_a_killed_vault_is_sealed_until_its_keys_open_it(started, tmp_path):
    server, endpoint = started(lab.standins.vault.launch("t", directory=tmp_path, shares=3, threshold=2))
    server.kill()
    server.start_ready_line()
    assert requests.get(f"{endpoint.url}/v1/sys/health", timeout=10).status_code == 503
    unseal(endpoint)
    assert requests.get(f"{endpoint.url}/v1/sys/health", timeout=10).status_code == 200


def test_no_token_is_on_the_command_line(started, tmp_path):
    consul, of_consul = started(lab.standins.consul.launch("t", directory=tmp_path, acl=True))
    vault, of_vault = started(lab.standins.vault.launch("t", directory=tmp_path, root_token="planted-root"))
    for server, token in ((consul, of_consul.token), (vault, of_vault.token)):
        assert token.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
