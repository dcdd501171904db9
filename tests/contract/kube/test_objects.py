"""create, read, replace, delete: identity, versions, names, dry runs."""

import json

import pytest

from tests.contract.kube.subject import MERGE, config_map, unique

SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def test_a_created_object_has_what_only_the_server_sets(kube, config_maps):
    created = kube.post(config_maps, config_map("a", {"k": "v"}))
    assert created.status == 201
    metadata = created.body["metadata"]
    assert {"uid", "resourceVersion", "creationTimestamp", "managedFields"} <= set(metadata)
    assert metadata["namespace"] == config_maps.split("/")[4]
    assert (created.body["kind"], created.body["apiVersion"], created.body["data"]) == ("ConfigMap", "v1", {"k": "v"})
    assert "generation" not in metadata


def test_it_is_read_as_it_was_created(kube, config_maps):
    created = kube.post(config_maps, config_map("a", {"k": "v"}))
    assert kube.get(f"{config_maps}/a").body == created.body


def test_what_the_client_sets_of_the_servers_fields_is_not_taken(kube, config_maps):
    body = config_map(
        "a", uid="mine", creationTimestamp="2001-01-01T00:00:00Z", deletionTimestamp="2001-01-01T00:00:00Z"
    )
    metadata = kube.post(config_maps, body).body["metadata"]
    assert metadata["uid"] != "mine"
    assert not metadata["creationTimestamp"].startswith("2001")
    assert "deletionTimestamp" not in metadata


