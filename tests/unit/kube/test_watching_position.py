"""Where a watch remembers what it told: shards, crashes in between, and what they cost."""

from __future__ import annotations

import contextlib
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas.kube.watching import Position, Saver, Seen
from paas.kube.watching.events import key_of, seen_of
from paas.kube.watching.known import SHARD, Known
from tests.unit.kube.scripted import Memory


def seen(version: object = 1, **labels: str) -> Seen:
    return Seen("uid", str(version), tuple(labels.items()), "1")


def position(datastore: Memory) -> Position:
    made = Position(datastore, "p")
    made.load()
    return made


def contents(known: Known) -> dict:
    return {key: known.get(key) for key in known}


def test_what_was_saved_is_loaded():
    datastore = Memory()
    first = position(datastore)
    first.identity = "cluster-1"
    first.known.put(("shop", "a"), seen(7, tier="web", größe="ü"))
    first.save()

    second = Position(datastore, "p")
    assert second.load() == "cluster-1"
    assert contents(second.known) == {("shop", "a"): seen(7, tier="web", größe="ü")}
    assert not second.changed


def test_nothing_is_written_when_nothing_changed():
    datastore = Memory()
    saved = position(datastore)
    saved.save()
    datastore.writes.clear()
    saved.save()

    assert datastore.writes == []


def test_only_the_shards_that_changed_are_written():
    datastore = Memory()
    saved = position(datastore)
    for number in range(20 * SHARD):
        saved.known.put(("shop", f"n{number}"), seen())
    saved.save()
    datastore.writes.clear()
    saved.known.put(("shop", "n5"), seen(2))
    saved.save()

    assert len(datastore.writes) == 1
    assert max(len(value) for value in datastore.values.values()) < 200_000


def test_more_objects_get_more_shards_and_the_old_ones_are_removed():
    datastore = Memory()
    saved = position(datastore)
    saved.save()
    for number in range(SHARD + 1):
        saved.known.put(("shop", f"n{number}"), seen())
    saved.save()

    assert sorted(datastore.values) == ["p", "p.2.0", "p.2.1"]
    assert len(contents(reloaded(datastore).known)) == SHARD + 1


def reloaded(datastore: Memory) -> Position:
    return position(datastore)


class Crash(Exception):
    pass


class Fragile(Memory):
    """Dies at the n-th write or delete."""

    def __init__(self, values: dict[str, str], left: int) -> None:
        super().__init__()
        self.values, self.left = values, left

    def _spend(self) -> None:
        if self.left == 0:
            raise Crash
        self.left -= 1

    def set(self, name: str, value: str) -> None:
        self._spend()
        super().set(name, value)

    def delete(self, name: str) -> None:
        self._spend()
        super().delete(name)


@pytest.mark.parametrize("left", range(8))
def test_a_crash_at_any_write_leaves_a_state_that_once_was_true(left):
    """Growing from one shard to four, the head is either the old one with its shards, or the new one with its own."""
    values: dict[str, str] = {}
    before = position(Fragile(values, 1000))
    before.known.put(("shop", "old"), seen())
    before.save()
    values = dict(before._datastore.values)
    fragile = Fragile(values, left)
    during = position(fragile)
    for number in range(2 * SHARD):
        during.known.put(("shop", f"n{number}"), seen())
    with contextlib.suppress(Crash):
        during.save()
    found = contents(position(Fragile(values, 0)).known)

    assert len(found) in (1, 2 * SHARD + 1)
    assert ("shop", "old") in found


def test_what_could_not_be_written_is_written_later():
    datastore = Memory()
    values = datastore.values
    saved = position(Fragile(values, 0))
    saved.known.put(("shop", "a"), seen())
    with pytest.raises(Crash):
        saved.save()
    assert saved.changed
    saved._datastore.left = 9
    saved.save()

    assert ("shop", "a") in reloaded(datastore).known


def test_a_position_that_could_not_be_read_is_never_overwritten():
    datastore = Memory()
    datastore.values["p"] = "no JSON"
    broken = Position(datastore, "p")
    with pytest.raises(ValueError, match="Expecting value"):
        broken.load()
    broken.save()

    assert datastore.values == {"p": "no JSON"}


def test_a_shard_that_is_gone_is_said_and_its_objects_are_told_again(caplog):
    datastore = Memory()
    saved = position(datastore)
    saved.known.put(("shop", "a"), seen())
    saved.save()
    del datastore.values["p.1.0"]

    assert len(reloaded(datastore).known) == 0
    assert "p.1.0" in caplog.text


def test_a_position_that_is_forgotten_leaves_nothing():
    datastore = Memory()
    saved = position(datastore)
    saved.known.put(("shop", "a"), seen())
    saved.save()
    saved.forget()
    saved.save()

    assert datastore.values == {}


keys = st.tuples(st.sampled_from(["", "shop", "größe"]), st.text(alphabet="ab/-.", min_size=1, max_size=4))
changes = st.lists(st.tuples(keys, st.one_of(st.none(), st.integers(1, 9))), max_size=40)


@settings(max_examples=60)
@given(changes, st.integers(1, 40))
def test_known_is_a_dict_whatever_its_shards(steps, saved_after):
    datastore = Memory()
    saved, model = position(datastore), {}
    for number, (key, version) in enumerate(steps):
        if version is None:
            saved.known.drop(key)
            model.pop(key, None)
        else:
            saved.known.put(key, seen(version))
            model[key] = seen(version)
        if number == saved_after:
            saved.known._spread(4)
    saved.save()

    assert contents(saved.known) == model
    assert len(saved.known) == len(model)
    assert contents(reloaded(datastore).known) == model


def test_ten_thousand_objects_take_less_than_ten_megabytes():
    items = (
        {
            "metadata": {
                "namespace": f"team-{number % 200}",
                "name": f"application-{number}-database",
                "uid": f"0b0c7e1a-5d5f-4a8c-9d62-{number:012d}",
                "resourceVersion": str(10_000_000 + number),
                "labels": {"app": f"application-{number % 50}", "tier": "database", "team": f"team-{number % 200}"},
            }
        }
        for number in range(10_000)
    )
    tracemalloc.start()
    known = Known()
    for item in items:
        known.put(key_of(json.loads(json.dumps(item))), seen_of(json.loads(json.dumps(item))))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(known) == 10_000
    assert used < 10_000_000


def test_the_saver_saves_what_changed_and_goes_on_when_the_datastore_is_away(caplog):
    values: dict[str, str] = {}
    fragile = Fragile(values, 0)
    saved, rounds = position(fragile), []
    saver = Saver(also=lambda: rounds.append(1))
    saver.add(saved)
    saver.round()
    saver.round()
    assert caplog.text.count("cannot be saved") == 1
    fragile.left = 99
    saver.round()

    assert "p" in values
    assert rounds == [1]


def test_saving_takes_no_more_than_a_tenth_of_the_time(monkeypatch):
    clock = iter([0.0, 2.0])
    monkeypatch.setattr("paas.kube.watching.saver.time.monotonic", lambda: next(clock))

    assert Saver().round() == pytest.approx(20)


def test_a_saver_that_is_stopped_saves_a_last_time():
    datastore = Memory()
    saver, saved = Saver(), position(datastore)
    saver.add(saved)
    saver.start()
    saved.known.put(("shop", "a"), seen())
    saver.stop()

    assert ("shop", "a") in reloaded(datastore).known
