"""Following a source: looking at the news alone finds what looking at everything finds."""

import base64
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.consul.listing import Listed
from paas.consul.sync.changes import Put, Remove
from paas.consul.sync.compare import compare
from paas.consul.sync.entries import Entry, Held
from paas.consul.sync.following import Follower
from paas.consul.sync.names import NameFinder
from paas.consul.wire import Answer
from paas.errors import Unavailable
from paas.settings import SyncPair

KEYS = ["a", 'b},{"LockIndex":0', "c\n\u2028", "vault/d", "other-vault/x"]
HEADERS = {"X-Consul-Index": "7", "X-Consul-KnownLeader": "true"}


class FakeConsul:
    """A source with the keys `entries`, as a Consul shows them."""

    def __init__(self, entries=()):
        self.entries = dict(entries)
        self.body = None
        self.wire = SimpleNamespace(ask=self._ask, profile="paasA")

    def _ask(self, method, path, **_):
        shown = [
            {
                "LockIndex": 0,
                "Key": key,
                "Flags": listed.flags,
                "Value": listed.value or None,
                **({"Session": listed.session} if listed.session else {}),
                "CreateIndex": 1,
                "ModifyIndex": listed.modified,
            }
            for key, listed in sorted(self.entries.items())
        ]
        body = json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode()
        return Answer(200, HEADERS, body if self.body is None else self.body)


def value(text, *, modified=1, flags=0, session=""):
    return Listed(base64.b64encode(text.encode()).decode(), flags, modified, session)


def follower(**settings):
    return Follower(SyncPair(name="p", source="x", destination="y", **settings), NameFinder(None))


listed = st.builds(
    value,
    st.sampled_from(["", "1", "2"]),
    modified=st.integers(1, 3),
    flags=st.integers(0, 1),
    session=st.sampled_from(["", "s"]),
)
steps = st.lists(st.dictionaries(st.sampled_from(KEYS), listed), min_size=2, max_size=6)
held = st.builds(Held, st.sampled_from(["by hand"]), st.just(4), st.booleans())


def compared(state, there, ledger, *, repair):
    return compare(state.keys, there, ledger, scope=state.scope, repair=repair, adopt=False, gone=state.gone)


def names(plan):
    changes = {(type(change).__name__, change.key) for change in plan.changes}
    return changes, {reason: sorted(keys) for reason, keys in plan.differences.by_reason.items() if keys}


@given(steps, st.dictionaries(st.sampled_from(KEYS), held), st.booleans(), st.data())
def test_the_news_lead_to_the_same_plan_as_everything_does(states, there, repair, data):
    following, ledger = follower(), {}
    for entries in states:
        source = FakeConsul(entries)
        state, whole = following.read(source, remember=True), follower().read(source)
        plan = compared(state, there, ledger, repair=repair)
        everything = compared(whole, there, ledger, repair=repair)
        assert names(plan) == names(everything)
        assert plan.equal + state.unchanged == everything.equal
        assert (state.total, state.locked) == (whole.total, whole.locked)
        for change in plan.changes:
            if isinstance(change, Put):
                there[change.key], ledger[change.key] = Held(change.digest, 9, False), Entry(change.digest, 9)
            elif not isinstance(change, Remove):
                ledger.pop(change.key, None)
            elif data.draw(st.booleans()):  # a second look may keep a key
                del there[change.key], ledger[change.key]
        following.settle(state, ledger, plan.differences)


def test_what_is_in_step_is_not_decoded_again():
    source, following = FakeConsul({"a": value("1"), "b": value("2")}), follower()
    first = following.read(source, remember=True)
    following.settle(first, {}, compared(first, {}, {}, repair=False).differences)
    source.entries["b"] = value("3", modified=2)
    second = following.read(source)
    assert (set(first.keys), set(second.keys), second.unchanged) == ({"a", "b"}, {"b"}, 1)


def test_a_vault_that_appears_makes_it_look_at_everything():
    source, following = FakeConsul({"v/data": value("1")}), follower()
    first = following.read(source, remember=True)
    following.settle(first, {}, compared(first, {}, {}, repair=False).differences)
    source.entries |= {"v/core/keyring": value("k"), "v/core/seal-config": value("k")}
    second = following.read(source, remember=True)
    assert (second.gone, second.scope.vaults, second.keys) == (None, ("v/",), {})


@given(st.dictionaries(st.sampled_from([*KEYS, "d", "paas-sync/p/lock"]), listed))
def test_what_arrives_piecemeal_is_what_everything_holds(entries):
    source = FakeConsul(entries)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("paas.consul.sync.following._PIECE", 2)
        pieces, whole = follower().read(source, piecemeal=True), follower().read(source)
        assert pieces.keys == {}
        arrived = dict(pieces.arriving)
    assert arrived == whole.keys
    assert (pieces.total, pieces.locked, pieces.indexes) == (whole.total, whole.locked, whole.indexes)


def test_what_is_still_arriving_can_be_taken_at_once():
    state = follower().read(FakeConsul({"a": value("1"), "b": value("2")}), piecemeal=True)
    state.arrive()
    assert (state.keys, state.total, state.arriving) == ({"a": value("1"), "b": value("2")}, 2, None)


@pytest.mark.parametrize(
    ("keys", "settings"),
    [(["v/core/keyring"], {}), (["v/core/seal-config"], {}), (["a/\ufffd"], {}), (["a/x"], {"key_map": {"a/": "b/"}})],
)
def test_where_one_key_may_change_another_nothing_arrives_piecemeal(keys, settings):
    source = FakeConsul({key: value("1") for key in keys})
    following = Follower(SyncPair(name="p", source="x", destination="y", **settings), SimpleNamespace(find=no_name))
    assert following.read(source, piecemeal=True).arriving is None


def test_what_is_to_be_remembered_is_read_as_a_whole():
    assert follower().read(FakeConsul({"a": value("1")}), piecemeal=True, remember=True).arriving is None


def test_an_entry_that_is_none_is_told_when_it_arrives():
    source = FakeConsul()
    source.body = b'[{"LockIndex":0}]'
    with pytest.raises(Unavailable, match="no list of keys"):
        follower().read(source, piecemeal=True).arrive()


@pytest.mark.parametrize("settings", [{"key_map": {"a/": "b/"}}, {}])
def test_where_one_key_may_hide_another_everything_is_looked_at(settings):
    source = FakeConsul({"a/x": value("1")} if settings else {"a/\ufffd": value("1")})
    following = Follower(SyncPair(name="p", source="x", destination="y", **settings), SimpleNamespace(find=no_name))
    assert following.read(source, remember=True).marks is None


def no_name(listed, *, modified):
    return None


@pytest.mark.parametrize(
    "body", [b"null", b'{"login":"here"}', b'[{"LockIndex":0,"Key":"a"', b'[{"LockIndex":0}]', b""]
)
def test_what_is_no_list_of_keys_is_never_taken_for_an_empty_one(body):
    source, following = FakeConsul({"a": value("1")}), follower()
    first = following.read(source, remember=True)
    following.settle(first, {}, compared(first, {}, {}, repair=False).differences)
    source.body = body
    with pytest.raises(Unavailable, match="no list of keys"):
        following.read(source)
