"""The TCP proxy, before a server that echoes lines."""

import json
import socket
import socketserver
import sys
import threading
from pathlib import Path

import pytest

from lab.faults import FaultProxy
from lab.processes import Server

ROOT = Path(__file__).resolve().parents[3]


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


@pytest.fixture
def upstream():
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(upstream):
    with FaultProxy("127.0.0.1", upstream) as found:
        yield found


@pytest.fixture
def connect(proxy):
    opened = []

    def call():
        found = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        opened.append(found)
        return found

    yield call
    for one in opened:
        one.close()


def said(connection, text=b"hello\n"):
    connection.sendall(text)
    return received(connection, len(text))


def received(connection, count):
    found = b""
    while len(found) < count and (data := connection.recv(count - len(found))):
        found += data
    return found


def test_it_passes_bytes_both_ways(connect):
    assert said(connect()) == b"hello\n"


def test_a_connection_is_cut_after_so_many_bytes(proxy, connect):
    connection = connect()
    assert said(connection) == b"hello\n"
    proxy.cut_after(3)
    connection.sendall(b"again\n")
    assert received(connection, 100) == b"aga"
    assert connection.recv(1) == b""


def test_a_connection_made_later_is_cut_too_until_it_is_healed(proxy, connect):
    proxy.cut_after(2)
    assert said(connect()) == b"he"
    proxy.heal()
    assert said(connect()) == b"hello\n"


def test_cut_after_nothing_ends_every_connection_now(proxy, connect):
    connection = connect()
    said(connection)
    proxy.cut_after(0)
    assert connection.recv(1) == b""
    assert said(connect()) == b"hello\n"


def test_a_stall_says_nothing_and_ends_nothing(proxy, connect):
    connection = connect()
    said(connection)
    proxy.stall()
    connection.sendall(b"again\n")
    connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    proxy.heal()
    connection.settimeout(5)
    assert received(connection, 6) == b"again\n"


def test_a_reset_is_no_clean_end(proxy, connect):
    connection = connect()
    said(connection)
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_new_connections_are_refused_and_open_ones_live(proxy, connect):
    connection = connect()
    said(connection)
    proxy.refuse()
    with pytest.raises(ConnectionError):
        said(connect())
    assert said(connection) == b"hello\n"
    assert proxy.refused == 1


def test_a_delay_holds_data_back(proxy, connect):
    connection = connect()
    proxy.delay(0.15)
    connection.settimeout(0.1)
    connection.sendall(b"x\n")
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(5)
    assert received(connection, 2) == b"x\n"


def test_an_upstream_that_is_not_there_resets_the_client(upstream):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = taken.getsockname()[1]
    with (
        FaultProxy("127.0.0.1", nowhere) as proxy,
        pytest.raises(ConnectionError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client,
    ):
        said(client)


def test_it_stops_twice(upstream):
    proxy = FaultProxy("127.0.0.1", upstream).start()
    proxy.stop()
    proxy.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def test_as_a_process_it_takes_orders(upstream, tmp_path):
    argv = [sys.executable, "-m", "lab.faults", "--upstream", f"127.0.0.1:{upstream}"]
    server = Server("faults", argv, directory=tmp_path, env={"PYTHONPATH": str(ROOT)})
    ports = server.start_ready_line()
    try:
        control = socket.create_connection(("127.0.0.1", ports["control"]), timeout=5)
        orders = control.makefile("rw")

        def order(text):
            orders.write(f"{text}\n")
            orders.flush()
            return json.loads(orders.readline())

        assert order("cut 2")["error"] == ""
        client = socket.create_connection(("127.0.0.1", ports["port"]), timeout=5)
        assert said(client) == b"he"
        assert "'dance' is no order" in order("dance")["error"]
        assert order("cut x")["error"]
        control.close()
        client.close()
    finally:
        server.stop()
    assert server.returncode == 0
