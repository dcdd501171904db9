"""Mistakes put into the stand-in on purpose: the suite must see each, or it guards nothing."""

import threading

import pytest
import requests

from lab.standins.consul import operations, txn
from lab.standins.consul.queries import Reader
from lab.standins.consul.server import Consul
from lab.standins.consul.store import Change
from lab.standins.httpd import HttpServer
from tests.contract.consul import test_blocking, test_keys, test_transactions
from tests.contract.subjects import STAND_IN, Subject


@pytest.fixture
def consul(tmp_path):
    """A stand-in in this process, so that a mistake can be put into it."""
    stand_in = Consul(name="mistaken", directory=tmp_path, datacenter="dc", management_token=None)
    server = HttpServer(stand_in.respond)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield Subject(STAND_IN, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    server.server_close()


def cas_that_compares_nothing(monkeypatch):
    monkeypatch.setattr(operations, "cas", lambda change, wanted: operations.put(change, wanted))


def transaction_that_keeps_what_it_did(monkeypatch):
    monkeypatch.setattr(Change, "undo", lambda change: None)


def deletion_without_a_tombstone(monkeypatch):
    monkeypatch.setattr(Change, "bury", lambda change, key: None)


def write_that_always_counts(monkeypatch):
    monkeypatch.setattr("lab.standins.consul.entries.Entry.same_content", lambda entry, other: False)


def one_operation_too_many(monkeypatch):
    monkeypatch.setattr(txn, "MAX_OPERATIONS", 129)


def wait_that_never_ends_early(monkeypatch):
    look = Reader._look

    def deaf(reader, options, watch, find):
        answer, waiter = look(reader, options, watch, find)
        if waiter is not None:
            reader._forget(waiter)
        return answer, waiter

    monkeypatch.setattr(Reader, "_look", deaf)


@pytest.mark.parametrize(
    ("mistake", "test"),
    [
        (cas_that_compares_nothing, test_keys.test_cas_writes_over_what_was_read_and_nothing_else),
        (transaction_that_keeps_what_it_did, test_transactions.test_nothing_is_done_where_one_operation_fails),
        (deletion_without_a_tombstone, test_keys.test_the_index_of_a_list_does_not_fall_when_its_newest_key_goes),
        (write_that_always_counts, test_keys.test_the_same_value_written_again_changes_nothing),
        (one_operation_too_many, test_transactions.test_129_operations_are_not),
        (wait_that_never_ends_early, test_blocking.test_a_query_answers_when_a_key_under_its_prefix_changes),
    ],
    ids=lambda each: each.__name__,
)
def test_a_mistake_is_caught(consul, folder, monkeypatch, at_the_same_time, mistake, test):
    arguments = {"consul": consul, "folder": folder, "at_the_same_time": at_the_same_time}
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    given = {name: arguments[name] for name in wanted}
    test(**given)
    mistake(monkeypatch)
    given["folder"] += "-mistaken"
    with pytest.raises((AssertionError, requests.JSONDecodeError)):
        test(**given)
