"""A pair kept in step: changes are followed as they come, and whatever fails meanwhile is ridden out."""

import random
import threading
import time

import pytest

from tests.integration.consul_sync.two import soon


def test_a_change_on_the_source_follows_at_once(two):
    two.source.put(f"{two.folder}a", b"1")
    with two.kept() as reports:
        soon(lambda: two.destination.value(f"{two.folder}a") == b"1")
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        begun = time.monotonic()
        two.source.put(f"{two.folder}a", b"2")
        soon(lambda: two.destination.value(f"{two.folder}a") == b"2", within=10)
        assert time.monotonic() - begun < 5
    two.assert_equal()


def test_a_change_outside_its_folders_starts_no_round(two):
    two.source.put(f"{two.folder}a", b"1")
    with two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        count = len(reports)
        two.source.put(f"outside-{two.folder}", b"x")
        time.sleep(0.5)
        assert len(reports) == count


def test_a_change_by_hand_on_the_destination_is_noticed_without_one_on_the_source(two):
    two.source.put(f"{two.folder}a", b"1")
    with two.kept(recheck=1.0) as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        two.destination.put(f"{two.folder}a", b"by hand")
        soon(lambda: reports[-1]["state"] == "lagging")
        assert reports[-1]["differences"]["changed_on_destination"]["count"] == 1
    assert two.destination.value(f"{two.folder}a") == b"by hand"


def test_many_changes_make_few_rounds(two):
    two.source.put_many((f"{two.folder}{number}", b"1", 0) for number in range(100))
    with two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        before = reports[-1]["rounds"]
        for number in range(100):
            two.source.put(f"{two.folder}{number}", b"2")
        soon(lambda: two.destination.tree(two.folder) == two.source.tree(two.folder))
        assert reports[-1]["rounds"] - before < 50


def test_a_wiped_source_stops_it_and_it_goes_on_when_the_keys_are_back(own_two):
    own_two.source.put_many((f"app/{number}", b"1", 0) for number in range(20))
    snapshot = own_two.source.snapshot()
    with own_two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        own_two.source.delete("app/", recurse=True)
        soon(lambda: reports[-1]["state"] == "stopped")
        assert "the source shows 0 keys" in reports[-1]["reason"]
        assert len(own_two.destination.tree()) == 20
        own_two.source.restore(snapshot)
        own_two.source.put("app/3", b"2")
        soon(lambda: reports[-1]["state"] == "in_step", within=60)
    own_two.assert_equal()


def test_the_state_lies_on_the_destination(two):
    import json

    two.source.put(f"{two.folder}a", b"planted-value")
    two.sync()
    said = json.loads(two.destination.value(f"paas-sync/{two.name}/status"))
    assert (said["state"], said["counts"]["written"]) == ("in_step", 1)
    assert "planted-value" not in json.dumps(said)


def test_a_source_that_is_away_is_lagging_and_deletes_nothing(lasting_two):
    lasting_two.source.put_many((f"app/{number}", b"1", 0) for number in range(20))
    with lasting_two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step")
        lasting_two.source.kill()
        soon(lambda: reports[-1]["state"] == "lagging")
        assert "Consul paasA" in reports[-1]["reason"]
        lasting_two.source.up()
        lasting_two.source.put("app/3", b"2")
        soon(lambda: lasting_two.destination.value("app/3") == b"2", within=60)
    assert len(lasting_two.destination.tree()) == 20


@pytest.mark.slow
@pytest.mark.parametrize("size", [50_000])
def test_fifty_thousand_keys_and_a_destination_that_is_stopped_three_times(lasting_two, size):
    if lasting_two.source.kind == "stand-in":
        size //= 10
    chance = random.Random(7)
    lasting_two.source.put_many(
        (f"ns-{number % 50}/app/{number}", chance.randbytes(32), number) for number in range(size)
    )
    changing = threading.Event()

    def change():
        for number in range(1000):
            key = f"ns-{number % 50}/app/{number}"
            if number % 10 == 9:
                lasting_two.source.delete(key)
            elif number % 10 == 8:
                lasting_two.source.put(f"new/{number}", chance.randbytes(64), flags=number)
            else:
                lasting_two.source.put(key, chance.randbytes(64), flags=number + 1)
        changing.set()

    with lasting_two.kept() as reports:
        soon(lambda: reports and reports[-1]["state"] == "in_step", within=120)
        thread = threading.Thread(target=change)
        thread.start()
        for _ in range(3):
            time.sleep(0.3)
            lasting_two.destination.kill()
            time.sleep(0.3)
            lasting_two.destination.up()
        thread.join()
        lasting_two.source.put("last", b"v")
        soon(lambda: lasting_two.destination.value("last") == b"v", within=120)
        soon(lambda: reports[-1]["state"] == "in_step", within=60)
    lasting_two.assert_equal()
    assert len(lasting_two.source.tree()) == size - 100 + 100 + 1
