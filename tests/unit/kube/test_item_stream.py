"""A list that is read while it arrives."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import kube
from paas.errors import ServerError, Unavailable
from paas.kube.item_stream import BrokenList, ItemStream
from paas.references import References
from paas.settings import ClusterSettings
from tests.unit.kube.answering import Handler, answering

texts = st.text(max_size=8)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
lists = st.fixed_dictionaries(
    {
        "kind": texts,
        "metadata": st.dictionaries(texts, values, max_size=3),
        "items": st.lists(st.dictionaries(texts, values, max_size=4), max_size=6),
    }
)


@given(lists, st.booleans(), st.booleans(), st.integers(1, 40))
def test_however_a_list_arrives_its_items_are_those_of_json(whole, ordered, indented, size):
    text = json.dumps(whole, sort_keys=ordered, indent=1 if indented else None, ensure_ascii=False).encode()
    stream = ItemStream()
    items = list(stream.read(text[at : at + size] for at in range(0, len(text), size)))

    assert items == whole["items"]
    assert stream.head == {name: value for name, value in whole.items() if name != "items"}


def test_items_that_are_null_are_none():
    stream = ItemStream()

    assert list(stream.read([b'{"items": null, "kind": "List"}'])) == []


def test_an_item_is_there_before_the_list_is_complete():
    stream = ItemStream().read(iter([b'{"items": [{"a": 1}, {"b"', b": 2}]}"]))

    assert next(stream) == {"a": 1}


@pytest.mark.parametrize(
    "text", [b"<html>", b"[]", b'{"items": [1]}', b'{"items": [{}', b'{"items": []', b"", b'{"a" 1}']
)
def test_what_is_no_list_or_ends_too_soon_is_an_error(text):
    with pytest.raises(BrokenList):
        list(ItemStream().read([text]))


def test_a_long_list_takes_the_memory_of_its_items_one_by_one():
    item = json.dumps({"metadata": {"name": "x"}, "spec": {"text": "y" * 1000}}).encode()

    def chunks():
        yield b'{"items": [' + item
        for _ in range(20_000):
            yield b"," + item
        yield b"]}"

    tracemalloc.start()
    count = sum(1 for _ in ItemStream().read(chunks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 20_001
    assert peak < 1_000_000


def client_of(url: str) -> kube.Client:
    return kube.connect(ClusterSettings(name="paasA", server=url), References())


def test_a_client_lists_in_one_answer_in_parts():
    whole = {
        "kind": "List",
        "items": [{"metadata": {"name": str(n)}} for n in range(1201)],
        "metadata": {"resourceVersion": "7"},
    }
    with answering(lambda request: request.reply(200, whole)) as (url, seen):
        parts = list(client_of(url).unpaged("/api/v1/pods", label_selector="a"))

    assert [len(part["items"]) for part in parts] == [500, 500, 201, 0]
    assert parts[-1]["metadata"] == {"resourceVersion": "7"}
    assert seen[0].path == "/api/v1/pods?labelSelector=a"


def test_a_list_that_breaks_off_is_an_error():
    def behave(request: Handler) -> None:
        request.begin_chunks()
        request.chunk(b'{"items": [{}')
        request.close_connection = True

    with answering(behave) as (url, _), pytest.raises(Unavailable, match="to list pods"):
        list(client_of(url).unpaged("/api/v1/pods"))


def test_an_answer_that_is_no_list_is_an_error():
    with (
        answering(lambda request: request.reply(200, b"<html>")) as (url, _),
        pytest.raises(ServerError, match="no JSON"),
    ):
        list(client_of(url).unpaged("/api/v1/pods"))
