import socket

import pytest

from lab.standins.httpd import MAX_BODY, Response


def echo(request):
    return Response(200, request.body, {"X-Method": request.method, "X-Path": request.path})


def raw(client, data, *, size=65536):
    """What comes back for bytes on a socket, until the server closes it or falls silent."""
    host, port = client.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(data)
        received = b""
        try:
            while chunk := connection.recv(size):
                received += chunk
        except TimeoutError:
            pass
        return received


@pytest.fixture
def client(serve):
    return serve(echo)


def test_a_body_in_chunks_is_put_together(client):
    def chunks():
        yield b"one "
        yield b"two"

    assert client.ask("POST", "x", data=chunks()).content == b"one two"


def test_a_client_that_asks_first_is_told_to_go_on(client):
    sent = b"PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    received = raw(client, sent)
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\nhi")


def test_two_requests_on_one_connection_get_two_answers(client):
    one = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
    two = b"GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    received = raw(client, one + two)
    assert received.index(b"X-Path: /1") < received.index(b"X-Path: /2")


def test_a_head_has_a_length_and_no_body(serve):
    client = serve(lambda request: Response(200, b"body"))
    answer = client.ask("HEAD", "x")
    assert (answer.headers["Content-Length"], answer.content) == ("4", b"")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"PUT / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        f"PUT / HTTP/1.1\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode(),
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_request_is_a_400_and_the_end(client, sent):
    assert raw(client, sent).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_server_that_fails_says_so(serve):
    def fail(request):
        raise ZeroDivisionError("planted")

    answer = serve(fail).ask("GET", "x")
    assert (answer.status_code, "planted" in answer.text) == (500, True)
