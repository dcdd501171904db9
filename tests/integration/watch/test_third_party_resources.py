"""ThirdPartyResources of 1.2 to 1.7, which no server that builds today has: on the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.standins.kube import launch
from paas.errors import ServerError
from tests.integration.watch.running import SensorRun, client_of, eventually, settings_of

DEFINITIONS = "/apis/extensions/v1beta1/thirdpartyresources"
CRONTABS = "/apis/stable.example.com/v1/namespaces/default/crontabs"


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Iterator:
    server, endpoint = launch("old", directory=tmp_path_factory.mktemp("old"), version="1.7")
    yield endpoint
    server.stop()


@pytest.fixture
def client(old):
    client = client_of(old)
    yield client
    for name in [item["metadata"]["name"] for item in client.list(DEFINITIONS)]:
        client.delete(f"{DEFINITIONS}/{name}")


@pytest.fixture
def watching(old, tmp_path) -> Iterator[SensorRun]:
    config = {"clusters": {"old": settings_of(old)}, "third_party": {"groups": [{"group": "stable.example.com"}]}}
    run = SensorRun("ThirdPartyResourceSensor", tmp_path / "sensor", config).start()
    yield run
    run.kill()


def define(client) -> None:
    body = {
        "apiVersion": "extensions/v1beta1",
        "kind": "ThirdPartyResource",
        "metadata": {"name": "cron-tab.stable.example.com"},
        "versions": [{"name": "v1"}],
    }
    client.create(DEFINITIONS, body)


def crontab(client, name: str, **labels: str) -> None:
    metadata = {"name": name, "labels": labels} if labels else {"name": name}
    body = {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": metadata, "cronSpec": "* * * * *"}
    eventually(lambda: created(client, body))


def created(client, body) -> bool:
    try:
        return bool(client.create(CRONTABS, body))
    except ServerError:
        return False


def test_a_definition_and_its_objects_are_told(watching, client):
    define(client)
    crontab(client, "nightly", type="mysql")
    definition, thing = watching.told("ADDED cron-tab.stable.example.com", "ADDED nightly")

    assert definition["object_kind"] == "ThirdPartyResource"
    assert definition["api_version"] == "extensions/v1beta1"
    assert thing["object_kind"] == "CronTab"
    assert thing["api_version"] == "stable.example.com/v1"
    assert thing["labels"] == {"type": "mysql"}
    assert thing["namespace"] == "default"


def test_an_object_without_labels_is_told(watching, client):
    define(client)
    crontab(client, "plain")

    assert watching.told("ADDED cron-tab.stable.example.com", "ADDED plain")[1]["labels"] == {}


def test_a_restart_tells_what_was_missed_and_repeats_nothing(watching, client):
    define(client)
    crontab(client, "stays")
    crontab(client, "goes")
    watching.told("ADDED cron-tab.stable.example.com", "ADDED stays", "ADDED goes", in_order=False)
    watching.saved()
    watching.kill()
    client.delete(f"{CRONTABS}/goes")
    crontab(client, "comes")
    watching.start()

    watching.told(
        "ADDED cron-tab.stable.example.com", "ADDED stays", "ADDED goes", "ADDED comes", "DELETED goes", in_order=False
    )


def test_the_watch_goes_on_when_the_server_ends_it(watching, client):
    define(client)
    crontab(client, "first")
    watching.told("ADDED cron-tab.stable.example.com", "ADDED first")
    client.call("POST", "/__lab__/streams", body=b'{"path": "", "order": "end"}')
    crontab(client, "second")

    watching.told("ADDED cron-tab.stable.example.com", "ADDED first", "ADDED second")
