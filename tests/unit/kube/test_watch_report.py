"""The report of `sensor_status`."""

from __future__ import annotations

from paas.kube.watch_report import report
from paas.kube.watching import WatchStatus

NOW = 1_000_000.0


def watch(**more):
    status = WatchStatus("kubernetes.watch.paasA.x", "paasA", "databases", state="watching", contact=NOW - 5)
    for name, value in more.items():
        setattr(status, name, value)
    return status.as_json()


def told(*watches, at=NOW - 3, **more):
    return report({"S": {"at": at, "watches": list(watches)}}, now=NOW, **more)


def test_a_watch_that_hears_its_server_is_healthy_and_its_lag_is_told():
    said = told(watch(event=NOW - 60))

    assert said["healthy"]
    assert said["watches"][0]["lag_seconds"] == 5
    assert said["watches"][0]["last_event_seconds_ago"] == 60
    assert said["sensors"] == [{"name": "S", "age_seconds": 3.0, "running": True}]


def test_a_watch_that_waits_says_why():
    said = told(watch(state="waiting", error="Kubernetes paasA answered 403"))

    assert not said["healthy"]
    assert said["problems"] == ["kubernetes.watch.paasA.x is waiting: Kubernetes paasA answered 403"]


def test_long_silence_is_a_problem_and_that_of_an_idle_resource_is_not():
    assert told(watch(contact=NOW - 121))["healthy"]
    assert "heard nothing for 200 s" in told(watch(contact=NOW - 200))["problems"][0]


def test_a_sensor_that_publishes_nothing_is_taken_to_be_down():
    assert "for 120 s" in told(at=NOW - 120)["problems"][0]
    assert "nothing ever" in report({"S": None}, now=NOW)["problems"][0]


def test_one_cluster_can_be_asked_for():
    said = told(watch(), watch(cluster="paasB"), cluster="paasB")

    assert [each["cluster"] for each in said["watches"]] == ["paasB"]
