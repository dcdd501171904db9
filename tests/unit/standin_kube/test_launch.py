"""The stand-in as a process of its own."""

import stat
from pathlib import Path

import yaml

from lab.standins import kube
from tests.contract.kube.subject import Kube


def test_it_starts_answers_and_stops(tmp_path):
    server, endpoint = kube.launch("paasA", directory=tmp_path)
    try:
        subject = Kube("stand-in", endpoint.url, endpoint.token, endpoint.ca_file, lambda: None)
        assert subject.get("/api/v1/namespaces/kube-system").uid
    finally:
        server.stop()
    assert server.returncode == 0


def test_its_kubeconfig_has_one_context_of_its_name(tmp_path):
    server, endpoint = kube.launch("paasB", directory=tmp_path)
    server.stop()
    config = yaml.safe_load(Path(endpoint.kubeconfig).read_text())
    assert config["current-context"] == "paasB"
    assert config["clusters"][0]["cluster"]["server"] == endpoint.url
    assert stat.S_IMODE(Path(endpoint.kubeconfig).stat().st_mode) == 0o600


def test_its_token_is_not_in_its_arguments(tmp_path):
    server, endpoint = kube.launch("paasA", directory=tmp_path)
    try:
        assert endpoint.token not in Path(f"/proc/{server.pid}/cmdline").read_text()
    finally:
        server.stop()


def test_started_again_in_its_folder_it_keeps_its_authority_and_token(tmp_path):
    first, before = kube.launch("paasA", directory=tmp_path)
    first.stop()
    second, after = kube.launch("paasA", directory=tmp_path)
    second.stop()
    assert (before.token, Path(before.ca_file).read_text()) == (after.token, Path(after.ca_file).read_text())
