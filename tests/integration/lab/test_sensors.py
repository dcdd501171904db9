from __future__ import annotations

import os
from typing import Any

import pytest

from lab.stackstorm.errors import NotFound
from lab.stackstorm.metadata import read_rule
from lab.stackstorm.service import StackStorm
from tests.integration.lab.conftest import eventually


def status(service: StackStorm, name: str) -> dict[str, Any]:
    return next(each for each in service.sensors.status() if each["class_name"] == name)


def payloads(service: StackStorm, kind: str) -> list[Any]:
    return [each["payload"] for each in service.triggers.latest(kind=kind)]


def stored(service: StackStorm, name: str) -> str | None:
    try:
        return service.datastore.get(name).value
    except NotFound:
        return None


def corner(where: str) -> Any:
    trigger = {"type": "sample.corner_event", "parameters": {"corner": where}}
    return read_rule({"name": where, "enabled": True, "trigger": trigger, "action": {"ref": "core.noop"}})


def test_a_polling_sensor_polls_and_keeps_its_place_in_the_datastore(service: StackStorm) -> None:
    eventually(lambda: {"count": 2} in payloads(service, "sample.knock"))
    assert int(service.datastore.get("sample.DoorSensor:count").value) >= 2


def test_a_sensor_is_told_of_the_triggers_that_rules_ask_for(service: StackStorm) -> None:
    eventually(lambda: {"corner": "north", "config": "hello"} in payloads(service, "sample.corner_event"))
    service.rulebook.add(corner("south"))
    eventually(lambda: {"corner": "south", "config": "hello"} in payloads(service, "sample.corner_event"))
    service.rulebook.remove("default.south")
    eventually(lambda: stored(service, "removed") == "south")


def test_a_sensor_that_is_killed_comes_back_and_goes_on_where_it_was(service: StackStorm) -> None:
    eventually(lambda: payloads(service, "sample.knock"))
    before = status(service, "DoorSensor")["pid"]
    service.sensors.kill("DoorSensor")
    eventually(lambda: status(service, "DoorSensor")["pid"] not in (None, before))
    assert status(service, "DoorSensor")["respawns"] == 1
    counts = [each["count"] for each in payloads(service, "sample.knock")]
    eventually(lambda: len(payloads(service, "sample.knock")) > len(counts))
    assert len(set(counts)) == len(counts)


def test_a_sensor_that_keeps_dying_is_started_twice_again_and_then_left_dead(service: StackStorm) -> None:
    service.datastore.set("die", "yes")
    eventually(lambda: status(service, "CornerSensor")["given_up"])
    assert status(service, "CornerSensor")["respawns"] == 2
    assert status(service, "CornerSensor")["exit_code"] == 1
    assert stored(service, "cleaned") == "yes"


def test_a_sensor_that_is_stopped_is_killed_before_it_cleans_up(service: StackStorm) -> None:
    eventually(lambda: payloads(service, "sample.corner_event"))
    service.sensors.stop_one("CornerSensor")
    assert status(service, "CornerSensor")["exit_code"] == -15
    assert stored(service, "cleaned") is None


def test_no_sensor_outlives_the_lab(service: StackStorm) -> None:
    eventually(lambda: payloads(service, "sample.knock"))
    pids = [each["pid"] for each in service.sensors.status()]
    service.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
