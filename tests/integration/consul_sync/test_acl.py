"""ACL policies, roles and tokens: accessor and secret id kept, what manages left out."""

import json

import pytest

from paas.errors import Refused
from tests.integration.consul_sync.two import KINDS, Two, running


@pytest.fixture(params=KINDS)
def both(request, tmp_path):
    """Two Consuls with ACLs, for one test alone."""
    with running(request.param, tmp_path, acl=True) as sides:
        yield Two(*sides, name="pair")


def policy(side, name, rules='key_prefix "a/" { policy = "read" }'):
    return side.ask("PUT", "acl/policy", json={"Name": name, "Rules": rules}).json()


def token(side, *policies, **more):
    return side.ask("PUT", "acl/token", json={"Policies": [{"Name": each} for each in policies], **more}).json()


def policies(side):
    return {each["Name"] for each in side.ask("GET", "acl/policies").json()}


def tokens(side):
    found = (side.ask("GET", f"acl/token/{each['AccessorID']}").json() for each in side.ask("GET", "acl/tokens").json())
    return {each["AccessorID"]: each for each in found}


@pytest.fixture
def filled(both):
    policy(both.source, "readers")
    both.source.ask("PUT", "acl/role", json={"Name": "team", "Policies": [{"Name": "readers"}]})
    both.made = token(both.source, "readers", Roles=[{"Name": "team"}], Description="of the shop")
    return both


def test_tokens_keep_their_ids_and_their_rights(filled):
    report = filled.sync(acl=True)
    assert report["acl"]["create"]["count"] == 3
    there = tokens(filled.destination)[filled.made["AccessorID"]]
    assert there["SecretID"] == filled.made["SecretID"]
    assert [each["Name"] for each in there["Policies"]] == ["readers"]
    assert [each["Name"] for each in there["Roles"]] == ["team"]
    assert filled.made["SecretID"] not in json.dumps(report)
    for entry in filled.destination.entries("paas-sync/"):
        assert filled.made["SecretID"] not in json.dumps(entry)
    again = filled.sync(acl=True)
    assert (again["state"], again["acl"]["create"]["count"], again["acl"]["update"]["count"]) == ("in_step", 0, 0)


def test_without_the_option_none_are_carried(filled):
    assert "acl" not in filled.sync()
    assert "readers" not in policies(filled.destination)


def test_a_comparison_makes_none(filled):
    assert filled.syncer(acl=True).diff().as_dict()["acl"]["create"]["count"] == 3
    assert "readers" not in policies(filled.destination)


def test_what_manages_is_left_out(filled):
    policy(filled.source, "acl-writers", 'acl = "write"')
    managing = token(filled.source, "acl-writers")
    root = token(filled.source, "global-management")
    report = filled.sync(acl=True)
    assert report["acl"]["left_out"] == {"anonymous": 1, "management": 2, "the_packs_own": 1}
    assert not {managing["AccessorID"], root["AccessorID"]} & set(tokens(filled.destination))
    assert "acl-writers" not in policies(filled.destination)


def test_what_changes_on_the_source_follows(filled):
    filled.sync(acl=True)
    found = next(each for each in filled.source.ask("GET", "acl/policies").json() if each["Name"] == "readers")
    rules = 'key_prefix "b/" { policy = "write" }'
    filled.source.ask("PUT", f"acl/policy/{found['ID']}", json={"ID": found["ID"], "Name": "readers", "Rules": rules})
    assert filled.sync(acl=True)["acl"]["update"]["count"] == 1
    there = next(each for each in filled.destination.ask("GET", "acl/policies").json() if each["Name"] == "readers")
    assert filled.destination.ask("GET", f"acl/policy/{there['ID']}").json()["Rules"] == rules


def test_what_left_the_source_goes_within_the_share_and_stays_above_it(filled):
    filled.sync(acl=True)
    filled.source.ask("DELETE", f"acl/token/{filled.made['AccessorID']}")
    report = filled.sync(acl=True)
    assert (report["state"], report["acl"]["different"]["count"]) == ("lagging", 1)
    assert filled.made["AccessorID"] in tokens(filled.destination)
    assert filled.sync(acl=True, share=1.0)["acl"]["delete"]["count"] == 1
    assert filled.made["AccessorID"] not in tokens(filled.destination)


def test_what_somebody_made_or_changed_on_the_destination_is_theirs(filled):
    policy(filled.destination, "readers", 'key_prefix "theirs/" { policy = "read" }')
    policy(filled.destination, "theirs")
    report = filled.sync(acl=True)
    assert report["acl"]["different"]["policy"] == ["readers"]
    assert (report["state"], "1 ACL items" in report["reason"]) == ("lagging", True)
    assert "theirs" in policies(filled.destination)
    assert filled.sync(acl=True, on_drift="repair")["state"] == "in_step"


def test_a_token_that_sees_no_secret_ids_is_refused(filled):
    policy(filled.source, "acl-readers", 'acl = "read"\nkey_prefix "" { policy = "read" }')
    narrow = token(filled.source, "acl-readers")["SecretID"]
    source = filled.source.connect(token="datastore:other", other=narrow)
    with pytest.raises(Refused, match="acl = "):
        filled.syncer(source=source, acl=True).once()


def test_acls_that_are_off_are_said(two):
    with pytest.raises(Refused, match="switched off"):
        two.sync(acl=True)
