"""Merge patches, JSON patches, strategic merges."""

import pytest

from tests.contract.kube.subject import JSON_PATCH, MERGE, STRATEGIC, config_map


@pytest.fixture
def path(kube, config_maps):
    kube.post(config_maps, config_map("a", {"k": "v", "l": "w"}))
    return f"{config_maps}/a"


@pytest.fixture
def deployment(kube, namespace):
    """The path of a Deployment with two variables, two ports and a volume; nothing reconciles its replicas of 0."""
    container = {
        "name": "c",
        "image": "i",
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 80}, {"containerPort": 81, "name": "z"}],
    }
    template = {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [container], "volumes": [{"name": "v", "emptyDir": {}}]},
    }
    spec = {"replicas": 0, "paused": True, "selector": {"matchLabels": {"app": "a"}}, "template": template}
    path = namespace.replace("/api/v1", "/apis/apps/v1") + "/deployments"
    assert kube.post(path, {"metadata": {"name": "d"}, "spec": spec}).status == 201
    return f"{path}/d"


def pod(answer):
    return answer.body["spec"]["template"]["spec"]


def test_a_merge_patch_sets_and_with_null_removes(kube, path):
    assert kube.patch(path, {"data": {"k": None, "n": "x"}}, MERGE).body["data"] == {"l": "w", "n": "x"}


def test_a_json_patch_adds_replaces_and_removes(kube, path):
    operations = [
        {"op": "replace", "path": "/data/k", "value": "z"},
        {"op": "add", "path": "/data/a~1b", "value": "x"},
        {"op": "remove", "path": "/data/l"},
    ]
    del operations[1]
    assert kube.patch(path, operations, JSON_PATCH).body["data"] == {"k": "z"}


def test_a_json_patch_tests_first(kube, path):
    good = [{"op": "test", "path": "/data/k", "value": "v"}, {"op": "replace", "path": "/data/k", "value": "z"}]
    assert kube.patch(path, good, JSON_PATCH).status == 200
    again = kube.patch(path, good, JSON_PATCH)
    assert (again.status, again.reason) == (422, "Invalid")
    assert again.words == "the server rejected our request due to an error in our request"
    assert kube.get(path).body["data"]["k"] == "z"


def test_a_json_patch_cannot_remove_what_is_not_there(kube, path):
    assert kube.patch(path, [{"op": "remove", "path": "/data/nope"}], JSON_PATCH).status == 422


def test_a_patch_cannot_rename(kube, path):
    found = kube.patch(path, {"metadata": {"name": "b"}})
    assert (found.status, found.words) == (400, "the name of the object (b) does not match the name on the URL (a)")


def test_a_patch_of_what_is_not_there_is_404(kube, config_maps):
    assert kube.patch(f"{config_maps}/nope", {"data": {}}).words == 'configmaps "nope" not found'


def test_an_unknown_patch_type_is_refused(kube, path):
    found = kube.patch(path, {"data": {}}, "text/plain")
    assert (found.status, found.reason, found.words) == (415, "UnsupportedMediaType", "415: Unsupported Media Type")


def test_a_list_is_no_merge_patch_and_an_object_no_json_patch(kube, path):
    assert kube.patch(path, [], MERGE).status == 400
    found = kube.patch(path, {"op": "add"}, JSON_PATCH)
    words = "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
    assert (found.status, found.words) == (400, words)


def test_a_strategic_merge_finds_a_container_by_its_name(kube, deployment):
    change = {"containers": [{"name": "c", "image": "new"}]}
    (container,) = pod(kube.patch(deployment, {"spec": {"template": {"spec": change}}}, STRATEGIC))["containers"]
    assert container["image"] == "new"
    assert [one["name"] for one in container["env"]] == ["A", "B"]


def test_a_strategic_merge_adds_in_the_order_asked_for(kube, deployment):
    change = {
        "$setElementOrder/containers": [{"name": "e"}, {"name": "c"}],
        "containers": [{"name": "e", "image": "other"}],
    }
    found = pod(kube.patch(deployment, {"spec": {"template": {"spec": change}}}, STRATEGIC))
    assert [one["name"] for one in found["containers"]] == ["e", "c"]


def test_a_strategic_merge_deletes_an_item(kube, deployment):
    env = [{"name": "B", "$patch": "delete"}, {"name": "C", "value": "3"}]
    change = {"containers": [{"name": "c", "env": env, "ports": [{"containerPort": 80, "$patch": "delete"}]}]}
    (container,) = pod(kube.patch(deployment, {"spec": {"template": {"spec": change}}}, STRATEGIC))["containers"]
    assert [one["name"] for one in container["env"]] == ["C", "A"]
    assert [one["containerPort"] for one in container["ports"]] == [81]


def test_a_strategic_merge_replaces_a_list(kube, deployment):
    change = {"containers": [{"$patch": "replace"}, {"name": "only", "image": "i"}]}
    found = pod(kube.patch(deployment, {"spec": {"template": {"spec": change}}}, STRATEGIC))
    assert [one["name"] for one in found["containers"]] == ["only"]


def test_a_strategic_merge_retains_only_named_keys(kube, deployment):
    volume = {"$retainKeys": ["name", "configMap"], "name": "v", "configMap": {"name": "x", "defaultMode": 420}}
    (found,) = pod(kube.patch(deployment, {"spec": {"template": {"spec": {"volumes": [volume]}}}}, STRATEGIC))[
        "volumes"
    ]
    assert found == {"name": "v", "configMap": {"name": "x", "defaultMode": 420}}


def test_finalizers_merge_as_a_set(kube, path):
    kube.patch(path, {"metadata": {"finalizers": ["example.com/one"]}}, STRATEGIC)
    found = kube.patch(path, {"metadata": {"finalizers": ["example.com/two"]}}, STRATEGIC)
    assert sorted(found.body["metadata"]["finalizers"]) == ["example.com/one", "example.com/two"]
    kube.patch(path, {"metadata": {"finalizers": None}}, MERGE)


def test_a_custom_kind_takes_no_strategic_merge(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    found = kube.patch(f"{custom.path}/a", {"spec": {"size": 30}}, STRATEGIC)
    words = (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )
    assert (found.status, found.reason, found.words) == (415, "UnsupportedMediaType", words)
