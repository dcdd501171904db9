import pytest

from paas.database.events import tell
from paas.errors import Forbidden, Unavailable
from tests.unit.database.conftest import refusal


@pytest.fixture
def say(cluster, database, clock):
    def say(message="Vault is sealed", reason="Unavailable"):
        return tell(cluster, database.read(), reason=reason, message=message, warning=True, now=clock)

    return say


def test_an_event_lies_beside_its_object(say, cluster):
    assert say()
    (event,) = cluster.events.values()
    assert event["metadata"]["namespace"] == "shop"
    assert (event["involvedObject"]["name"], event["involvedObject"]["uid"]) == ("orders", "u-1")
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "Unavailable", "Vault is sealed")


def test_the_same_again_counts_up(say, cluster):
    say()
    say()
    (event,) = cluster.events.values()
    assert event["count"] == 2


def test_something_else_is_an_event_of_its_own(say, cluster):
    say()
    say("no leader")
    assert len(cluster.events) == 2


@pytest.mark.parametrize("kind", [Forbidden, Unavailable])
def test_an_event_that_cannot_be_written_stops_nothing(say, cluster, kind):
    def refuse(path, body):
        raise refusal(kind)

    cluster.create = refuse
    assert not say()


def test_a_long_message_is_cut_to_what_the_api_takes(say, cluster):
    say("x" * 100_000)
    (event,) = cluster.events.values()
    assert len(event["message"]) == 1024
