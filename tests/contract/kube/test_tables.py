"""Tables of custom kinds, which kubectl asks for."""

from tests.contract.kube.subject import DEFINITIONS, define, definition

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
COLUMNS = [
    {"name": "Engine", "type": "string", "jsonPath": ".spec.engine"},
    {"name": "Size", "type": "integer", "jsonPath": ".spec.size", "priority": 1},
    {"name": "First", "type": "string", "jsonPath": ".spec.users[0].name"},
    {"name": "Role", "type": "string", "jsonPath": '.spec.users[?(@.name=="x")].role'},
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
]


def widget(group, name, **spec):
    spec = {"engine": "mysql", **spec}
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def table(kube, path):
    found = kube.get(path, accept=TABLE)
    assert (found.status, found.body["kind"], found.body["apiVersion"]) == (200, "Table", "meta.k8s.io/v1")
    return found.body


def test_a_row_shows_what_the_printer_columns_say(kube, own_definition):
    body = definition(own_definition, additionalPrinterColumns=COLUMNS)
    path = define(kube, body).replace("/v1/", "/v1/namespaces/default/")
    kube.post(path, widget(own_definition, "a", users=[{"name": "y"}, {"name": "x", "role": "writer"}]))
    kube.post(path, widget(own_definition, "b"))
    kube.patch(f"{path}/b/status", {"status": {"phase": "Ready"}})
    found = table(kube, path)
    columns = [(one["name"], one["type"], one["priority"]) for one in found["columnDefinitions"]]
    assert columns == [("Name", "string", 0)] + [(one["name"], one["type"], one.get("priority", 0)) for one in COLUMNS]
    cells = [row["cells"] for row in found["rows"]]
    assert [one[:-1] for one in cells] == [
        ["a", "mysql", 20, "y", "writer", None],
        ["b", "mysql", 20, None, None, "Ready"],
    ]
    assert all(one[-1].endswith("s") for one in cells)
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert found["rows"][0]["object"]["metadata"]["name"] == "a"
    kube.delete(f"{DEFINITIONS}/widgets.{own_definition}")


def test_without_columns_there_are_name_and_age(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    found = table(kube, f"{custom.path}/a")
    assert [one["name"] for one in found["columnDefinitions"]] == ["Name", "Age"]
    assert found["rows"][0]["cells"][0] == "a"


def test_pages_are_tables_too(kube, custom):
    for name in "ab":
        kube.post(custom.path, custom.widget(name))
    found = table(kube, f"{custom.path}?limit=1")
    assert len(found["rows"]) == 1
    assert found["metadata"]["continue"]
