"""The ThirdPartyResource sensor in a process of its own, on a cluster."""

from __future__ import annotations

from tests.integration.watch.running import client_of, eventually, settings_of

WIDGET = {"object_kind": "Widget"}


def test_a_kind_that_is_defined_later_is_watched(watching, group):
    group.define()
    group.create("a", labels={"type": "mysql"}, annotations={"note": "x"})
    (payload,) = watching.told("ADDED a", **WIDGET)

    assert payload["cluster"] == "paasA"
    assert payload["api_version"] == f"{group.name}/v1"
    assert payload["namespace"] == "default"
    assert payload["labels"] == {"type": "mysql"}
    assert payload["annotations"] == {"note": "x"}
    assert payload["spec"] == {"size": 1}
    assert payload["status"] == {}
    assert payload["event_id"] == f"{payload['uid']}.{payload['resource_version']}.ADDED"
    assert watching.payloads(object_kind="CustomResourceDefinition")[0]["name"] == group.crd


def test_an_object_without_labels_has_none(watching, group):
    group.define()
    group.create("a")

    assert watching.told("ADDED a", **WIDGET)[0]["labels"] == {}


def test_a_life_is_told_in_order(watching, group):
    group.define()
    group.create("a")
    watching.told("ADDED a", **WIDGET)
    group.change("a")
    watching.told("ADDED a", "MODIFIED a", **WIDGET)
    group.delete("a")
    payloads = watching.told("ADDED a", "MODIFIED a", "DELETED a", **WIDGET)

    assert [each["spec"]["size"] for each in payloads] == [1, 2, 2]
    assert not payloads[-1]["partial"]


def test_kubectls_copy_of_the_object_is_not_told(watching, group):
    group.define()
    group.create("a", annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "1"})

    assert watching.told("ADDED a", **WIDGET)[0]["annotations"] == {"kept": "1"}


def test_other_groups_are_not_told(watching, group, endpoint):
    other = type(group)(client_of(endpoint))
    group.define()
    other.define()
    other.create("theirs")
    group.create("ours")

    watching.told("ADDED ours", **WIDGET)


def test_a_sensor_that_was_killed_tells_what_it_missed_once_and_repeats_nothing(watching, group):
    group.define()
    for name in ("stays", "changes", "goes", "returns"):
        group.create(name, labels={"was": name})
    before = eventually(lambda: len(watching.payloads(**WIDGET)) == 4 and watching.payloads())
    watching.saved()
    watching.kill()

    group.change("changes")
    group.delete("goes")
    group.delete("returns")
    group.create("returns")
    group.create("comes")
    watching.start()
    eventually(lambda: len(watching.payloads()) >= len(before) + 5)
    after = watching.payloads()[len(before) :]

    assert sorted(f"{each['resource']} {each['name']}" for each in after) == [
        "ADDED comes",
        "ADDED returns",
        "DELETED goes",
        "DELETED returns",
        "MODIFIED changes",
    ]
    gone = next(each for each in after if each["name"] == "goes")
    assert gone["partial"]
    assert gone["labels"] == {"was": "goes"}
    watching.saved()
    watching.kill()
    watching.start()
    group.create("last")
    eventually(lambda: watching.payloads(name="last"))
    assert len(watching.payloads()) == len(before) + 6


def test_a_sensor_that_is_asked_to_end_has_saved_everything(watching, group):
    group.define()
    for number in range(50):
        group.create(f"n{number}")
    eventually(lambda: len(watching.payloads(**WIDGET)) == 50)
    watching.stop()
    count = len(watching.payloads())
    watching.start()
    group.create("last")
    eventually(lambda: watching.payloads(name="last"))

    assert len(watching.payloads()) == count + 1


