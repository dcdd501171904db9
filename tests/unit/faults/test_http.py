"""The HTTP proxy, before a server that remembers what it was asked."""

import http.client
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.faults import Fault, HttpFaultProxy


@pytest.fixture
def asked():
    return []


@pytest.fixture
def upstream(asked):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, body))
            self.send_response(200)
            self.send_header("X-Kept", "yes")
            if self.path == "/stream":
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for part in (b"one\n", b"two\n"):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")
                return
            answer = json.dumps({"path": self.path}).encode()
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(upstream, tmp_path):
    with HttpFaultProxy(upstream, directory=tmp_path) as found:
        yield found


def ask(proxy, method="GET", path="/a?b=c", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rsplit(":", 1)[1]), timeout=5)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


def test_it_passes_a_request_and_its_answer(proxy, asked):
    status, body, headers = ask(proxy, "POST", "/a?b=c%20d", b"text")
    assert (status, json.loads(body), headers["X-Kept"]) == (200, {"path": "/a?b=c%20d"}, "yes")
    assert asked == [("POST", "/a?b=c%20d", b"text")]


def test_it_passes_a_stream(proxy):
    assert ask(proxy, path="/stream")[1] == b"one\ntwo\n"


def test_a_status_comes_in_the_servers_place(proxy, asked):
    proxy.add(Fault(path="/a", status=429, retry_after=2, body={"kind": "Status"}))
    status, body, headers = ask(proxy)
    assert (status, json.loads(body), headers["Retry-After"]) == (429, {"kind": "Status"}, "2")
    assert asked == []
    assert ask(proxy)[0] == 200


def test_a_fault_hits_what_matches_and_only_so_often(proxy):
    proxy.add(Fault(method="POST", path="^/a", skip=1, times=2, status=503))
    assert [ask(proxy, "GET")[0]] + [ask(proxy, "POST")[0] for _ in range(4)] == [200, 200, 503, 503, 200]


def test_a_burst_without_an_end_is_ended_by_healing(proxy):
    proxy.add(Fault(times=-1, status=500))
    assert {ask(proxy)[0] for _ in range(3)} == {500}
    proxy.heal()
    assert ask(proxy)[0] == 200


def test_a_reset_before_never_reaches_the_server(proxy, asked):
    proxy.add(Fault(reset_before=True))
    with pytest.raises(ConnectionResetError):
        ask(proxy)
    assert asked == []


def test_a_reset_after_loses_the_answer_to_what_was_done(proxy, asked):
    proxy.add(Fault(method="POST", reset_after=True))
    with pytest.raises(ConnectionResetError):
        ask(proxy, "POST", "/made", b"x")
    assert asked == [("POST", "/made", b"x")]


def test_an_answer_is_cut(proxy):
    proxy.add(Fault(cut_after=4))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(proxy)
    assert len(caught.value.partial) == 4


def test_a_stream_is_cut(proxy):
    proxy.add(Fault(path="stream", cut_after=6))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(proxy, path="/stream")
    assert caught.value.partial == b"one\ntw"


def test_requests_are_counted_by_method(proxy):
    for method in ("GET", "POST", "POST"):
        ask(proxy, method)
    assert (proxy.requests["GET"], proxy.counted(), proxy.counted(["GET"])) == (1, 2, 1)


def test_an_upstream_that_is_gone_is_502(tmp_path):
    with HttpFaultProxy("http://127.0.0.1:1", directory=tmp_path) as proxy:
        assert ask(proxy)[0] == 502


def test_it_ends_tls_with_the_labs_authority(tmp_path):
    from lab.standins.kube.server import KubeStandIn

    server = KubeStandIn("behind", directory=tmp_path, token="secret")
    server.start()
    with HttpFaultProxy(server.url, directory=tmp_path / "pki", ca_file=str(server.ca_file)) as proxy:
        context = ssl.create_default_context(cafile=str(server.ca_file))  # what the clients believed before
        port = int(proxy.url.rsplit(":", 1)[1])
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
        connection.request("GET", "/version")
        assert json.loads(connection.getresponse().read())["major"] == "1"
        connection.close()
    server.stop()
