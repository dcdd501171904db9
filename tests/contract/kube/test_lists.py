"""Lists: versions, pages, selectors."""

import pytest

from tests.contract.kube.subject import config_map, pod_template, unique

EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the "
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing "
    "with the provided token results in an inconsistent list - objects that were created, modified, or deleted between "
    "the time the first chunk was returned and now may show up in the list."
)


@pytest.fixture
def five(kube, uncached):
    """A collection of five objects, `a` to `e`."""
    for name in "abcde":
        kube.post(uncached, pod_template(name, labels={"name": name, "vowel": str(name in "ae").lower()}))
    return uncached


def everything(kube, path, **query):
    """The names of all pages, and how many pages there were."""
    names, pages, token = [], 0, None
    while token or not pages:
        page = kube.get(path, **query, **({"continue": token} if token else {}))
        assert page.status == 200, page.body
        names += page.names
        pages += 1
        token = page.body["metadata"].get("continue")
    return names, pages


def test_a_list_is_of_a_version_later_than_its_items(kube, five):
    found = kube.get(five)
    assert found.body["kind"] == "PodTemplateList"
    assert found.names == list("abcde")
    assert int(found.version) >= max(int(item["metadata"]["resourceVersion"]) for item in found.body["items"])


def test_items_of_a_built_in_kind_carry_no_kind(kube, five):
    assert all("kind" not in item and "apiVersion" not in item for item in kube.get(five).body["items"])


def test_items_of_a_custom_kind_do(kube, custom):
    kube.post(custom.path, custom.widget("a"))
    (item,) = kube.get(custom.path).body["items"]
    assert (item["kind"], item["apiVersion"]) == ("Widget", f"{custom.group}/v1")


def test_an_empty_list_has_items(kube, uncached):
    assert kube.get(uncached).body["items"] == []


def test_a_namespace_that_is_not_there_lists_nothing(kube):
    assert kube.get("/api/v1/namespaces/nowhere/configmaps").names == []


def test_pages_are_whole_and_in_order(kube, five):
    assert everything(kube, five, limit=2) == (list("abcde"), 3)
    assert everything(kube, five, limit=5) == (list("abcde"), 1)


def test_a_page_says_how_much_is_left(kube, five):
    first = kube.get(five, limit=2).body["metadata"]
    assert first["remainingItemCount"] == 3
    assert "remainingItemCount" not in kube.get(five, limit=2, labelSelector="vowel").body["metadata"]


def test_pages_are_of_one_moment(kube, five):
    first = kube.get(five, limit=2)
    kube.delete(f"{five}/c")
    kube.post(five, pod_template("bb"))
    kube.patch(f"{five}/d", {"metadata": {"labels": {"name": "changed"}}})
    second = kube.get(five, limit=10, **{"continue": first.body["metadata"]["continue"]})
    assert second.names == list("cde")
    assert second.body["items"][1]["metadata"]["labels"]["name"] == "d"
    assert second.version == first.version
    assert kube.get(five).names == ["a", "b", "bb", "d", "e"]


def test_pages_with_a_selector_hold_what_it_selects(kube, five):
    assert everything(kube, five, limit=1, labelSelector="vowel=true")[0] == ["a", "e"]


def test_an_expired_token_is_410_and_offers_another(kube, five):
    first = kube.get(five, limit=2)
    kube.post(five, pod_template("cc"))
    kube.compact()
    token = first.body["metadata"]["continue"]
    found = kube.get(five, limit=2, **{"continue": token})
    assert (found.status, found.reason, found.words) == (410, "Expired", EXPIRED)
    rest = kube.get(five, limit=10, **{"continue": found.body["metadata"]["continue"]})
    assert rest.names == ["c", "cc", "d", "e"]


def test_an_exact_version_that_is_forgotten_is_410(kube, five):
    version = kube.get(five).version
    kube.post(five, pod_template("f"))
    kube.compact()
    found = kube.get(five, resourceVersion=version, resourceVersionMatch="Exact")
    assert (found.status, found.reason) == (410, "Expired")


def test_an_exact_version_is_as_it_was(kube, five):
    version = kube.get(five).version
    kube.delete(f"{five}/a")
    found = kube.get(five, resourceVersion=version, resourceVersionMatch="Exact")
    assert (found.names, found.version) == (list("abcde"), version)


