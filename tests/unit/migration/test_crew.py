import threading

import pytest

from paas.migration.crew import Crew


def test_every_item_is_worked_once():
    done = []
    Crew(4, threading.Event()).run(iter(range(200)), done.append)
    assert sorted(done) == list(range(200))


def test_a_barrier_waits_until_all_that_was_given_out_is_done():
    crew = Crew(4, threading.Event())
    release, finished = threading.Event(), []
    seen_at_the_barrier = []

    def stream():
        yield from range(3)
        release.set()
        crew.drain()
        seen_at_the_barrier.extend(finished)
        yield 3

    def work(item):
        release.wait(5)
        finished.append(item)

    crew.run(stream(), work)
    assert sorted(seen_at_the_barrier) == [0, 1, 2]
    assert 3 in finished


@pytest.mark.parametrize("where", ["stream", "work"])
def test_the_first_failure_ends_it_and_is_raised(where):
    stop, done = threading.Event(), []

    def stream():
        for number in range(1000):
            if where == "stream" and number == 5:
                raise ValueError("the stream")
            yield number

    def work(number):
        if where == "work" and number == 5:
            raise ValueError("the work")
        done.append(number)

    with pytest.raises(ValueError, match=f"the {where}"):
        Crew(3, stop).run(stream(), work)
    assert stop.is_set()
    assert len(done) < 1000


def test_it_ends_early_where_it_is_told_to():
    stop, done = threading.Event(), []

    def work(number):
        done.append(number)
        if number == 10:
            stop.set()

    Crew(1, stop).run(iter(range(1000)), work)
    assert done == list(range(11))
