"""What is sent, and what is refused before it is."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from paas.consul.transport import Transport
from paas.errors import ConfigError
from paas.settings import ConsulSettings


@pytest.mark.parametrize("token", ["planted\nX-Other: 1", "planted\r", "plänted"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token):
    with pytest.raises(ConfigError, match=r"consul\.one\.token") as refused:
        Transport(ConsulSettings(name="one", address="http://127.0.0.1:1"), token)
    assert token not in str(refused.value)
    assert "nted" not in str(refused.value)


class Counting(BaseHTTPRequestHandler):
    """Answers with the number of its connection, and closes it where it is asked to."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self):
        super().setup()
        Counting.connections += 1
        self.number = Counting.connections

    def do_GET(self):
        body = str(self.number).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        # The client is not told.
        self.close_connection = self.path == "/v1/close"

    def log_message(self, *arguments):
        pass


@pytest.fixture
def transport():
    Counting.connections = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Transport(ConsulSettings(name="one", address=f"http://127.0.0.1:{server.server_port}"), None)
    server.shutdown()
    server.server_close()


def begin(transport, path="/v1/x"):
    return transport.begin("GET", path, body=None, wait=0)


def answered(exchange):
    return int(exchange.answer()[2])


def test_requests_after_one_another_share_a_connection(transport):
    assert [answered(begin(transport)) for _ in range(3)] == [1, 1, 1]


def test_requests_that_are_under_way_at_once_do_not(transport):
    exchanges = [begin(transport) for _ in range(3)]
    assert sorted(map(answered, exchanges)) == [1, 2, 3]


def test_a_connection_that_the_server_closed_is_not_used_again(transport):
    first = begin(transport, "/v1/close")
    closed = first._connection.sock
    assert answered(first) == 1
    assert closed.recv(1) == b""  # waits until it is closed
    assert answered(begin(transport)) == 2


def test_a_connection_whose_request_was_abandoned_is_not_used_again(transport):
    begin(transport).abandon()
    assert answered(begin(transport)) == 2