def test_a_version_ahead_of_the_server_is_a_timeout(kube, config_maps):
    found = kube.get(config_maps, resourceVersion="999999999")
    assert (found.status, found.reason) == (504, "Timeout")
    assert found.words.startswith("Timeout: Too large resource version: 999999999, current: ")
    assert found.body["details"]["retryAfterSeconds"] == 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"resourceVersion": "abc"},
            'invalid resource version: resourceVersion: Invalid value: "abc": '
            'strconv.ParseUint: parsing "abc": invalid syntax',
        ),
        ({"continue": "abc"}, "invalid continue token: continue key is not valid: "),
        ({"limit": "x"}, 'strconv.ParseInt: parsing "x": invalid syntax'),
        ({"labelSelector": "a b c"}, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ({"labelSelector": "a in (x"}, "unable to parse requirement: found '', expected: ',' or ')'"),
        ({"labelSelector": "!!"}, "unable to parse requirement: found '!', expected: identifier"),
        ({"labelSelector": "!"}, "unable to parse requirement: found '', expected: identifier"),
        ({"labelSelector": "=x"}, "found '=', expected: !, identifier, or 'end of string'"),
        ({"fieldSelector": "junk"}, "invalid selector: 'junk'; can't understand 'junk'"),
        (
            {"fieldSelector": "data.x=1"},
            '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_bad_option_is_400(kube, config_maps, query, words):
    found = kube.get(config_maps, **query)
    assert (found.status, found.reason) == (400, "BadRequest")
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"resourceVersionMatch": "Exact"},
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
            'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ),
        (
            {"resourceVersionMatch": "Some", "resourceVersion": "1"},
            'resourceVersionMatch: Unsupported value: "Some": supported values: "Exact", "NotOlderThan", ""',
        ),
        (
            {"sendInitialEvents": "true"},
            "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_options_that_do_not_go_together_are_422(kube, config_maps, query, words):
    found = kube.get(config_maps, **query)
    assert (found.status, found.words) == (422, f'ListOptions.meta.k8s.io "" is invalid: {words}')


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("colour=red", ["a", "b"]),
        ("colour==red", ["a", "b"]),
        ("colour!=red", ["c", "d"]),
        ("colour in (red, blue)", ["a", "b", "c"]),
        ("colour notin (red)", ["c", "d"]),
        ("colour", ["a", "b", "c"]),
        ("!colour", ["d"]),
        ("colour=red,size=2", ["b"]),
        ("size>1", ["b"]),
        ("size<2", ["a"]),
        ("colour=", []),
    ],
)
def test_labels_select(kube, config_maps, selector, names):
    for name, labels in (
        ("a", {"colour": "red", "size": "1"}),
        ("b", {"colour": "red", "size": "2"}),
        ("c", {"colour": "blue"}),
        ("d", {"other": "x"}),
    ):
        kube.post(config_maps, config_map(name, labels=labels))
    found = kube.get(config_maps, labelSelector=selector).names
    assert [name for name in found if name in "abcd"] == names


def test_a_name_selects(kube, config_maps):
    for name in ("a", "b"):
        kube.post(config_maps, config_map(name))
    assert kube.get(config_maps, fieldSelector="metadata.name=b").names == ["b"]
    assert "b" not in kube.get(config_maps, fieldSelector="metadata.name!=b").names
    assert kube.get("/api/v1/configmaps", fieldSelector="metadata.name=b,metadata.namespace=nowhere").names == []


def test_secrets_are_selected_by_type(kube, namespace):
    for name, type_ in (("a", "example.com/a"), ("b", "example.com/b")):
        kube.post(f"{namespace}/secrets", {"metadata": {"name": name}, "type": type_})
    assert kube.get(f"{namespace}/secrets", fieldSelector="type=example.com/a").names == ["a"]


def test_namespaces_are_selected_by_phase(kube):
    name = unique("phase")
    kube.post("/api/v1/namespaces", {"metadata": {"name": name}})
    assert name in kube.get("/api/v1/namespaces", fieldSelector="status.phase=Active").names
    assert name not in kube.get("/api/v1/namespaces", fieldSelector="status.phase!=Active").names
    kube.delete(f"/api/v1/namespaces/{name}")


def test_events_are_selected_by_what_they_are_about(kube, namespace):
    room = namespace.rpartition("/")[2]
    for name, about in (("a", "one"), ("b", "two")):
        about = {"kind": "Pod", "name": about, "namespace": room}
        event = {"metadata": {"name": name}, "involvedObject": about, "reason": "Told", "type": "Normal"}
        assert kube.post(f"{namespace}/events", event).status == 201
    assert kube.get(f"{namespace}/events", fieldSelector="involvedObject.name=two,reason=Told").names == ["b"]


def test_a_field_that_a_kind_is_not_selected_by_is_named(kube):
    found = kube.get("/api/v1/pods", fieldSelector="spec.foo=1")
    assert (found.status, found.words) == (400, "field label not supported: spec.foo")
