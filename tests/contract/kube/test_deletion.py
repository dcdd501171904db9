"""Deletion: finalizers, preconditions, collections, owners."""

import pytest

from tests.contract.kube.subject import config_map, eventually

HOLD = "example.com/hold"


def owned_by(answer, **more):
    metadata = answer.body["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": metadata["name"],
        "uid": metadata["uid"],
        **more,
    }


def gone(kube, path):
    return eventually(lambda: kube.get(path).status == 404)


def test_a_deletion_answers_with_a_status(kube, config_maps):
    uid = kube.post(config_maps, config_map("a")).uid
    found = kube.delete(f"{config_maps}/a")
    assert found.status == 200
    assert found.body["status"] == "Success"
    assert found.body["details"] == {"name": "a", "kind": "configmaps", "uid": uid}
    assert kube.get(f"{config_maps}/a").status == 404


def test_what_is_not_there_cannot_be_deleted(kube, config_maps):
    found = kube.delete(f"{config_maps}/a")
    assert (found.status, found.words) == (404, 'configmaps "a" not found')


def test_some_kinds_answer_with_the_object(kube, namespace):
    kube.post(f"{namespace}/serviceaccounts", {"metadata": {"name": "a"}})
    assert kube.delete(f"{namespace}/serviceaccounts/a").body["kind"] == "ServiceAccount"


def test_a_finalizer_holds_an_object(kube, config_maps):
    before = kube.post(config_maps, config_map("a", finalizers=[HOLD]))
    found = kube.delete(f"{config_maps}/a")
    metadata = found.body["metadata"]
    assert found.body["kind"] == "ConfigMap"
    assert metadata["deletionTimestamp"]
    assert metadata["deletionGracePeriodSeconds"] == 0
    assert metadata["resourceVersion"] != before.version
    assert kube.get(f"{config_maps}/a").body == found.body
    kube.patch(f"{config_maps}/a", {"metadata": {"finalizers": None}})
    assert kube.get(f"{config_maps}/a").status == 404


def test_a_second_deletion_changes_nothing(kube, config_maps):
    kube.post(config_maps, config_map("a", finalizers=[HOLD]))
    assert kube.delete(f"{config_maps}/a").version == kube.delete(f"{config_maps}/a").version
    kube.patch(f"{config_maps}/a", {"metadata": {"finalizers": None}})


def test_no_finalizer_is_added_to_what_is_going(kube, config_maps):
    kube.post(config_maps, config_map("a", finalizers=[HOLD]))
    kube.delete(f"{config_maps}/a")
    found = kube.patch(f"{config_maps}/a", {"metadata": {"finalizers": [HOLD, "example.com/late"]}})
    words = (
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"example.com/late"}'
    )
    assert found.status == 422
    assert found.causes == {("metadata.finalizers", "FieldValueForbidden", words)}
    kube.patch(f"{config_maps}/a", {"metadata": {"finalizers": None}})


def test_the_last_finalizer_gone_by_a_replacement_ends_the_object(kube, config_maps):
    kube.post(config_maps, config_map("a", finalizers=[HOLD]))
    kube.delete(f"{config_maps}/a")
    assert kube.put(f"{config_maps}/a", config_map("a")).status == 200
    assert kube.get(f"{config_maps}/a").status == 404


def test_a_uid_that_is_not_the_objects_stops_a_deletion(kube, config_maps):
    uid = kube.post(config_maps, config_map("a")).uid
    found = kube.delete(f"{config_maps}/a", {"preconditions": {"uid": "another"}})
    words = (
        'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (another) does not match the UID '
        f"in record ({uid}). The object might have been deleted and then recreated"
    )
    assert (found.status, found.reason, found.words) == (409, "Conflict", words)
    assert kube.delete(f"{config_maps}/a", {"preconditions": {"uid": uid}}).status == 200


def test_a_version_that_is_not_the_objects_stops_a_deletion(kube, config_maps):
    before = kube.post(config_maps, config_map("a"))
    now = kube.patch(f"{config_maps}/a", {"data": {"k": "v"}})
    found = kube.delete(f"{config_maps}/a", {"preconditions": {"resourceVersion": before.version}})
    words = (
        f'Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition ({before.version}) '
        f"does not match the ResourceVersion in record ({now.version}). The object might have been modified"
    )
    assert (found.status, found.words) == (409, words)
    assert kube.delete(f"{config_maps}/a", {"preconditions": {"resourceVersion": now.version}}).status == 200


