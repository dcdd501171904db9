import time

import pytest
import requests


def test_an_answer_can_be_replaced_for_some_requests(consul):
    consul.fault(method="PUT", path="/v1/kv/*", times=2, effect={"status": 503, "body": "try later"})
    answers = [consul.put("kv/a", b"1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].text == "try later"


def test_a_fault_can_begin_later(consul):
    consul.fault(path="/v1/kv/*", after=1, times=1, effect={"status": 500})
    assert [consul.get("kv/a").status_code for _ in range(3)] == [404, 500, 404]


def test_a_fault_can_be_about_a_query_parameter(consul):
    consul.put("kv/a", b"1")
    consul.fault(query={"stale": "*"}, effect={"status": 500})
    assert [consul.get(path).status_code for path in ("kv/a", "kv/a?stale")] == [200, 500]


@pytest.mark.parametrize(("when", "value"), [("before", 404), ("after", 200)])
def test_a_connection_can_be_reset_before_or_after_the_write(consul, when, value):
    consul.fault(method="PUT", times=1, effect={"reset": when})
    with pytest.raises(requests.ConnectionError):
        consul.put("kv/a", b"1")
    assert consul.get("kv/a").status_code == value


def test_a_request_can_be_slow(consul):
    consul.fault(times=1, effect={"delay": 0.2})
    began = time.monotonic()
    consul.get("kv/a")
    assert time.monotonic() - began >= 0.2


def test_a_request_can_hang(consul):
    consul.fault(times=1, effect={"hang": 0.2})
    with pytest.raises(requests.ConnectionError):
        consul.get("kv/a")


def test_faults_are_listed_and_taken_away(consul):
    first = consul.fault(effect={"status": 500})[0]
    second = consul.fault(effect={"status": 501})[0]
    assert consul.ask("DELETE", f"__lab__/faults?id={first['id']}").json() == [second]
    assert consul.ask("DELETE", "__lab__/faults").json() == []
    assert consul.get("kv/a").status_code == 404


@pytest.mark.parametrize(
    "fault", [{"effect": {"explode": True}}, {"effect": {}}, {"when": "now", "effect": {"status": 1}}]
)
def test_a_fault_that_cannot_be_followed_is_refused(consul, fault):
    answer = consul.ask("POST", "__lab__/faults", json=fault)
    assert answer.status_code == 400
    assert "a fault has the keys method, path, query, after, times, effect" in answer.json()["error"]


def test_requests_are_counted_by_endpoint(consul):
    consul.put("kv/a", b"1")
    consul.get("kv/a")
    consul.get("kv/b")
    counted = consul.ask("GET", "__lab__/counts").json()
    assert counted == {"total": 3, "by_endpoint": {"GET /v1/kv": 2, "PUT /v1/kv": 1}}


def test_an_endpoint_of_the_lab_that_is_not_there_names_those_that_are(consul):
    answer = consul.ask("GET", "__lab__/nothing")
    assert answer.status_code == 404
    assert "there are faults, counts, wipe, freeze, reap" in answer.json()["error"]
