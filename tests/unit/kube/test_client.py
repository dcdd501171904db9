"""The client's verbs over a real socket: what is sent, and what becomes of the answers."""

from __future__ import annotations

import json
import threading
import time

import pytest

from paas import kube
from paas.errors import Conflict, Forbidden, Gone, NotFound, ServerError, Unavailable
from paas.references import References
from paas.settings import ClusterSettings
from tests.unit.kube.answering import Handler, answering

CONFIGMAPS = "/api/v1/namespaces/shop/configmaps"


def client_of(url: str) -> kube.Client:
    return kube.connect(ClusterSettings(name="paasA", server=url), References())


def status(code: int, message: str, **more: object) -> dict[str, object]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "message": message, **more}


def refused(code: int, body: object, *, path: str = CONFIGMAPS, headers: dict[str, str] | None = None) -> ServerError:
    with (
        answering(lambda request: request.reply(code, body, headers=headers)) as (url, _),
        pytest.raises(ServerError) as caught,
    ):
        client_of(url).get(path)
    return caught.value


def test_a_list_goes_page_by_page_and_names_the_kind_of_each_item():
    pages = {
        None: {"metadata": {"continue": "next"}, "items": [{"metadata": {"name": "a"}}]},
        "next": {"metadata": {}, "items": [{"metadata": {"name": "b"}}]},
    }

    def behave(request: Handler) -> None:
        token = "next" if "continue=next" in request.path else None
        request.reply(200, {"kind": "ConfigMapList", "apiVersion": "v1", **pages[token]})

    with answering(behave) as (url, seen):
        items = list(client_of(url).list(CONFIGMAPS, label_selector="app=web"))

    assert [(item["kind"], item["apiVersion"], item["metadata"]["name"]) for item in items] == [
        ("ConfigMap", "v1", "a"),
        ("ConfigMap", "v1", "b"),
    ]
    assert all("limit=500" in request.path and "labelSelector=app%3Dweb" in request.path for request in seen)


def test_a_page_without_items_is_an_empty_list():
    with answering(lambda request: request.reply(200, {"kind": "List", "metadata": {}, "items": None})) as (url, _):
        assert list(client_of(url).list(CONFIGMAPS)) == []


@pytest.mark.parametrize(
    ("act", "method", "query", "content_type", "body"),
    [
        (lambda c: c.create("/p", {"a": 1}, dry_run=True), "POST", "dryRun=All", "application/json", {"a": 1}),
        (
            lambda c: c.replace("/p/x", {"a": 1}),
            "PUT",
            "fieldManager=stackstorm-kubernetes",
            "application/json",
            {"a": 1},
        ),
        (lambda c: c.patch("/p/x", {"a": 1}), "PATCH", "fieldManager", "application/merge-patch+json", {"a": 1}),
        (lambda c: c.patch("/p/x", [], kind="json"), "PATCH", "fieldManager", "application/json-patch+json", []),
        (
            lambda c: c.patch("/p/x", {"a": 1}, kind="apply", force=True),
            "PATCH",
            "force=true",
            "application/apply-patch+yaml",
            {"a": 1},
        ),
        (
            lambda c: c.delete("/p/x", preconditions={"uid": "u"}, propagation="Background"),
            "DELETE",
            "",
            "application/json",
            {
                "kind": "DeleteOptions",
                "apiVersion": "v1",
                "preconditions": {"uid": "u"},
                "propagationPolicy": "Background",
            },
        ),
    ],
)
def test_a_write_sends_its_kind_and_its_conditions(act, method, query, content_type, body):
    with answering(lambda request: request.reply(200, {"kind": "X"})) as (url, seen):
        act(client_of(url))

    (request,) = seen
    assert request.command == method
    assert query in request.path
    assert request.headers["Content-Type"] == content_type
    assert json.loads(request.body) == body


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
        (422, ServerError),
    ],
)
def test_a_refusal_becomes_the_error_of_its_status_in_the_servers_words(code, kind):
    error = refused(code, status(code, "the server's words"))

    assert type(error) is kind
    assert error.status == code
    assert "the server's words" in str(error)
    assert "configmaps in namespace shop" in str(error)


