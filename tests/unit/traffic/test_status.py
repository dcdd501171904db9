import json
import re

import pytest

from paas.traffic import Undone, reporting
from tests.unit.traffic.scenes import Killed, Scene


def test_it_says_who_is_live_and_who_waits(scene):
    status = scene.status()
    assert (status["live"], status["prelive"]) == ("paasA", "paasB")
    assert status["message"] == "prd: paasA live (3 of 3 healthy), paasB pre-live (3 of 3 healthy)."
    assert status["run"] == {}


def test_the_table_names_each_server_with_its_cluster_and_health(scene):
    scene.aws.sick.add("i-b2")
    lines = scene.status()["table"].splitlines()
    assert lines[0].split() == ["role", "side", "cluster", "server", "health", "words"]
    assert ["ingress", "live", "paasA", "i-a1", "healthy"] in [line.split()[:5] for line in lines]
    assert ["ingress", "prelive", "paasB", "i-b2", "unhealthy"] in [line.split()[:5] for line in lines]


def test_draining_is_shown_as_draining():
    scene = Scene("classic")
    scene.aws.seconds_to_drain = 60
    scene.aws._deregister("ingress-live", "i-a1")
    side = scene.status()["roles"]["ingress"]["sides"]["live"]
    assert side["by_cluster"] == {"paasA": {"draining": 1, "healthy": 2}}


def test_a_server_of_neither_cluster_is_shown_as_such():
    scene = Scene("target_group")
    scene.aws.put_behind(scene.pool["live"], "i-x")
    assert scene.status()["roles"]["ingress"]["sides"]["live"]["by_cluster"]["neither"] == {"unhealthy": 1}


def test_a_run_that_died_is_named_with_what_to_do(scene):
    scene.dies_at(14)
    with pytest.raises(Killed):
        scene.cutover("paasB")
    scene.lease_ends()
    status = scene.status()
    assert status["run"]["state"] == "running"
    assert "the cutover of paasB" in status["message"]
    assert status["message"].endswith("go on with it, or elb_switch_back.")


def test_it_says_how_the_last_run_ended(scene):
    scene.cutover("paasB")
    assert re.search(r" Last: the cutover of paasB \(begun .* by tester\), done\.$", scene.status()["message"])
    scene.aws.sick |= scene.a
    with pytest.raises(Undone):
        scene.cutover("paasA")
    assert re.search(r"by tester\), undone: .*0 of 3 servers are healthy", scene.status()["message"])


@pytest.mark.parametrize(("seconds", "said"), [(45, "45 s"), (200, "3 min"), (86_400, "24 h")])
def test_how_long_ago_is_said_as_a_person_does(seconds, said):
    assert reporting._time(seconds) == said


def test_nobody_behind_live_is_said():
    scene = Scene("classic", staged=False).unwatched()
    scene.aws.pools["ingress-live"].clear()
    assert scene.status()["message"] == "prd: nobody live, nobody pre-live."


def test_groups_are_shown_with_what_they_are_attached_to():
    scene = Scene("classic", groups=True)
    scene.aws.groups["kubernetes-ingress-prd-a"]["suspended"] = {"AddToLoadBalancer"}
    first, _ = scene.status()["roles"]["ingress"]["autoscaling"]
    assert first == {
        "group": "kubernetes-ingress-prd-a",
        "cluster": "paasA",
        "attached": ["ingress-live"],
        "adds": False,
    }


def test_it_is_plain_json_and_reads_only(scene):
    json.dumps(scene.status())
    assert scene.aws.writes == []


def test_a_thousand_servers_make_a_bounded_table():
    scene = Scene("classic", a=[f"i-a{number}" for number in range(1000)])
    status = scene.status()
    assert len(status["table"].splitlines()) == 202
    assert status["rows_left_out"] == 803
    assert status["roles"]["ingress"]["sides"]["live"]["by_cluster"] == {"paasA": {"healthy": 1000}}
