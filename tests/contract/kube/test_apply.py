"""Server-side apply: fields have managers, conflicts are told, what is no longer listed goes."""

import pytest

from tests.contract.kube.subject import APPLY, MERGE, config_map


def applying(kube, config_maps):
    """Apply a ConfigMap's data as a manager."""

    def call(manager, data, name="a", **query):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        return kube.patch(f"{config_maps}/{name}", body, APPLY, fieldManager=manager, **query)

    return call


@pytest.fixture
def apply(kube, config_maps):
    return applying(kube, config_maps)


def managers(answer):
    return {
        (one["manager"], one["operation"]): set(one["fieldsV1"].get("f:data", {}))
        for one in answer.body["metadata"]["managedFields"]
    }


def test_it_creates(apply):
    created = apply("one", {"k": "v"})
    assert (created.status, created.body["data"]) == (201, {"k": "v"})
    assert managers(created) == {("one", "Apply"): {"f:k"}}


def test_again_the_same_changes_nothing(apply):
    assert apply("one", {"k": "v"}).version == apply("one", {"k": "v"}).version


def test_anothers_field_is_a_conflict(apply):
    apply("one", {"k": "v"})
    found = apply("two", {"k": "w"})
    words = 'Apply failed with 1 conflict: conflict with "one": .data.k'
    assert (found.status, found.reason, found.words) == (409, "Conflict", words)
    assert found.causes == {(".data.k", "FieldManagerConflict", 'conflict with "one"')}


def test_several_conflicts_are_listed(apply):
    apply("one", {"k": "v", "l": "v"})
    found = apply("two", {"k": "w", "l": "w"})
    assert found.words == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.k\n- .data.l'


def test_a_field_set_by_an_update_conflicts_too(kube, config_maps, apply):
    kube.post(config_maps, config_map("a", {"k": "v"}), fieldManager="hand")
    found = apply("one", {"k": "w"})
    assert found.words == 'Apply failed with 1 conflict: conflict with "hand" using v1: .data.k'


def test_force_takes_the_field(apply):
    apply("one", {"k": "v", "l": "v"})
    found = apply("two", {"k": "w"}, force="true")
    assert (found.status, found.body["data"]) == (200, {"k": "w", "l": "v"})
    assert managers(found) == {("one", "Apply"): {"f:l"}, ("two", "Apply"): {"f:k"}}


def test_the_same_value_is_shared(apply):
    apply("one", {"k": "v"})
    found = apply("two", {"k": "v"})
    assert found.status == 200
    assert managers(found) == {("one", "Apply"): {"f:k"}, ("two", "Apply"): {"f:k"}}


def test_what_is_no_longer_listed_goes(apply):
    apply("one", {"k": "v", "l": "v"})
    assert apply("one", {"k": "v"}).body["data"] == {"k": "v"}


def test_what_another_set_stays(kube, config_maps, apply):
    apply("one", {"k": "v"})
    kube.patch(f"{config_maps}/a", {"data": {"hand": "x"}}, MERGE, fieldManager="hand")
    assert apply("one", {"l": "v"}).body["data"] == {"hand": "x", "l": "v"}


def test_a_manager_must_be_named(kube, config_maps):
    found = kube.patch(f"{config_maps}/a", {"apiVersion": "v1", "kind": "ConfigMap"}, APPLY)
    words = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
    assert (found.status, found.words) == (422, words)


def test_the_kind_must_be_right(kube, config_maps):
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    found = kube.patch(f"{config_maps}/a", body, APPLY, fieldManager="one")
    assert (found.status, found.words) == (400, "invalid object type: /v1, Kind=Secret")


def test_managed_fields_are_not_given(kube, config_maps):
    metadata = {"name": "a", "managedFields": [{"manager": "x"}]}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    found = kube.patch(f"{config_maps}/a", body, APPLY, fieldManager="one")
    assert (found.status, found.words) == (400, "metadata.managedFields must be nil")


def test_a_dry_run_stores_nothing(kube, config_maps, apply):
    assert apply("one", {"k": "v"}, dryRun="All").status == 201
    assert kube.get(f"{config_maps}/a").status == 404


def test_custom_kinds_are_applied_by_their_lists_keys(kube, custom):
    def call(manager, **spec):
        body = {**custom.widget("a"), "spec": spec}
        return kube.patch(f"{custom.path}/a", body, APPLY, fieldManager=manager)

    call("one", engine="mysql", users=[{"name": "x"}])
    found = call("two", users=[{"name": "y", "role": "writer"}])
    assert {one["name"]: one["role"] for one in found.body["spec"]["users"]} == {"x": "reader", "y": "writer"}
    assert [one["name"] for one in call("one", engine="mysql").body["spec"]["users"]] == ["y"]


def test_a_port_that_the_server_chose_is_nobodys(kube, namespace):
    def owned(name, port):
        spec = {"type": "NodePort", "ports": [port]}
        found = kube.post(f"{namespace}/services", {"metadata": {"name": name}, "spec": spec}, fieldManager="one")
        assert found.body["spec"]["ports"][0]["nodePort"]
        (entry,) = found.body["metadata"]["managedFields"]
        return set(entry["fieldsV1"]["f:spec"]["f:ports"]['k:{"port":80,"protocol":"TCP"}'])

    assert "f:nodePort" not in owned("chosen-for", {"port": 80})
    assert "f:nodePort" in owned("chosen-by", {"port": 80, "nodePort": 30700})
    assert "f:clusterIP" not in owned("other", {"port": 80})