def test_a_missing_permission_is_named_as_an_operator_would_grant_it():
    error = refused(403, status(403, "no"), path="/apis/paas.internal/v1/namespaces/shop/databases/orders")

    assert 'verb "get" on resource "databases" of API group "paas.internal" in namespace shop' in str(error)


def test_the_time_to_wait_is_read_from_the_header_and_from_the_details():
    assert refused(429, status(429, "busy"), headers={"Retry-After": "2"}).retry_after == 2
    assert refused(429, status(429, "busy", details={"retryAfterSeconds": 3})).retry_after == 3
    assert refused(503, status(503, "down")).retry_after is None


def test_a_404_in_plain_text_is_quoted():
    error = refused(404, b"404 page not found\n", headers={"Content-Type": "text/plain; charset=utf-8"})

    assert isinstance(error, NotFound)
    assert error.words == "404 page not found"


def test_a_body_that_is_no_status_is_not_quoted():
    error = refused(500, {"kind": "Secret", "data": {"password": "aHVudGVyMg=="}})

    assert "aHVudGVyMg" not in str(error)


def test_an_answer_that_is_no_json_is_an_error_that_names_the_setting():
    with (
        answering(lambda request: request.reply(200, b"<html>")) as (url, _),
        pytest.raises(ServerError, match=r"no JSON.*clusters\.paasA"),
    ):
        client_of(url).get("/version")


def test_nothing_is_tried_twice():
    with (
        answering(lambda request: request.reply(503, status(503, "down"))) as (url, seen),
        pytest.raises(Unavailable),
    ):
        client_of(url).create(CONFIGMAPS, {})

    assert len(seen) == 1


def test_a_server_that_is_not_there_is_unavailable_with_status_0():
    with answering(lambda request: None) as (url, _):
        client = client_of(url)

    with pytest.raises(Unavailable, match="refused") as caught:
        client.get("/version")
    assert caught.value.status == 0


def test_a_server_that_stays_silent_is_unavailable_after_the_timeout():
    release = threading.Event()
    with answering(lambda request: (release.wait(5), request.reply(200, {}))[0]) as (url, _):
        with pytest.raises(Unavailable, match="timed out"):
            client_of(url).get("/version", timeout=0.2)
        release.set()


def test_sixteen_threads_share_a_client():
    lock = threading.Barrier(16, timeout=5)
    with answering(lambda request: (lock.wait(), request.reply(200, {"path": request.path}))[0]) as (url, _):
        client, got = client_of(url), {}
        threads = [threading.Thread(target=lambda n=n: got.update({n: client.get(f"/{n}")["path"]})) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)

    assert got == {n: f"/{n}" for n in range(16)}


def test_a_stream_hands_over_each_line_as_it_is_sent():
    more = threading.Event()

    def behave(request: Handler) -> None:
        request.begin_chunks()
        request.chunk(b"one\n")
        more.wait(5)
        request.chunk(b"two\n")
        request.chunk(b"")

    with answering(behave) as (url, _):
        chunks = client_of(url).stream(CONFIGMAPS, {"watch": True}, timeout=5)
        received = iter(chunks)
        assert next(received) == b"one\n"
        more.set()
        assert list(received) == [b"two\n"]
        chunks.close()


def test_a_stream_that_waits_ends_when_another_thread_interrupts_it():
    hang = threading.Event()

    def behave(request: Handler) -> None:
        request.begin_chunks()
        request.chunk(b"one\n")
        hang.wait(10)

    with answering(behave) as (url, _):
        chunks = client_of(url).stream(CONFIGMAPS, {"watch": True}, timeout=10)
        ended = threading.Event()

        def read() -> None:
            with pytest.raises(kube.NoAnswer):
                list(chunks)
            chunks.close()
            ended.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        time.sleep(0.1)
        chunks.interrupt()
        assert ended.wait(1)
        hang.set()


def test_a_stream_that_is_refused_raises_with_the_servers_words():
    with (
        answering(lambda request: request.reply(410, status(410, "too old resource version"))) as (url, _),
        pytest.raises(Gone, match="too old resource version"),
    ):
        client_of(url).stream(CONFIGMAPS, {"watch": True}, timeout=5)
