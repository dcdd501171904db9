"""A server killed and started again in its folder."""

import pytest

from lab.standins import kube
from tests.contract.kube.subject import DEFINITIONS, Kube, config_map, define, definition, eventually

PATH = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def launched(tmp_path):
    server, endpoint = kube.launch("paasA", directory=tmp_path)
    yield server, Kube("stand-in", endpoint.url, endpoint.token, endpoint.ca_file, lambda: None)
    server.stop()


@pytest.fixture
def subject(launched):
    return launched[1]


@pytest.fixture
def restart(launched):
    def call():
        server, _ = launched
        server.kill()
        server.start_ready_line()

    return call


def test_its_objects_are_there_at_the_same_address(subject, restart):
    before = subject.post(PATH, config_map("a", {"k": "v"})).body
    subject.post(PATH, config_map("b"))
    subject.delete(f"{PATH}/b")
    restart()
    assert subject.get(f"{PATH}/a").body == before
    assert subject.get(f"{PATH}/b").status == 404


def test_it_is_the_same_cluster(subject, restart):
    uid = subject.get("/api/v1/namespaces/kube-system").uid
    restart()
    assert subject.get("/api/v1/namespaces/kube-system").uid == uid


def test_versions_go_on_and_the_history_is_forgotten(subject, restart):
    old = subject.post(PATH, config_map("a")).version
    newest = subject.post(PATH, config_map("b")).version
    restart()
    assert int(subject.get(PATH).version) >= int(newest)
    (event,) = subject.watched(PATH, resourceVersion=old)
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    assert subject.watched(PATH, resourceVersion=subject.version(PATH)) == []


def test_custom_kinds_are_served_at_once(subject, restart):
    path = define(subject, definition("kept.example.com")).replace("/v1/", "/v1/namespaces/default/")
    widget = {
        "apiVersion": "kept.example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "a"},
        "spec": {"engine": "mysql"},
    }
    subject.post(path, widget)
    restart()
    assert subject.get(path).names == ["a"]
    assert subject.post(path, {**widget, "metadata": {"name": "b"}, "spec": {"engine": "oracle"}}).status == 422


def test_what_was_going_goes(subject, restart):
    path = define(subject, definition("going.example.com")).replace("/v1/", "/v1/namespaces/default/")
    widget = {"apiVersion": "going.example.com/v1", "kind": "Widget", "spec": {"engine": "mysql"}}
    subject.post(path, {**widget, "metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
    subject.delete(f"{DEFINITIONS}/widgets.going.example.com")
    restart()
    subject.patch(f"{path}/a", {"metadata": {"finalizers": None}})
    eventually(lambda: subject.get(f"{DEFINITIONS}/widgets.going.example.com").status == 404)


def test_owners_are_remembered(subject, restart):
    owner = subject.post(PATH, config_map("owner"))
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.uid}
    subject.post(PATH, config_map("owned", ownerReferences=[reference]))
    restart()
    assert subject.get(f"{PATH}/owned").status == 200
    subject.delete(f"{PATH}/owner")
    eventually(lambda: subject.get(f"{PATH}/owned").status == 404)


def test_a_service_accounts_token_is_good_still(subject, restart):
    token = subject.post("/api/v1/namespaces/default/serviceaccounts/default/token", {}).body["status"]["token"]
    restart()
    assert subject.get(PATH, token=token).status == 403
    assert subject.get(PATH, token=token + "x").status == 401


def test_a_line_that_the_kill_cut_is_left_out(subject, restart, tmp_path):
    subject.post(PATH, config_map("a"))
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'{"table": "/configmaps", "key": "default/b", "ver')
    restart()
    assert "a" in subject.get(PATH).names
    subject.post(PATH, config_map("c"))
    restart()
    assert {"a", "c"} <= set(subject.get(PATH).names)
