"""Objects of a CRD: validation in the server's words, pruning, defaulting, status, generation."""

import pytest

STRICT = "strict decoding error"


def invalid(field, reason, message):
    return (field, f"FieldValue{reason}", message)


def body_of(field, words):
    return f"{field} in body {words}"


def test_defaults_are_filled_in(kube, custom):
    created = kube.post(custom.path, custom.widget("a", users=[{"name": "x"}]))
    assert created.body["spec"] == {"engine": "mysql", "size": 20, "users": [{"name": "x", "role": "reader"}]}


def test_unknown_fields_are_dropped_with_a_warning(kube, custom):
    created = kube.post(custom.path, custom.widget("a", junk=1, users=[{"name": "x", "more": 2}]))
    assert "junk" not in created.body["spec"]
    assert created.headers["Warning"] == (
        '299 - "unknown field \\"spec.junk\\"", 299 - "unknown field \\"spec.users[0].more\\""'
    )


def test_unknown_fields_are_dropped_in_silence_where_asked(kube, custom):
    created = kube.post(custom.path, custom.widget("a", junk=1), fieldValidation="Ignore")
    assert (created.status, "Warning" in created.headers) == (201, False)


def test_unknown_fields_are_refused_where_asked(kube, custom):
    found = kube.post(custom.path, custom.widget("a", junk=1), fieldValidation="Strict")
    words = f'Widget in version "v1" cannot be handled as a Widget: {STRICT}: unknown field "spec.junk"'
    assert (found.status, found.reason, found.words) == (400, "BadRequest", words)