def test_a_second_of_the_name_is_refused(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    again = kube.post(config_maps, config_map("a"))
    assert (again.status, again.reason, again.words) == (409, "AlreadyExists", 'configmaps "a" already exists')
    assert again.body["details"] == {"name": "a", "kind": "configmaps"}


def test_a_missing_one_is_not_found(kube, config_maps):
    found = kube.get(f"{config_maps}/nope")
    assert (found.status, found.reason, found.words) == (404, "NotFound", 'configmaps "nope" not found')
    assert found.body["kind"] == "Status"


def test_a_group_is_named_in_the_words(kube, namespace):
    path = namespace.replace("/api/v1", "/apis/apps/v1")
    found = kube.get(f"{path}/deployments/nope")
    assert found.words == 'deployments.apps "nope" not found'
    assert found.body["details"] == {"name": "nope", "group": "apps", "kind": "deployments"}


def test_a_name_is_generated(kube, config_maps):
    body = config_map("x")
    body["metadata"] = {"generateName": "made-"}
    names = {kube.post(config_maps, body).body["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("made-") and len(name) == len("made-") + 5 for name in names)


def test_no_name_at_all_is_refused(kube, config_maps):
    found = kube.post(config_maps, {"metadata": {}})
    words = "Required value: name or generateName is required"
    assert (found.status, found.reason) == (422, "Invalid")
    assert found.causes == {("metadata.name", "FieldValueRequired", words)}
    assert found.words == f'ConfigMap "" is invalid: metadata.name: {words}'


def test_a_bad_name_is_refused_with_the_rule(kube, config_maps):
    found = kube.post(config_maps, config_map("B_x"))
    assert found.words == f'ConfigMap "B_x" is invalid: metadata.name: Invalid value: "B_x": {SUBDOMAIN}'


def test_bad_labels_and_annotations_are_refused(kube, config_maps):
    found = kube.post(config_maps, config_map("a", labels={"a b": "c d"}, annotations={"x y": "z"}))
    assert found.status == 422
    assert {field for field, _, _ in found.causes} == {"metadata.labels", "metadata.annotations"}


def test_another_namespace_than_the_paths_is_refused(kube, config_maps):
    found = kube.post(config_maps, config_map("a", namespace="elsewhere"))
    words = "the namespace of the provided object does not match the namespace sent on the request"
    assert (found.status, found.reason, found.words) == (400, "BadRequest", words)


def test_a_missing_namespace_is_named(kube):
    found = kube.post("/api/v1/namespaces/nowhere/configmaps", config_map("a"))
    assert (found.status, found.words) == (404, 'namespaces "nowhere" not found')


def test_another_kind_than_the_paths_is_refused(kube, config_maps):
    found = kube.post(config_maps, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
    words = (
        'Secret in version "v1" cannot be handled as a ConfigMap: '
        "converting (v1.Secret) to (core.ConfigMap): unknown conversion"
    )
    assert (found.status, found.words) == (400, words)


def test_an_unknown_version_is_refused(kube, config_maps):
    found = kube.post(config_maps, {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert found.status == 400
    assert 'no kind "ConfigMap" is registered for version "v2"' in found.words


@pytest.mark.parametrize("body", ["{bad", "[]", ""])
def test_a_body_that_is_no_object_is_refused(kube, config_maps, body):
    found = kube.post(config_maps, body)
    start = (
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: "
    )
    assert found.status == 400
    assert found.words.startswith(start)


def test_a_value_of_the_wrong_type_is_refused(kube, config_maps):
    found = kube.post(config_maps, config_map("a", {"k": 5}))
    words = (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: '
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
    )
    assert (found.status, found.words) == (400, words)


def test_a_version_on_create_is_refused(kube, config_maps):
    found = kube.post(config_maps, config_map("a", resourceVersion="5"))
    assert (found.status, found.words) == (500, "resourceVersion should not be set on objects to be created")


def test_a_replacement_moves_the_version_on(kube, config_maps):
    before = kube.post(config_maps, config_map("a", {"k": "v"}))
    after = kube.put(f"{config_maps}/a", config_map("a", {"k": "w"}))
    assert after.status == 200
    assert after.body["data"] == {"k": "w"}
    assert after.version != before.version
    assert after.uid == before.uid


def test_a_replacement_that_changes_nothing_keeps_the_version(kube, config_maps):
    before = kube.post(config_maps, config_map("a", {"k": "v"}))
    assert kube.put(f"{config_maps}/a", config_map("a", {"k": "v"})).version == before.version


def test_a_replacement_of_an_older_version_is_a_conflict(kube, config_maps):
    before = kube.post(config_maps, config_map("a", {"k": "v"}))
    kube.patch(f"{config_maps}/a", {"data": {"k": "w"}})
    stale = {**before.body, "data": {"k": "x"}}
    found = kube.put(f"{config_maps}/a", stale)
    words = (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    assert (found.status, found.reason, found.words) == (409, "Conflict", words)
    assert kube.get(f"{config_maps}/a").body["data"] == {"k": "w"}


def test_a_patch_that_names_an_older_version_is_a_conflict(kube, config_maps):
    before = kube.post(config_maps, config_map("a"))
    kube.patch(f"{config_maps}/a", {"data": {"k": "w"}})
    found = kube.patch(f"{config_maps}/a", {"metadata": {"resourceVersion": before.version}, "data": {"k": "x"}})
    assert (found.status, found.reason) == (409, "Conflict")


def test_a_replacement_under_another_uid_is_a_conflict(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    found = kube.put(f"{config_maps}/a", config_map("a", uid="another"))
    assert (found.status, found.reason) == (409, "Conflict")
    assert "Precondition failed: UID in precondition: another, UID in object meta: " in found.words


def test_another_name_than_the_paths_is_refused(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    found = kube.put(f"{config_maps}/a", config_map("b"))
    assert (found.status, found.words) == (400, "the name of the object (b) does not match the name on the URL (a)")


def test_what_is_not_there_cannot_be_replaced(kube, config_maps):
    found = kube.put(f"{config_maps}/a", config_map("a"))
    assert (found.status, found.words) == (404, 'configmaps "a" not found')


def test_a_dry_run_answers_and_stores_nothing(kube, config_maps):
    found = kube.post(config_maps, config_map("a"), dryRun="All")
    assert (found.status, "uid" in found.body["metadata"], "resourceVersion" in found.body["metadata"]) == (
        201,
        True,
        False,
    )
    assert kube.get(f"{config_maps}/a").status == 404


def test_a_dry_run_of_what_is_there_says_so(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    assert kube.post(config_maps, config_map("a"), dryRun="All").status == 409


def test_a_dry_run_into_a_missing_namespace_is_404(kube):
    assert kube.post("/api/v1/namespaces/nowhere/configmaps", config_map("a"), dryRun="All").status == 404


def test_a_dry_patch_and_a_dry_deletion_change_nothing(kube, config_maps):
    before = kube.post(config_maps, config_map("a", {"k": "v"}))
    assert kube.patch(f"{config_maps}/a", {"data": {"k": "w"}}, dryRun="All").body["data"] == {"k": "w"}
    assert kube.delete(f"{config_maps}/a", dryRun="All").status == 200
    assert kube.get(f"{config_maps}/a").body == before.body


def test_a_dry_run_is_all_or_nothing(kube, config_maps):
    found = kube.post(config_maps, config_map("a"), dryRun="Some")
    assert (found.status, found.body["details"]["causes"][0]["field"]) == (422, "dryRun")


def test_verbs_that_a_path_does_not_take(kube, config_maps):
    words = "the server does not allow this method on the requested resource"
    for method, path in (("POST", f"{config_maps}/a"), ("PUT", config_maps), ("POST", "/api/v1/configmaps")):
        found = kube.ask(method, path, config_map("a"))
        assert (found.status, found.reason, found.words) == (405, "MethodNotAllowed", words), path


@pytest.mark.parametrize(
    "path", ["/api/v1/nosuch", "/apis/apps/v1/nosuch", "/apis/apps/v9/deployments", "/apis/apps/v9"]
)
def test_an_unknown_resource_of_a_known_group_is_404_as_a_status(kube, path):
    found = kube.get(path)
    assert (found.status, found.words) == (404, "the server could not find the requested resource")
    assert found.body["details"] == {}


@pytest.mark.parametrize("path", ["/nosuch", "/apis/nosuch.example.com", "/apis/nosuch.example.com/v1/things"])
def test_an_unknown_group_is_404_in_plain_text(kube, path):
    found = kube.get(path)
    assert (found.status, found.body) == (404, "404 page not found\n")
    assert found.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_yaml_is_taken_too(kube, config_maps):
    body = "metadata: {name: a}\ndata: {k: v}\n"
    assert kube.ask("POST", config_maps, body, type_="application/yaml").body["data"] == {"k": "v"}


def test_another_media_type_is_refused(kube, config_maps):
    found = kube.ask("POST", config_maps, "x=1", type_="application/x-www-form-urlencoded")
    assert (found.status, found.reason) == (415, "UnsupportedMediaType")


def test_an_object_of_a_megabyte_comes_back_whole(kube, config_maps):
    text = "ü" * 500_000
    kube.post(config_maps, json.dumps(config_map("big", {"k": text}), ensure_ascii=True))
    assert kube.get(f"{config_maps}/big").body["data"]["k"] == text


def test_the_manager_of_a_field_is_noted(kube, config_maps):
    kube.post(config_maps, config_map("a", {"k": "v"}), fieldManager="one")
    kube.patch(f"{config_maps}/a", {"data": {"l": "w"}}, type_=MERGE, fieldManager="two")
    entries = {one["manager"]: one for one in kube.get(f"{config_maps}/a").body["metadata"]["managedFields"]}
    assert entries["one"]["fieldsV1"] == {"f:data": {".": {}, "f:k": {}}}
    assert entries["two"]["fieldsV1"] == {"f:data": {"f:l": {}}}
    assert (entries["two"]["operation"], entries["two"]["fieldsType"]) == ("Update", "FieldsV1")


def test_an_object_that_is_going_still_has_its_name(kube, config_maps):
    name = unique("held")
    kube.post(config_maps, config_map(name, finalizers=["example.com/hold"]))
    kube.delete(f"{config_maps}/{name}")
    found = kube.post(config_maps, config_map(name))
    assert (found.status, found.words) == (409, f'object is being deleted: configmaps "{name}" already exists')
    kube.patch(f"{config_maps}/{name}", {"metadata": {"finalizers": None}})
