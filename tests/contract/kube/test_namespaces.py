"""The life of a namespace."""

import pytest

from tests.contract.kube.subject import config_map, eventually, unique

ROOT = "/api/v1/namespaces"


@pytest.fixture
def name(kube):
    found = unique("life")
    kube.post(ROOT, {"metadata": {"name": found}})
    return found


def test_a_namespace_begins_active_labelled_with_its_name(kube):
    name = unique("life")
    body = kube.post(ROOT, {"metadata": {"name": name}}).body
    assert body["metadata"]["labels"] == {"kubernetes.io/metadata.name": name}
    assert (body["spec"], body["status"]) == ({"finalizers": ["kubernetes"]}, {"phase": "Active"})


def test_its_first_objects_are_made_for_it(kube, name):
    eventually(lambda: kube.get(f"{ROOT}/{name}/serviceaccounts/default").status == 200)
    found = eventually(lambda: (one := kube.get(f"{ROOT}/{name}/configmaps/kube-root-ca.crt")).status == 200 and one)
    assert "BEGIN CERTIFICATE" in found.body["data"]["ca.crt"]


def test_it_goes_with_all_that_is_in_it(kube, name):
    kube.post(f"{ROOT}/{name}/configmaps", config_map("a"))
    found = kube.delete(f"{ROOT}/{name}")
    assert (found.status, found.body["status"]["phase"]) == (200, "Terminating")
    assert found.body["metadata"]["deletionTimestamp"]
    eventually(lambda: kube.get(f"{ROOT}/{name}").status == 404)
    assert kube.get(f"{ROOT}/{name}/configmaps").names == []


def test_while_it_goes_nothing_new_is_made_in_it(kube, name):
    held = f"{ROOT}/{name}/configmaps"
    kube.post(held, config_map("held", finalizers=["example.com/hold"]))
    kube.delete(f"{ROOT}/{name}")
    found = kube.post(held, config_map("new"))
    why = f"unable to create new content in namespace {name} because it is being terminated"
    words = f'configmaps "new" is forbidden: {why}'
    assert (found.status, found.reason, found.words) == (403, "Forbidden", words)
    cause = ("metadata.namespace", "NamespaceTerminating", f"namespace {name} is being terminated")
    assert found.causes == {cause}
    assert kube.post(ROOT, {"metadata": {"name": name}}).words == (
        f'object is being deleted: namespaces "{name}" already exists'
    )
    assert kube.patch(f"{held}/held", {"metadata": {"finalizers": None}}).status == 200
    eventually(lambda: kube.get(f"{ROOT}/{name}").status == 404)


def test_it_says_what_still_holds_it(kube, name):
    held = f"{ROOT}/{name}/configmaps"
    kube.post(held, config_map("held", finalizers=["example.com/hold"]))
    kube.delete(f"{ROOT}/{name}")

    def remaining():
        found = kube.get(f"{ROOT}/{name}").body["status"].get("conditions") or ()
        return [one for one in found if one["type"] == "NamespaceContentRemaining" and one["status"] == "True"]

    (condition,) = eventually(remaining)
    assert condition["reason"] == "SomeResourcesRemain"
    assert condition["message"] == "Some resources are remaining: configmaps. has 1 resource instances"
    kube.patch(f"{held}/held", {"metadata": {"finalizers": None}})


def test_its_name_label_cannot_be_changed(kube, name):
    found = kube.patch(f"{ROOT}/{name}", {"metadata": {"labels": {"kubernetes.io/metadata.name": "x", "a": "b"}}})
    assert found.body["metadata"]["labels"] == {"kubernetes.io/metadata.name": name, "a": "b"}


def test_a_bad_name_is_refused(kube):
    found = kube.post(ROOT, {"metadata": {"name": "not.a.label"}})
    assert found.status == 422
    assert (
        found.words
        == 'Namespace "not.a.label" is invalid: metadata.name: Invalid value: "not.a.label": must not contain dots'
    )