def test_what_is_preserved_is_kept(kube, custom):
    free = {"anything": {"goes": [1, "2"]}}
    assert kube.post(custom.path, custom.widget("a", free=free)).body["spec"]["free"] == free


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"engine": None}, ("spec.engine", "FieldValueRequired", "Required value")),
        (
            {"engine": "oracle"},
            invalid(
                "spec.engine", "NotSupported", 'Unsupported value: "oracle": supported values: "mysql", "postgres"'
            ),
        ),
        (
            {"size": 1},
            invalid("spec.size", "Invalid", "Invalid value: 1: spec.size in body should be greater than or equal to 5"),
        ),
        (
            {"size": 1000},
            invalid(
                "spec.size", "Invalid", "Invalid value: 1000: spec.size in body should be less than or equal to 100"
            ),
        ),
        (
            {"size": "x"},
            invalid(
                "spec.size",
                "TypeInvalid",
                'Invalid value: "string": spec.size in body must be of type integer: "string"',
            ),
        ),
        (
            {"label": "ab"},
            invalid("spec.label", "Invalid", 'Invalid value: "ab": spec.label in body should be at least 3 chars long'),
        ),
        ({"label": "abcdefg"}, invalid("spec.label", "TooLong", "Too long: may not be more than 6 bytes")),
        (
            {"label": "ABC"},
            invalid("spec.label", "Invalid", "Invalid value: \"ABC\": spec.label in body should match '^[a-z]+$'"),
        ),
        ({"tags": ["a", "a"]}, invalid("spec.tags[1]", "Duplicate", 'Duplicate value: "a"')),
        ({"tags": ["a", "b", "c"]}, invalid("spec.tags", "TooMany", "Too many: 3: must have at most 2 items")),
        (
            {"users": [{"name": "a"}, {"name": "a"}]},
            invalid("spec.users[1]", "Duplicate", 'Duplicate value: {"name":"a"}'),
        ),
        ({"users": [{"role": "r"}]}, invalid("spec.users[0].name", "Required", "Required value")),
        (
            {"ratio": 0},
            invalid("spec.ratio", "Invalid", "Invalid value: 0: spec.ratio in body should be greater than 0"),
        ),
        (
            {"since": "x"},
            invalid(
                "spec.since", "TypeInvalid", 'Invalid value: "x": spec.since in body must be of type date-time: "x"'
            ),
        ),
        (
            {"map": {"a": 1}},
            invalid(
                "spec.map.a",
                "TypeInvalid",
                'Invalid value: "integer": spec.map.a in body must be of type string: "integer"',
            ),
        ),
        (
            {"map": {"a": "1", "b": "2"}},
            invalid("spec.map", "TooMany", "Too many: 2: must have at most 1 item"),
        ),
        (
            {"any": {"a": "1", "b": "2"}},
            invalid(
                "<nil>",
                "Invalid",
                'Invalid value: "": "spec.any" must validate one and only one schema (oneOf). '
                "Found 2 valid alternatives",
            ),
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_the_schema_forbids_is_refused_in_its_words(kube, custom, spec, cause):
    found = kube.post(custom.path, custom.widget("a", **spec))
    assert (found.status, found.reason) == (422, "Invalid")
    assert cause in found.causes
    assert found.words.startswith('Widget.contract.example.com "a" is invalid: ')
    assert found.body["details"]["kind"] == "Widget"


def test_several_mistakes_are_told_at_once(kube, custom):
    found = kube.post(custom.path, custom.widget("a", engine="oracle", size=1))
    assert {field for field, _, _ in found.causes} == {"spec.engine", "spec.size"}
    assert found.words.startswith('Widget.contract.example.com "a" is invalid: [')


@pytest.mark.parametrize("spec", [{"port": "http"}, {"port": 80}, {"note": None}, {"any": {"a": "1"}}])
def test_what_the_schema_allows_is_taken(kube, custom, spec):
    created = kube.post(custom.path, custom.widget("a", **spec))
    assert created.status == 201
    assert {key: created.body["spec"][key] for key in spec} == spec


def test_a_change_is_validated_too(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    assert kube.patch(f"{custom.path}/a", {"spec": {"engine": "oracle"}}).status == 422
    assert kube.get(f"{custom.path}/a").body["spec"]["engine"] == "mysql"


def test_the_kind_must_be_given_and_be_right(kube, custom):
    found = kube.post(custom.path, {"apiVersion": f"{custom.group}/v1", "metadata": {"name": "a"}})
    assert "the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in " in found.words
    found = kube.post(custom.path, {"apiVersion": f"{custom.group}/v2", "kind": "Widget", "metadata": {"name": "a"}})
    words = (
        f"the API version in the data ({custom.group}/v2) does not match the expected API version ({custom.group}/v1)"
    )
    assert (found.status, found.words) == (400, words)
    found = kube.post(custom.path, {"apiVersion": f"{custom.group}/v1", "kind": "Gadget", "metadata": {"name": "a"}})
    assert (found.status, found.causes) == (
        422,
        {("kind", "FieldValueInvalid", 'Invalid value: "Gadget": must be Widget')},
    )


def test_a_replacement_needs_a_version(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    found = kube.put(f"{custom.path}/a", custom.widget("a", size=30))
    words = "Invalid value: 0: must be specified for an update"
    assert (found.status, found.causes) == (422, {("metadata.resourceVersion", "FieldValueInvalid", words)})
    now = kube.get(f"{custom.path}/a").body
    now["spec"]["size"] = 30
    assert kube.put(f"{custom.path}/a", now).body["spec"]["size"] == 30


def test_status_is_written_through_its_own_path_only(kube, custom):
    created = kube.post(custom.path, {**custom.widget("a"), "status": {"phase": "Mine"}})
    assert "status" not in created.body
    assert "status" not in kube.patch(f"{custom.path}/a", {"status": {"phase": "Mine"}}).body
    found = kube.patch(f"{custom.path}/a/status", {"status": {"phase": "Ready"}, "spec": {"size": 99}})
    assert found.body["status"] == {"phase": "Ready"}
    assert found.body["spec"]["size"] == 20
    assert kube.get(f"{custom.path}/a/status").body == kube.get(f"{custom.path}/a").body


def test_status_is_replaced_through_its_path(kube, custom):
    now = kube.post(custom.path, custom.widget("a")).body
    found = kube.put(f"{custom.path}/a/status", {**now, "status": {"phase": "Ready", "junk": 1}})
    assert (found.status, found.body["status"]) == (200, {"phase": "Ready"})
    stale = kube.put(f"{custom.path}/a/status", {**now, "status": {"phase": "Late"}})
    assert (stale.status, stale.reason) == (409, "Conflict")


def test_the_generation_counts_changes_of_the_spec_alone(kube, custom):
    assert kube.post(custom.path, custom.widget("a")).body["metadata"]["generation"] == 1
    assert kube.patch(f"{custom.path}/a", {"metadata": {"labels": {"a": "b"}}}).body["metadata"]["generation"] == 1
    assert kube.patch(f"{custom.path}/a/status", {"status": {"phase": "x"}}).body["metadata"]["generation"] == 1
    assert kube.patch(f"{custom.path}/a", {"spec": {"size": 30}}).body["metadata"]["generation"] == 2


def test_a_deletion_that_is_held_counts_too(kube, custom):
    held = custom.widget("a")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    kube.post(custom.path, held)
    assert kube.delete(f"{custom.path}/a").body["metadata"]["generation"] == 2
    kube.patch(f"{custom.path}/a", {"metadata": {"finalizers": None}})


def test_a_missing_subresource_is_not_found(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    found = kube.get(f"{custom.path}/a/scale")
    assert (found.status, found.words) == (404, 'widgets.contract.example.com "a" not found')


def test_a_watch_carries_kind_and_version(kube, custom):
    version = kube.get(custom.path).version
    created = kube.post(custom.path, custom.widget("a"))
    (event,) = kube.watched(custom.path, resourceVersion=version)
    assert event == {"type": "ADDED", "object": created.body}
