"""watch: what comes, in which order, from which version; bookmarks, ends."""

import pytest

from tests.contract.kube.subject import config_map, eventually, pod_template

INITIAL = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}


def only(events, *names):
    """(type, name, version) of the events of these objects."""
    found = [(one["type"], one["object"]["metadata"]) for one in events if one["type"] != "BOOKMARK"]
    return [(type_, one["name"], one["resourceVersion"]) for type_, one in found if one["name"] in names]


def test_changes_come_in_order_with_their_versions(kube, config_maps):
    version = kube.version(config_maps)
    with kube.watching(config_maps, resourceVersion=version, fieldSelector="metadata.name=a") as stream:
        created = kube.post(config_maps, config_map("a"))
        changed = kube.patch(f"{config_maps}/a", {"data": {"k": "v"}})
        kube.delete(f"{config_maps}/a")
        assert stream.wait_for(3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    assert stream.events[0]["object"] == created.body
    assert stream.events[1]["object"] == changed.body
    last = stream.events[2]["object"]
    assert last["data"] == {"k": "v"}
    assert int(last["metadata"]["resourceVersion"]) > int(changed.version)


def test_from_a_version_only_what_came_after_it(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    version = kube.post(config_maps, config_map("b")).version
    kube.post(config_maps, config_map("c"))
    found = kube.watched(config_maps, resourceVersion=version)
    assert [name for _, name, _ in only(found, "a", "b", "c")] == ["c"]


def test_a_deletion_is_replayed_from_before_it(kube, config_maps):
    version = kube.post(config_maps, config_map("a")).version
    kube.delete(f"{config_maps}/a")
    assert [type_ for type_, _, _ in only(kube.watched(config_maps, resourceVersion=version), "a")] == ["DELETED"]


@pytest.mark.parametrize("version", ["", "0"])
def test_without_a_version_what_is_there_comes_first(kube, config_maps, version):
    kube.post(config_maps, config_map("a"))
    eventually(
        lambda: ("ADDED", "a") in [one[:2] for one in only(kube.watched(config_maps, resourceVersion=version), "a")]
    )


def test_a_write_that_changes_nothing_is_no_event(kube, config_maps):
    version = kube.post(config_maps, config_map("a", {"k": "v"})).version
    kube.patch(f"{config_maps}/a", {"data": {"k": "v"}})
    assert only(kube.watched(config_maps, resourceVersion=version), "a") == []


def test_a_finalizer_shows_as_modified_then_deleted(kube, config_maps):
    version = kube.post(config_maps, config_map("a", finalizers=["example.com/hold"])).version
    kube.delete(f"{config_maps}/a")
    kube.patch(f"{config_maps}/a", {"metadata": {"finalizers": None}})
    found = kube.watched(config_maps, resourceVersion=version, fieldSelector="metadata.name=a")
    assert [one["type"] for one in found] == ["MODIFIED", "DELETED"]
    assert found[0]["object"]["metadata"]["deletionTimestamp"]
    assert found[1]["object"]["metadata"]["finalizers"] == ["example.com/hold"]


def test_one_namespace_is_one_namespace(kube, config_maps):
    version = kube.version(config_maps)
    kube.post("/api/v1/namespaces/default/configmaps", config_map("elsewhere"))
    kube.post(config_maps, config_map("a"))
    found = kube.watched(config_maps, resourceVersion=version)
    kube.delete("/api/v1/namespaces/default/configmaps/elsewhere")
    assert [name for _, name, _ in only(found, "a", "elsewhere")] == ["a"]


def test_all_namespaces_are_watched_from_above(kube, config_maps):
    version = kube.version(config_maps)
    kube.post(config_maps, config_map("above"))
    assert [name for _, name, _ in only(kube.watched("/api/v1/configmaps", resourceVersion=version), "above")] == [
        "above"
    ]


def test_a_lost_label_is_a_deletion_with_the_old_labels(kube, config_maps):
    before = kube.post(config_maps, config_map("a", labels={"team": "one"}))
    after = kube.patch(f"{config_maps}/a", {"metadata": {"labels": {"team": "two"}}})
    (event,) = kube.watched(config_maps, resourceVersion=before.version, labelSelector="team=one")
    assert event["type"] == "DELETED"
    assert event["object"]["metadata"]["labels"] == {"team": "one"}
    assert event["object"]["metadata"]["resourceVersion"] == after.version


def test_a_label_gained_is_an_addition(kube, config_maps):
    before = kube.post(config_maps, config_map("a", labels={"team": "one"}))
    kube.patch(f"{config_maps}/a", {"metadata": {"labels": {"team": "two"}}})
    (event,) = kube.watched(config_maps, resourceVersion=before.version, labelSelector="team=two")
    assert event["type"] == "ADDED"


def test_the_old_path_watches_too(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    old = config_maps.replace("/api/v1/", "/api/v1/watch/")
    eventually(lambda: "a" in [one["object"]["metadata"]["name"] for one in kube.watched(old)])


def test_a_watch_ends_by_itself_and_cleanly(kube, config_maps):
    with kube.watching(config_maps, timeoutSeconds="1", resourceVersion=kube.version(config_maps)) as stream:
        assert stream.ended.wait(10)
        assert stream.clean


def test_the_initial_events_end_with_a_marked_bookmark(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    kube.post(config_maps, config_map("b"))
    with kube.watching(config_maps, **INITIAL, allowWatchBookmarks="true") as stream:
        eventually(lambda: any(one["type"] == "BOOKMARK" for one in stream.events))
        marker = next(one for one in stream.events if one["type"] == "BOOKMARK")
        before = stream.events[: stream.events.index(marker)]
        assert {one["type"] for one in before} == {"ADDED"}
        assert {"a", "b"} <= {one["object"]["metadata"]["name"] for one in before}
        assert marker["object"]["kind"] == "ConfigMap"
        assert marker["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        version = int(marker["object"]["metadata"]["resourceVersion"])
        assert version >= max(int(one["object"]["metadata"]["resourceVersion"]) for one in before)
        kube.post(config_maps, config_map("c"))
        eventually(lambda: ("ADDED", "c") in stream.seen)


def test_without_bookmarks_the_marker_never_comes(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    found = kube.watched(config_maps, **INITIAL)
    assert "a" in [one["object"]["metadata"]["name"] for one in found]
    assert {one["type"] for one in found} == {"ADDED"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"sendInitialEvents": "true"},
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
        (
            {"resourceVersionMatch": "NotOlderThan"},
            "resourceVersionMatch: Forbidden: "
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
    ],
    ids=["no-match", "no-initial-events"],
)
def test_options_that_do_not_go_together_are_422(kube, config_maps, query, words):
    found = kube.get(config_maps, watch="1", **query)
    assert (found.status, found.reason) == (422, "Invalid")
    assert found.words == f'ListOptions.meta.k8s.io "" is invalid: {words}'


def test_a_version_that_is_no_number_is_an_error(kube, config_maps):
    found = kube.get(config_maps, watch="1", resourceVersion="abc")
    words = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
    assert (found.status, found.words) == (500, words)


def test_a_forgotten_version_is_410_in_the_stream(kube, uncached):
    version = kube.post(uncached, pod_template("a")).version
    for name in ("b", "c"):  # the newest change is always there to be watched
        kube.post(uncached, pod_template(name))
    kube.compact()
    found = kube.watched(uncached, resourceVersion=version)
    assert [one["type"] for one in found] == ["ERROR"]
    status = found[0]["object"]
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert "too old" in status["message"]


def test_the_version_of_a_fresh_list_is_not_forgotten(kube, uncached):
    kube.compact()
    version = kube.get(uncached).version
    kube.post(uncached, pod_template("a"))
    found = kube.watched(uncached, resourceVersion=version)
    assert [one["type"] for one in found] == ["ADDED"]


def test_a_version_ahead_of_the_server_is_silence(kube, config_maps):
    with kube.watching(config_maps, resourceVersion="999999999", timeoutSeconds="2") as stream:
        kube.post(config_maps, config_map("a"))
        assert stream.ended.wait(20)
    assert stream.seen == []


def test_a_single_objects_path_does_not_watch(kube, config_maps):
    kube.post(config_maps, config_map("a"))
    assert kube.get(f"{config_maps}/a", watch="1").body["kind"] == "ConfigMap"


def test_two_watches_see_the_same(kube, config_maps):
    version = kube.version(config_maps)
    query = {"resourceVersion": version, "labelSelector": "set=two"}
    with kube.watching(config_maps, **query) as one, kube.watching(config_maps, **query) as other:
        for number in range(20):
            kube.post(config_maps, config_map(f"n{number}", labels={"set": "two"}))
        assert one.wait_for(20) == other.wait_for(20) == [("ADDED", f"n{number}") for number in range(20)]


def test_a_bookmark_carries_a_version_to_go_on_from(kube, config_maps):
    """The last bookmark of a stream comes shortly before its timeout on the real server, by interval on the other."""
    with kube.watching(config_maps, **INITIAL, allowWatchBookmarks="true") as stream:
        eventually(lambda: any(one["type"] == "BOOKMARK" for one in stream.events))
    version = next(one for one in stream.events if one["type"] == "BOOKMARK")["object"]["metadata"]["resourceVersion"]
    kube.post(config_maps, config_map("after"))
    assert "after" in [one["object"]["metadata"]["name"] for one in kube.watched(config_maps, resourceVersion=version)]
