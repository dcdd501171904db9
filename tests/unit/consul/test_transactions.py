"""What a transaction's answer is taken for."""

from types import SimpleNamespace

import pytest

from paas.consul.transactions import Limits, cas, delete_cas, transact
from paas.consul.wire import Answer
from paas.errors import Unavailable


def answering(body):
    pending = SimpleNamespace(answer=lambda: Answer(200, {}, body))
    return SimpleNamespace(profile="b", begin=lambda *_, **__: pending)


@pytest.mark.parametrize("operations", [[delete_cas("a", index=1)], [cas("a", "", flags=0, index=0)]])
@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"null", b"[]", b'{"login":"here"}'])
def test_what_does_not_come_from_a_consul_is_no_outcome(operations, body):
    with pytest.raises(Unavailable, match="no transaction's outcome"):
        transact(answering(body), operations, limits=Limits(), target="a")


def test_the_indexes_come_in_the_order_of_the_operations():
    entry = b'{"KV":{"Key":"%s","ModifyIndex":%d}}'
    body = b'{"Results":[' + entry % (rb"a\"ModifyIndex\":9", 7) + b"," + entry % (b"b", 3) + b'],"Errors":null}'
    operations = [cas("a", "", flags=0, index=0), delete_cas("c", index=1), cas("b", "", flags=0, index=3)]
    assert list(transact(answering(body), operations, limits=Limits(), target="a").indexes) == [7, 3]
