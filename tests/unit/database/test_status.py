import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.database.objects import FINALIZER, DatabaseObject
from paas.database.status import PHASES, Report, apply, write_status
from paas.errors import InvalidInput, Outdated


def say(database, clock, phase, message="m", *, generation=1, drift=None, refused="", **fields):
    report = Report(phase=phase, message=message, fields=fields, generation=generation, drift=drift, refused=refused)
    found, _ = write_status(database, report, now=clock)
    return found["status"]


def condition(status, kind):
    return next((each for each in status["conditions"] if each["type"] == kind), None)


def test_a_report_becomes_phase_fields_and_conditions(database, clock):
    status = say(database, clock, "Available", "published", endpoint="db.example.com", port=3306)
    assert (status["phase"], status["endpoint"], status["port"]) == ("Available", "db.example.com", 3306)
    assert status["observedGeneration"] == 1
    assert condition(status, "Ready") == {
        "type": "Ready",
        "status": "True",
        "reason": "Available",
        "message": "published",
        "lastTransitionTime": "2026-01-02T03:04:05Z",
        "observedGeneration": 1,
    }


@pytest.mark.parametrize(
    ("phase", "accepted", "ready"),
    [
        ("Pending", "True", "False"),
        ("Creating", "True", "False"),
        ("Available", "True", "True"),
        ("Refused", "False", "False"),
    ],
)
def test_conditions_follow_the_phase(database, clock, phase, accepted, ready):
    status = say(database, clock, phase)
    assert condition(status, "Accepted")["status"] == accepted
    assert condition(status, "Ready")["status"] == ready


def test_a_failure_says_nothing_about_the_spec(database, clock):
    assert condition(say(database, clock, "Failed"), "Accepted") is None


def test_a_failure_keeps_what_was_said_about_the_spec(database, clock):
    say(database, clock, "Creating")
    assert condition(say(database, clock, "Failed"), "Accepted")["status"] == "True"


def test_twice_is_once(database, cluster, clock):
    say(database, clock, "Refused", "no")
    clock.now += datetime.timedelta(hours=1)
    say(database, clock, "Refused", "no")
    assert len(cluster.writes) == 1


def test_a_transition_keeps_its_time_until_the_next_one(database, clock):
    say(database, clock, "Pending")
    clock.now += datetime.timedelta(minutes=1)
    status = say(database, clock, "Creating")
    assert condition(status, "Ready")["lastTransitionTime"] == "2026-01-02T03:04:05Z"
    status = say(database, clock, "Available")
    assert condition(status, "Ready")["lastTransitionTime"] == "2026-01-02T03:05:05Z"


@pytest.mark.parametrize(
    ("late", "present"),
    [("Creating", "Available"), ("Creating", "Deleting"), ("Pending", "Creating"), ("Pending", "Available")],
)
def test_a_late_report_does_not_take_back_a_later_one(database, clock, late, present):
    say(database, clock, present)
    assert say(database, clock, late)["phase"] == present


def test_a_failure_can_be_overcome(database, clock):
    say(database, clock, "Failed")
    assert say(database, clock, "Creating")["phase"] == "Creating"


@pytest.mark.parametrize("phase", ["Failed", "Refused"])
def test_a_step_that_could_not_be_taken_leaves_an_available_database_available(database, clock, phase):
    say(database, clock, "Available", "published")
    status = say(database, clock, phase, "Vault is sealed")
    assert status["phase"] == "Available"
    assert condition(status, "Ready")["status"] == "True"
    told = condition(status, "InSync" if phase == "Failed" else "Accepted")
    assert (told["status"], told["message"]) == ("False", "Vault is sealed")


def test_only_what_aws_says_of_it_takes_available_back(database, clock):
    say(database, clock, "Available", "published")
    write_status(database, Report(phase="Failed", message="storage-full", lost=True), now=clock)
    status = database.read()["status"]
    assert (status["phase"], condition(status, "Ready")["status"]) == ("Failed", "False")


def test_an_available_object_that_goes_says_why_it_waits(database, stored, clock):
    say(database, clock, "Available", "published")
    stored()["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    stored()["metadata"]["finalizers"] = [FINALIZER]
    going = DatabaseObject(database.cluster, database.ref, going=True)
    status = say(going, clock, "Failed", "AccessDenied")
    assert (status["phase"], condition(status, "Ready")["message"]) == ("Failed", "AccessDenied")


def test_without_a_status_subresource_a_refusal_said_again_changes_nothing(third_party_cluster, ref, clock):
    """Every write counts the generation up there: to note it would write, count, and write again."""
    third_party_cluster.put({"metadata": {"namespace": "shop", "name": "orders", "uid": "u-1", "generation": 1}})
    target = DatabaseObject(third_party_cluster, ref)
    refused = Report(phase="Refused", message="no", refused="no")
    write_status(target, refused, now=clock)
    third_party_cluster.objects["shop/orders"]["metadata"]["generation"] = 2
    _, news = write_status(target, refused, now=clock)
    assert not news


def test_other_fields_and_conditions_are_kept(database, stored, clock):
    theirs = {"type": "BackedUp", "status": "True"}
    stored()["status"] = {"claim": "shop-orders-k3f7q2m4xa", "conditions": [theirs]}
    status = say(database, clock, "Creating")
    assert status["claim"] == "shop-orders-k3f7q2m4xa"
    assert theirs in status["conditions"]


def test_a_message_of_any_length_is_cut(database, clock):
    assert len(condition(say(database, clock, "Failed", "x" * 1_000_000), "Ready")["message"]) == 1024


def test_an_object_that_is_gone_is_outdated(database, cluster, clock):
    cluster.objects.clear()
    with pytest.raises(Outdated, match="is gone"):
        say(database, clock, "Failed")


def test_a_phase_that_there_is_none_of_is_named():
    with pytest.raises(InvalidInput, match="Pending, Creating, Available"):
        Report(phase="Done")


def test_a_report_comes_back_from_plain_json():
    report = Report(phase="Available", message="m", reason="r", fields={"port": 1})
    assert Report.from_dict(report.as_dict()) == report


def test_a_report_takes_no_field_that_the_status_does_not_have():
    with pytest.raises(InvalidInput, match="password"):
        Report.from_dict({"phase": "Available", "password": "x"})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(
    status=anything
    | st.fixed_dictionaries(
        {},
        optional={"phase": anything, "conditions": anything | st.lists(st.fixed_dictionaries({"type": anything}))},
    ),
    phase=st.sampled_from(PHASES),
)
def test_no_status_breaks_the_writing_and_the_same_report_twice_is_once(status, phase):
    found = {"metadata": {"generation": 1}, "status": status}
    apply(found, Report(phase=phase))
    once = str(found)
    apply(found, Report(phase=phase))
    assert str(found) == once
