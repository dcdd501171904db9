import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.errors import Gone, Unavailable
from paas.migration.reading import FEWEST, MOST, Reader, page_size
from paas.migration.retrying import ATTEMPTS, Retry, Stopped


def gone():
    return Gone(system="", operation="", target="", words="")


class Listing:
    """A server with a list, whose continue token expires on some requests."""

    def __init__(self, names, expires=()):
        self._names = sorted(names)
        self._expires = set(expires)
        self.limits = []

    def call(self, method, path, *, params, headers=None, operation=None):
        self.limits.append(params["limit"])
        if params["continue"] and len(self.limits) in self._expires:
            raise gone()
        start = int(params["continue"] or 0)
        end = start + (params["limit"] or len(self._names))
        items = [{"metadata": {"namespace": "shop", "name": name}} for name in self._names[start:end]]
        token = {"continue": str(end)} if end < len(self._names) else {}
        return {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": token, "items": items}


def names_of(listing, **more):
    pages = Reader(listing, Retry(lambda _: False)).pages("/api/v1/configmaps", **more)
    return [item["metadata"]["name"] for page in pages for item in page]


@given(st.sets(st.text("ab-1", min_size=1, max_size=6), max_size=60), st.sets(st.integers(2, 12), max_size=3))
def test_whatever_expires_each_object_is_read_once_and_in_order(names, expires):
    assert names_of(Listing(names, expires), first=3) == sorted(names)


def test_a_token_that_always_expires_ends_with_one_list_of_everything():
    listing = Listing([f"c{number:04}" for number in range(30_000)], expires=range(1, 100))
    assert len(names_of(listing)) == 30_000
    assert listing.limits[-1] is None


def test_items_are_told_what_they_are():
    (page,) = Reader(Listing(["a"]), Retry()).pages("/api/v1/configmaps")
    assert (page[0]["apiVersion"], page[0]["kind"]) == ("v1", "ConfigMap")


@given(st.integers(0, 2_000_000))
def test_a_page_holds_fewer_objects_the_larger_they_are(size):
    pages = page_size([{"data": "x" * size}])
    assert FEWEST <= pages <= MOST
    assert pages == FEWEST or pages * size < 2_100_000


def test_a_busy_server_is_asked_again_as_late_as_it_says():
    waits, answers = [], [Unavailable(system="", operation="", target="", words="", retry_after=3.0), None]

    def ask():
        answer = answers.pop(0)
        if answer:
            raise answer
        return "there"

    assert Retry(waits.append)(ask) == "there"
    assert waits == [3.0]


def test_asking_again_has_an_end_and_waits_ever_longer():
    waits = []

    def ask():
        raise Unavailable(system="", operation="", target="", words="away")

    with pytest.raises(Unavailable):
        Retry(waits.append)(ask)
    assert len(waits) == ATTEMPTS - 1
    assert waits[-1] > waits[0]
    assert sum(waits) < 60


def test_a_run_that_is_told_to_stop_does_not_wait_on():
    def ask():
        raise Unavailable(system="", operation="", target="", words="away")

    with pytest.raises(Stopped):
        Retry(lambda _: True)(ask)