def test_a_kind_that_is_deleted_takes_its_objects_along_and_may_come_back(watching, group):
    group.define()
    group.create("a")
    watching.told("ADDED a", **WIDGET)
    group.undefine()
    watching.told("ADDED a", "DELETED a", **WIDGET)
    eventually(lambda: watching.payloads(object_kind="CustomResourceDefinition", resource="DELETED"))
    group.define()
    group.create("a")
    payloads = watching.told("ADDED a", "DELETED a", "ADDED a", **WIDGET)

    assert payloads[0]["uid"] != payloads[2]["uid"]


def test_a_kind_that_was_deleted_while_the_sensor_was_down_takes_its_objects_along(watching, group):
    group.define()
    group.create("a", labels={"type": "mysql"})
    watching.told("ADDED a", **WIDGET)
    watching.saved()
    watching.kill()
    group.undefine()
    watching.start()
    payload = watching.told("ADDED a", "DELETED a", **WIDGET)[1]

    assert payload["partial"]
    assert payload["labels"] == {"type": "mysql"}
    assert payload["api_version"] == f"{group.name}/v1"
    eventually(
        lambda: not [path for path in (watching.directory / "datastore").iterdir() if ".objects." in path.name],
        what="forgetting the position",
    )


def test_a_group_that_is_configured_later_is_told_and_the_others_are_not_repeated(watching, group, endpoint):
    other = type(group)(client_of(endpoint))
    other.define()
    other.create("theirs")
    group.define()
    group.create("ours")
    watching.told("ADDED ours", **WIDGET)
    watching.saved()
    watching.stop()
    watching.configure(
        {
            "clusters": {"paasA": settings_of(endpoint)},
            "third_party": {"groups": [{"group": group.name}, {"group": other.name}]},
        }
    )
    watching.start()

    watching.told("ADDED ours", "ADDED theirs", **WIDGET)


def test_another_cluster_behind_the_name_is_refused(watching, group, clusters):
    group.define()
    group.create("a")
    watching.told("ADDED a", **WIDGET)
    watching.saved()
    watching.stop()
    settings = settings_of(clusters["paasB"])
    watching.configure({"clusters": {"paasA": settings}, "third_party": {"groups": [{"group": group.name}]}})
    watching.start()
    eventually(lambda: "is another one" in watching.log)

    watching.told("ADDED a", **WIDGET)


def test_a_cluster_that_is_down_stops_no_other(sensor, group, endpoint):
    sensor.configure(
        {
            "clusters": {
                "dead": {"server": "https://127.0.0.1:9"},
                "paasA": settings_of(endpoint),
                "broken": {"kubeconfig": "/nowhere"},
            },
            "third_party": {"groups": [{"group": group.name}]},
        }
    )
    sensor.start()
    group.define()
    group.create("a")

    sensor.told("ADDED a", **WIDGET)
    assert "kubernetes.watch.dead.definitions: cannot begin yet" in sensor.log
    assert "clusters.broken.kubeconfig" in sensor.log


def test_what_the_broker_refused_comes_again(watching, group):
    group.define()
    group.create("before")
    watching.told("ADDED before", **WIDGET)
    (watching.directory / "refuse").touch()
    group.create("a")
    eventually(lambda: "was not taken and comes again" in watching.log)
    (watching.directory / "refuse").unlink()

    watching.told("ADDED before", "ADDED a", **WIDGET)


def test_it_stops_within_seconds_and_holds_no_connection_up(watching, group):
    group.define()
    group.create("a")
    watching.told("ADDED a", **WIDGET)
    watching.stop()

    assert watching.server.returncode == 0


def test_two_clusters_are_told_apart(sensor, group, clusters):
    sensor.configure(
        {
            "clusters": {name: settings_of(each) for name, each in clusters.items()},
            "third_party": {"groups": [{"group": group.name, "clusters": ["paasB"]}]},
        }
    )
    sensor.start()
    group.define()
    group.create("in-a")
    there = type(group)(client_of(clusters["paasB"]))
    there.name, there.crd = group.name, group.crd
    there.define()
    there.create("in-b")

    assert sensor.told("ADDED in-b", **WIDGET)[0]["cluster"] == "paasB"
