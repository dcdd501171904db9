"""The lab's own door: faults, compaction, ends of watches, counts."""

import time

import pytest
import requests

from tests.contract.kube.subject import config_map, eventually

PATH = "/api/v1/namespaces/default/configmaps"


def order(kube, name, body=None, method="POST"):
    answer = kube.ask(method, f"/__lab__/{name}", body)
    assert answer.status == 200, answer.body
    return answer.body


def test_only_the_administrator_gives_orders(kube):
    assert kube.get("/__lab__/faults", token=None).status == 403
    assert kube.get("/__lab__/faults", user="alice").status == 403


def test_an_unknown_order_names_those_that_there_are(kube):
    answer = kube.post("/__lab__/dance", {})
    assert (answer.status, "faults" in answer.words) == (404, True)


def test_a_status_is_answered_with_retry_after(kube):
    order(kube, "faults", {"path": "configmaps", "status": 429, "retry_after": 2, "times": 1})
    first = kube.get(PATH)
    assert (first.status, first.headers["Retry-After"], first.reason) == (429, "2", "TooManyRequests")
    assert first.body["details"] == {"retryAfterSeconds": 2}
    assert kube.get(PATH).status == 200


def test_a_gone_on_connect(kube):
    order(kube, "faults", {"path": "configmaps", "watch": True, "status": 410})
    assert kube.get(PATH).status == 200
    found = kube.get(PATH, watch="1")
    assert (found.status, found.reason) == (410, "Expired")


def test_faults_are_listed_counted_and_cleared(kube):
    order(kube, "faults", [{"status": 500, "path": "nowhere"}, {"status": 503, "times": -1, "method": "POST"}])
    assert kube.post(PATH, config_map("a")).status == 503
    listed = order(kube, "faults", method="GET")["faults"]
    assert [(one["status"], one["hits"]) for one in listed] == [(500, 0), (503, 1)]
    order(kube, "faults", method="DELETE")
    assert kube.post(PATH, config_map("a")).status == 201


def test_a_fault_must_be_one_that_the_server_knows(kube):
    answer = kube.post("/__lab__/faults", {"explode": True})
    assert (answer.status, "explode" in answer.words) == (400, True)


def test_some_requests_pass_first(kube):
    order(kube, "faults", {"status": 500, "skip": 1, "path": "configmaps"})
    assert [kube.get(PATH).status for _ in range(3)] == [200, 500, 200]


def test_a_connection_is_closed_at_once(kube):
    order(kube, "faults", {"path": "configmaps", "close": True})
    with pytest.raises(requests.ConnectionError):
        kube.get(PATH)


def test_an_answer_is_lost_after_the_write_went_through(kube):
    order(kube, "faults", {"method": "POST", "path": "configmaps", "reset_after": True})
    with pytest.raises(requests.ConnectionError):
        kube.post(PATH, config_map("a"))
    assert kube.get(f"{PATH}/a").status == 200


def test_an_answer_is_cut_after_so_many_bytes(kube):
    kube.post(PATH, config_map("a", {"k": "v" * 1000}))
    order(kube, "faults", {"path": "configmaps/a", "cut_after": 400})
    with pytest.raises(requests.RequestException):
        kube.get(f"{PATH}/a")


def test_a_watch_is_cut_inside_a_line(kube):
    order(kube, "faults", {"watch": True, "cut_after": 300})
    with kube.watching(PATH, resourceVersion=kube.version(PATH)) as stream:
        kube.post(PATH, config_map("a", {"k": "ü" * 400}))
        assert stream.ended.wait(10)
    assert not stream.clean
    assert stream.events == []


def test_a_running_watch_is_cut_ended_stalled_or_told_an_error(kube):
    gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
    for what, clean in (("cut", False), ("end", True), (gone, True)):
        with kube.watching(PATH) as stream:
            eventually(lambda: order(kube, "streams", method="GET")["streams"])
            order(kube, "streams", {"path": "configmaps", "order": what})
            assert stream.ended.wait(10)
        assert stream.clean is clean
        assert [one["object"] for one in stream.events if one["type"] == "ERROR"] == ([what] if what is gone else [])


def test_a_stalled_watch_says_nothing_more_and_does_not_end(kube):
    with kube.watching(PATH, resourceVersion=kube.version(PATH)) as stream:
        kube.post(PATH, config_map("a"))
        stream.wait_for(1)
        order(kube, "streams", {"order": "stall"})
        kube.post(PATH, config_map("b"))
        assert not stream.ended.wait(0.5)
        assert stream.seen == [("ADDED", "a")]


def test_a_stream_error_is_sent_to_the_next_watch(kube):
    status = {"kind": "Status", "code": 500, "message": "made to fail"}
    order(kube, "faults", {"watch": True, "stream_error": status})
    assert kube.watched(PATH) == [{"type": "ERROR", "object": status}]


def test_continue_tokens_expire_on_order(kube):
    for name in "abc":
        kube.post(PATH, config_map(name))
    first = kube.get(PATH, limit=2)
    order(kube, "expire", {})
    found = kube.get(PATH, limit=2, **{"continue": first.body["metadata"]["continue"]})
    assert (found.status, found.reason) == (410, "Expired")
    assert kube.get(PATH, limit=2).status == 200


def test_requests_are_counted_by_verb_and_dry_runs_apart(kube):
    order(kube, "requests", method="DELETE")
    kube.post(PATH, config_map("a"))
    kube.post(PATH, config_map("b"), dryRun="All")
    kube.patch(f"{PATH}/a", {"data": {"k": "v"}})
    kube.get(PATH)
    found = order(kube, "requests", method="DELETE")
    assert found == {"requests": {"create": 1, "patch": 1, "list": 1}, "writes": 2, "dry_runs": 1}
    assert order(kube, "requests", method="GET")["writes"] == 0


def test_latency_is_added(kube):
    order(kube, "faults", {"path": "configmaps", "latency": 0.2})
    started = time.monotonic()
    kube.get(PATH)
    assert time.monotonic() - started >= 0.2


def test_a_token_is_made_for_a_user(kube):
    order(kube, "tokens", {"token": "bobs", "user": "bob", "groups": ["devs"]})
    assert 'User "bob" cannot list' in kube.get(PATH, token="bobs").words


def test_bookmarks_come_by_the_interval_that_is_set(kube):
    order(kube, "settings", {"bookmark_interval": 0.1})
    with kube.watching(PATH, resourceVersion=kube.version(PATH), allowWatchBookmarks="true") as stream:
        kube.post("/api/v1/namespaces/default/secrets", {"metadata": {"name": "elsewhere"}})
        newest = int(kube.version("/api/v1/secrets"))
        eventually(lambda: any(int(one["object"]["metadata"]["resourceVersion"]) >= newest for one in stream.events))
    assert {one["type"] for one in stream.events} == {"BOOKMARK"}


def test_a_definition_takes_its_time_where_asked(kube):
    from tests.contract.kube.subject import DEFINITIONS, conditions, definition

    order(kube, "settings", {"establish_delay": 0.5})
    kube.post(DEFINITIONS, definition("slow.example.com"))
    assert conditions(kube.get(f"{DEFINITIONS}/widgets.slow.example.com").body) == {}
    eventually(lambda: kube.get("/apis/slow.example.com/v1/widgets").status == 200)
