"""CRDs: accepted, established, served, changed, taken away."""

from tests.contract.kube.subject import DEFINITIONS, conditions, define, definition, eventually


def widget(group, name="a", **spec):
    spec = {"engine": "mysql", **spec}
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def room(path, namespace="default"):
    start, plural = path.rsplit("/", 1)
    return f"{start}/namespaces/{namespace}/{plural}"


def test_a_definition_is_accepted_before_it_is_established(kube, own_definition):
    created = kube.post(DEFINITIONS, definition(own_definition))
    assert created.status == 201
    assert created.body["status"] == {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": ["v1"],
    }
    path = f"{DEFINITIONS}/widgets.{own_definition}"
    found = eventually(lambda: "Established" in conditions(one := kube.get(path).body) and one)
    eventually(lambda: conditions(kube.get(path).body)["Established"] == ("True", "InitialNamesAccepted"))
    assert conditions(found)["NamesAccepted"] == ("True", "NoConflicts")
    assert found["status"]["acceptedNames"] == {
        "plural": "widgets",
        "singular": "widget",
        "kind": "Widget",
        "listKind": "WidgetList",
    }


def test_the_servers_defaults_are_in_it(kube, own_definition):
    spec = kube.post(DEFINITIONS, definition(own_definition)).body["spec"]
    assert spec["conversion"] == {"strategy": "None"}
    assert (spec["names"]["singular"], spec["names"]["listKind"]) == ("widget", "WidgetList")


def test_its_kind_is_discovered(kube, own_definition):
    define(kube, definition(own_definition))
    (group,) = [one for one in kube.get("/apis").body["groups"] if one["name"] == own_definition]
    assert group["preferredVersion"] == {"groupVersion": f"{own_definition}/v1", "version": "v1"}
    found = {one["name"]: one for one in kube.get(f"/apis/{own_definition}/v1").body["resources"]}
    assert set(found) == {"widgets", "widgets/status"}
    assert (found["widgets"]["kind"], found["widgets"]["namespaced"], found["widgets"]["singularName"]) == (
        "Widget",
        True,
        "widget",
    )
    verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
    assert set(found["widgets"]["verbs"]) == verbs
    assert set(found["widgets/status"]["verbs"]) == {"get", "patch", "update"}


def test_a_name_that_does_not_fit_is_refused(kube, own_definition):
    body = definition(own_definition)
    body["metadata"]["name"] = "other." + own_definition
    found = kube.post(DEFINITIONS, body)
    words = f'Invalid value: "other.{own_definition}": must be spec.names.plural+"."+spec.group'
    assert (found.status, found.causes) == (422, {("metadata.name", "FieldValueInvalid", words)})


def test_a_schema_is_required(kube, own_definition):
    body = definition(own_definition)
    del body["spec"]["versions"][0]["schema"]
    found = kube.post(DEFINITIONS, body)
    cause = ("spec.versions[0].schema.openAPIV3Schema", "FieldValueRequired", "Required value")
    assert (found.status, found.causes) == (422, {cause})


def test_a_schema_must_be_structural(kube, own_definition):
    schema = {"openAPIV3Schema": {"properties": {"spec": {}}}}
    found = kube.post(DEFINITIONS, definition(own_definition, schema=schema))
    root = "spec.validation.openAPIV3Schema"
    assert found.causes == {
        (f"{root}.type", "FieldValueRequired", "Required value: must not be empty at the root"),
        (
            f"{root}.properties[spec].type",
            "FieldValueRequired",
            "Required value: must not be empty for specified object fields",
        ),
    }


def test_a_kind_that_is_taken_is_not_accepted(kube, own_definition):
    define(kube, definition(own_definition))
    kube.post(DEFINITIONS, definition(own_definition, plural="gadgets"))
    path = f"{DEFINITIONS}/gadgets.{own_definition}"
    found = eventually(lambda: conditions(kube.get(path).body))
    assert found["NamesAccepted"][0] == "False"
    assert found["Established"] == ("False", "NotAccepted")
    assert kube.get(f"/apis/{own_definition}/v1/gadgets").status == 404


def test_a_version_added_is_served_with_the_same_objects(kube, own_definition):
    path = room(define(kube, definition(own_definition)))
    kube.post(path, widget(own_definition))
    body = kube.get(f"{DEFINITIONS}/widgets.{own_definition}").body
    first = body["spec"]["versions"][0]
    second = {**first, "name": "v2", "storage": False}
    assert (
        kube.put(
            f"{DEFINITIONS}/widgets.{own_definition}", {**body, "spec": {**body["spec"], "versions": [first, second]}}
        ).status
        == 200
    )
    other = path.replace("/v1/", "/v2/")
    found = eventually(lambda: (one := kube.get(f"{other}/a")).status == 200 and one)
    assert found.body["apiVersion"] == f"{own_definition}/v2"
    assert found.uid == kube.get(f"{path}/a").uid


def test_a_deleted_definition_takes_its_objects_with_it(kube, own_definition):
    path = room(define(kube, definition(own_definition)))
    for name in "ab":
        kube.post(path, widget(own_definition, name))
    version = kube.get(path).version
    with kube.watching(path, resourceVersion=version) as stream:
        assert kube.delete(f"{DEFINITIONS}/widgets.{own_definition}").status == 200
        assert sorted(stream.wait_for(2)) == [("DELETED", "a"), ("DELETED", "b")]
        assert stream.ended.wait(40)
    eventually(lambda: kube.get(path).status == 404)
    found = kube.get(path)
    assert (found.body, found.headers["Content-Type"]) == ("404 page not found\n", "text/plain; charset=utf-8")
    eventually(lambda: kube.get(f"{DEFINITIONS}/widgets.{own_definition}").status == 404)


def test_a_definition_waits_for_a_finalizer_of_its_objects(kube, own_definition):
    path = room(define(kube, definition(own_definition)))
    held = widget(own_definition)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    kube.post(path, held)
    found = kube.delete(f"{DEFINITIONS}/widgets.{own_definition}")
    assert found.body["metadata"]["deletionTimestamp"]
    assert conditions(found.body)["Terminating"][0] == "True"
    eventually(lambda: kube.get(f"{path}/a").body["metadata"].get("deletionTimestamp"))
    kube.patch(f"{path}/a", {"metadata": {"finalizers": None}})
    eventually(lambda: kube.get(f"{DEFINITIONS}/widgets.{own_definition}").status == 404)


def test_deleted_and_created_again_it_is_empty(kube, own_definition):
    path = room(define(kube, definition(own_definition)))
    kube.post(path, widget(own_definition))
    kube.delete(f"{DEFINITIONS}/widgets.{own_definition}")
    eventually(lambda: kube.get(f"{DEFINITIONS}/widgets.{own_definition}").status == 404)
    define(kube, definition(own_definition))
    assert kube.get(path).names == []


def test_a_cluster_scoped_kind_has_no_namespaces(kube, own_definition):
    body = definition(own_definition)
    body["spec"]["scope"] = "Cluster"
    path = define(kube, body)
    assert kube.post(path, widget(own_definition)).status == 201
    assert "namespace" not in kube.get(f"{path}/a").body["metadata"]
    assert kube.get(room(path)).status == 404