def test_an_unknown_propagation_policy_is_refused(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    found = kube.delete(f"{config_maps}/a", propagationPolicy="Sideways")
    words = 'Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"'
    assert (found.status, found.causes) == (422, {("propagationPolicy", "FieldValueNotSupported", words)})


def test_a_collection_is_deleted_by_label(kube, config_maps):
    for name, colour in (("a", "red"), ("b", "red"), ("c", "blue")):
        kube.post(config_maps, config_map(name, labels={"colour": colour}))
    found = kube.delete(config_maps, labelSelector="colour=red")
    assert (found.status, found.body["kind"], found.names) == (200, "ConfigMapList", ["a", "b"])
    assert kube.get(config_maps, labelSelector="colour").names == ["c"]


def test_what_an_owner_owns_goes_with_it(kube, config_maps):
    owner = kube.post(config_maps, config_map("owner"))
    kube.post(config_maps, config_map("owned", ownerReferences=[owned_by(owner)]))
    kube.delete(f"{config_maps}/owner")
    gone(kube, f"{config_maps}/owned")


def test_what_has_another_owner_stays_with_that_one_alone(kube, config_maps):
    first, second = (kube.post(config_maps, config_map(name)) for name in ("first", "second"))
    kube.post(config_maps, config_map("owned", ownerReferences=[owned_by(first), owned_by(second)]))
    kube.delete(f"{config_maps}/first")
    left = eventually(
        lambda: len(found := kube.get(f"{config_maps}/owned").body["metadata"]["ownerReferences"]) == 1 and found
    )
    assert [one["name"] for one in left] == ["second"]


def test_an_owner_under_a_uid_of_the_past_gets_its_child_collected(kube, config_maps):
    owner = kube.post(config_maps, config_map("owner"))
    stale = {**owned_by(owner), "uid": "00000000-0000-0000-0000-000000000000"}
    kube.post(config_maps, config_map("owned", ownerReferences=[stale]))
    gone(kube, f"{config_maps}/owned")
    assert kube.get(f"{config_maps}/owner").status == 200


def test_orphans_stay_without_their_owner(kube, config_maps):
    owner = kube.post(config_maps, config_map("owner"))
    kube.post(config_maps, config_map("owned", ownerReferences=[owned_by(owner)]))
    eventually(lambda: kube.get(f"{config_maps}/owned").status == 200)
    kube.delete(f"{config_maps}/owner", {"propagationPolicy": "Orphan"})
    gone(kube, f"{config_maps}/owner")
    assert "ownerReferences" not in kube.get(f"{config_maps}/owned").body["metadata"]


def test_in_the_foreground_the_owner_goes_last(kube, config_maps):
    owner = kube.post(config_maps, config_map("owner"))
    child = config_map("owned", ownerReferences=[owned_by(owner, blockOwnerDeletion=True)], finalizers=[HOLD])
    kube.post(config_maps, child)
    found = kube.delete(f"{config_maps}/owner", {"propagationPolicy": "Foreground"})
    assert found.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    eventually(lambda: kube.get(f"{config_maps}/owned").body["metadata"].get("deletionTimestamp"))
    assert kube.get(f"{config_maps}/owner").status == 200
    kube.patch(f"{config_maps}/owned", {"metadata": {"finalizers": None}})
    gone(kube, f"{config_maps}/owned")
    gone(kube, f"{config_maps}/owner")


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_the_first_namespaces_are_not_deleted(kube, name):
    found = kube.delete(f"/api/v1/namespaces/{name}")
    words = f'namespaces "{name}" is forbidden: this namespace may not be deleted'
    assert (found.status, found.reason, found.words) == (403, "Forbidden", words)


def test_a_claim_for_a_volume_is_protected_and_goes(kube, namespace):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    created = kube.post(f"{namespace}/persistentvolumeclaims", {"metadata": {"name": "a"}, "spec": spec})
    assert created.body["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    kube.delete(f"{namespace}/persistentvolumeclaims/a")
    gone(kube, f"{namespace}/persistentvolumeclaims/a")
