import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import kube
from paas.errors import Conflict, Unavailable
from paas.references import References
from paas.settings import ClusterSettings


class Talker:
    """A server of one connection at a time that answers with the bytes that it was given, one answer a request."""

    def __init__(self, *answers: bytes, pieces: int = 1 << 20) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self._pieces = pieces
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while self.answers:
            connection, _ = self._socket.accept()
            self.connections += 1
            with connection, connection.makefile("rb") as reader:
                while self.answers and (head := self._head(reader)):
                    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                    self.requests.append(head + reader.read(length))
                    answer = self.answers.pop(0)
                    for start in range(0, len(answer), self._pieces):
                        connection.sendall(answer[start : start + self._pieces])
                    if b"onnection: close" in answer or not answer.startswith(b"HTTP/1.1") or answer.endswith(b"Cre"):
                        break

    @staticmethod
    def _head(reader) -> bytes:
        head = b""
        while (line := reader.readline()) not in (b"\r\n", b""):
            head += line
        return head

    def creator(self):
        cluster = ClusterSettings(name="paasA", server=self.url, token="env:LANE_TOKEN")
        return kube.connect(cluster, References()).creator()


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("LANE_TOKEN", "t0ken")


CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


def test_requests_go_one_after_the_other_over_one_connection():
    talker = Talker(CREATED, CREATED)
    create = talker.creator()
    create("/api/v1/namespaces/shop/configmaps?fieldManager=x", b'{"a":1}')
    create("/api/v1/namespaces/shop/configmaps", b'{"a":2}')
    assert talker.connections == 1
    head, _, _ = talker.requests[0].partition(b'{"a":1}')
    assert head.startswith(b"POST /api/v1/namespaces/shop/configmaps?fieldManager=x HTTP/1.1\r\n")
    assert b"Authorization: Bearer t0ken\r\n" in head
    assert talker.requests[1].endswith(b'{"a":2}')


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=5), st.integers(1, 7))
def test_an_answer_in_any_chunks_is_read_to_its_end(body, sizes, pieces):
    chunks = b""
    rest = body
    for size in [*sizes, 1 << 10]:
        piece, rest = rest[:size], rest[size:]
        if piece:
            chunks += b"%x;ext=1\r\n%s\r\n" % (len(piece), piece)
    answer = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    talker = Talker(answer, CREATED, pieces=pieces)
    create = talker.creator()
    create("/api/v1/namespaces", b"{}")
    create("/api/v1/namespaces", b"{}")  # only if nothing of the first answer is left
    assert talker.connections == 1


def test_what_comes_before_the_answer_is_passed_over():
    Talker(b"HTTP/1.1 100 Continue\r\n\r\n" + CREATED).creator()("/api/v1/namespaces", b"{}")


def test_a_refusal_is_the_clients_error_in_the_servers_words():
    status = {"kind": "Status", "message": 'configmaps "a" already exists', "reason": "AlreadyExists", "code": 409}
    body = json.dumps(status).encode()
    create = Talker(b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)).creator()
    with pytest.raises(Conflict, match="already exists") as raised:
        create("/api/v1/namespaces/shop/configmaps", b"{}")
    assert raised.value.reason == "AlreadyExists"


def test_a_busy_server_says_how_long_to_wait():
    create = Talker(b"HTTP/1.1 429 Too Many\r\nretry-after: 3\r\nContent-Length: 0\r\n\r\n").creator()
    with pytest.raises(Unavailable) as raised:
        create("/api/v1/namespaces", b"{}")
    assert raised.value.retry_after == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 201 Cre",
        b"HTTP/1.1 201 Created\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{}",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 201 Created\r\n" + b"a: b\r\n" * 300 + b"Connection: close\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
    ],
)
def test_a_broken_answer_is_unavailable_and_the_next_request_connects_anew(answer):
    talker = Talker(answer, CREATED)
    create = talker.creator()
    with pytest.raises(Unavailable):
        create("/api/v1/namespaces", b"{}")
    create("/api/v1/namespaces", b"{}")
    assert talker.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"HTTP/1.0 201 Created\r\n\r\n{}",
    ],
)
def test_a_connection_that_the_server_closes_is_not_used_again(answer):
    talker = Talker(answer, CREATED)
    create = talker.creator()
    create("/api/v1/namespaces", b"{}")
    create("/api/v1/namespaces", b"{}")
    assert talker.connections == 2


def test_nobody_there_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    create = kube.connect(ClusterSettings(name="paasA", server=url), References()).creator()
    with pytest.raises(Unavailable, match="is the API server up"):
        create("/api/v1/namespaces", b"{}")
