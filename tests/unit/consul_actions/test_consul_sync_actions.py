"""The actions of the sync, and the sensor that keeps pairs in step."""

import json
import threading
import time

import pytest
from st2tests.mocks.sensor import MockSensorService, MockSensorWrapper

from consul_sync_sensor import ConsulSyncSensor
from tests.integration.consul_sync.two import soon
from tests.unit.consul_actions.cases import PLANTED


@pytest.fixture
def filled(pack):
    two = pack.two
    two.source.put_many((f"{two.folder}{number}", f"{PLANTED}-{number}".encode(), number) for number in range(20))
    return pack


def test_a_diff_says_what_a_sync_would_do_and_a_sync_does_it(filled):
    pair = filled.two.name
    assert filled.done("consul_diff", pair=pair)["would"]["create"]["count"] == 20
    assert filled.done("consul_sync", pair=pair, dry_run=True)["would"]["create"]["count"] == 20
    assert filled.two.destination.tree(filled.two.folder) == {}
    report = filled.done("consul_sync", pair=pair)
    assert (report["state"], report["counts"]["written"]) == ("in_step", 20)
    filled.two.assert_equal()


def test_a_sync_for_a_while_follows_changes(filled):
    two = filled.two
    timer = threading.Timer(1.0, lambda: two.source.put(f"{two.folder}late", b"v"))
    timer.start()
    report = filled.done("consul_sync", pair=two.name, duration=4)
    assert report["state"] == "in_step"
    two.assert_equal()


def test_a_sync_that_stops_itself_fails_with_the_reason(filled):
    two = filled.two
    filled.done("consul_sync", pair=two.name)
    two.source.delete(two.folder, recurse=True)
    assert "max_delete_share allows 0.1" in filled.refused("consul_sync", pair=two.name)
    assert "max_delete_share allows 0.1" in filled.refused("consul_sync", pair=two.name, duration=1)
    assert len(two.destination.tree(two.folder)) == 20
    assert filled.done("consul_sync", pair=two.name, max_delete_share=1.0)["counts"]["deleted"] == 20


def test_the_status_is_read_from_the_destination(filled):
    pair = filled.two.name
    before = filled.done("consul_sync_status", pair=pair)
    assert (before["state"], before["age_seconds"], before["enabled"]) == ("", -1.0, False)
    filled.done("consul_sync", pair=pair)
    after = filled.done("consul_sync_status", pair=pair)
    assert (after["state"], after["held_by"]) == ("in_step", {})
    assert 0 <= after["age_seconds"] < 60


def test_a_pair_that_is_not_configured_is_named(pack):
    for action in ("consul_diff", "consul_sync", "consul_sync_status", "consul_sync_enable", "consul_sync_disable"):
        assert "consul_sync.nosuch" in pack.refused(action, pair="nosuch")


class Sensor:
    """The sensor in a thread, and what it dispatched."""

    def __init__(self, pack):
        self.service = MockSensorService(MockSensorWrapper(pack="kubernetes", class_name="ConsulSyncSensor"))
        # One datastore for the actions and the sensor, as in StackStorm.
        self.service._datastore_service = pack.service._datastore_service
        self.sensor = ConsulSyncSensor(sensor_service=self.service, config=pack.config)
        self.sensor.setup()
        self.thread = threading.Thread(target=self.sensor.run, daemon=True)

    @property
    def payloads(self):
        return [each["payload"] for each in self.service.dispatched_triggers]

    def states(self):
        return [each["state"] for each in self.payloads]


@pytest.fixture
def sensor(filled, monkeypatch):
    monkeypatch.setattr("consul_sync_sensor.LOOK_EVERY", 0.2)
    sensor = Sensor(filled)
    sensor.thread.start()
    yield sensor
    sensor.sensor.cleanup()
    sensor.thread.join(20)


def test_the_sensor_leaves_alone_what_was_not_turned_on(sensor, filled):
    time.sleep(1)
    assert sensor.payloads == []
    assert filled.two.destination.tree(filled.two.folder) == {}


def test_the_sensor_keeps_a_pair_in_step_from_enable_to_disable(sensor, filled):
    two = filled.two
    assert filled.done("consul_sync_enable", pair=two.name)["changed"] is True
    assert filled.done("consul_sync_enable", pair=two.name)["changed"] is False
    soon(lambda: sensor.states() == ["in_step"])
    two.assert_equal()
    two.source.put(f"{two.folder}3", b"newer")
    soon(lambda: two.destination.value(f"{two.folder}3") == b"newer")
    assert filled.done("consul_sync_status", pair=two.name)["held_by"]["pair"] == two.name
    filled.done("consul_sync_disable", pair=two.name)
    soon(lambda: sensor.states()[-1] == "disabled")
    soon(lambda: filled.done("consul_sync_status", pair=two.name)["held_by"] == {})
    two.source.put(f"{two.folder}3", b"newest")
    time.sleep(0.5)
    assert two.destination.value(f"{two.folder}3") == b"newer"
    assert PLANTED not in json.dumps(sensor.payloads)


def test_the_trigger_says_why_the_sensor_stopped_and_an_operator_may_then_go_on(sensor, filled):
    two = filled.two
    filled.done("consul_sync_enable", pair=two.name)
    soon(lambda: sensor.states() == ["in_step"])
    two.source.delete(two.folder, recurse=True)
    soon(lambda: sensor.states()[-1] == "stopped")
    assert "20 of the 20 that the sync wrote would be deleted" in sensor.payloads[-1]["reason"]
    assert len(two.destination.tree(two.folder)) == 20
    report = filled.done("consul_sync", pair=two.name, max_delete_share=1.0)
    assert report["counts"]["deleted"] == 20


def test_a_pair_that_cannot_begin_says_why(filled, monkeypatch):
    monkeypatch.setattr("consul_sync_sensor.LOOK_EVERY", 0.2)
    filled.config["consul"]["paasB"]["address"] = "http://127.0.0.1:1"
    sensor = Sensor(filled)
    filled.done("consul_sync_enable", pair=filled.two.name)
    sensor.thread.start()
    try:
        soon(lambda: sensor.states() == ["lagging"])
        assert "consul.paasB.address" in sensor.payloads[0]["reason"]
    finally:
        sensor.sensor.cleanup()
        sensor.thread.join(20)
