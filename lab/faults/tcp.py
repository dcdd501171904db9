"""A TCP proxy whose connections can be made to fail: any protocol, TLS passed through unread."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

CHUNK = 65_536
CONNECT_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(eq=False)
class Link:
    """One client's connection and its way to the upstream."""

    client: socket.socket
    upstream: socket.socket
    passed: int = 0  # bytes that went to the client since a cut was ordered
    closed: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def close(self, *, reset: bool = False) -> None:
        """End both sides, once; with an RST to the client where a crash is played."""
        with self.lock:
            if self.closed.is_set():
                return
            self.closed.set()
        if reset:
            with contextlib.suppress(OSError):
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (self.client, self.upstream):
            # A thread may wait in recv(), which close() does not wake. Before an RST there must be no FIN.
            how = socket.SHUT_RD if reset and end is self.client else socket.SHUT_RDWR
            with contextlib.suppress(OSError):
                end.shutdown(how)
            with contextlib.suppress(OSError):
                end.close()


class FaultProxy:
    """Listens on 127.0.0.1 and passes bytes to an upstream, until it is told to do otherwise.

    What it is told holds for the connections that are open and for those to come, until `heal()`.

    Args:
        host: The upstream's host.
        port: The upstream's port.
        listen_port: 0 for any free one.
    """

    def __init__(self, host: str, port: int, *, listen_port: int = 0) -> None:
        self.upstream = (host, port)
        self._listener = socket.create_server(("127.0.0.1", listen_port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._links: set[Link] = set()
        self._stopped = threading.Event()
        self._stalled = threading.Event()
        self._refusing = False
        self._delay = 0.0
        self._cut_after: int | None = None
        self.accepted = 0
        self.refused = 0

    def start(self) -> FaultProxy:
        """Accept connections from now on; returns itself."""
        threading.Thread(target=self._accept, name="fault-proxy", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the listener and every connection. Twice is once."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._each(reset=False)

    def __enter__(self) -> FaultProxy:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def links(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._links)

    def heal(self) -> None:
        """Pass everything again; what was held back by a stall is sent."""
        self._refusing, self._delay, self._cut_after = False, 0.0, None
        self._stalled.clear()

    def refuse(self) -> None:
        """Reset new connections at once, as a port that nobody listens on; open ones live on."""
        self._refusing = True

    def stall(self) -> None:
        """Pass nothing more, and say nothing: no FIN, no RST."""
        self._stalled.set()

    def delay(self, seconds: float) -> None:
        """Hold each piece of data back for so long, in both directions."""
        self._delay = seconds

    def cut_after(self, count: int) -> None:
        """End every connection once `count` more bytes have gone to its client; 0 ends them now, by FIN."""
        if count == 0:
            self._each(reset=False)
            return
        with self._lock:
            for link in self._links:
                link.passed = 0
            self._cut_after = count

    def reset(self) -> None:
        """End every open connection with an RST; new ones are taken."""
        self._each(reset=True)

    def _each(self, *, reset: bool) -> None:
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            link.close(reset=reset)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            if self._refusing:
                raise ConnectionRefusedError
            upstream = socket.create_connection(self.upstream, timeout=CONNECT_SECONDS)
        except OSError:
            with self._lock:
                self.refused += 1
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            return
        upstream.settimeout(None)
        for end in (client, upstream):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(client, upstream)
        with self._lock:
            self._links.add(link)
            self.accepted += 1
        threading.Thread(target=self._pump, args=(link, client, upstream), daemon=True).start()
        self._pump(link, upstream, client)

    def _pump(self, link: Link, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                self._hold(link)
                if self._delay:
                    time.sleep(self._delay)
                if sink is link.upstream:
                    sink.sendall(data)
                    continue
                part, over = self._allowed(link, data)
                sink.sendall(part)
                if over:
                    break
            self._hold(link)
        except OSError:
            pass
        finally:
            with self._lock:
                self._links.discard(link)
            link.close()

    def _allowed(self, link: Link, data: bytes) -> tuple[bytes, bool]:
        """What of the data may still go to the client, and whether the connection ends then."""
        with self._lock:
            if self._cut_after is None:
                return data, False
            part = data[: max(0, self._cut_after - link.passed)]
            link.passed += len(part)
            return part, link.passed >= self._cut_after

    def _hold(self, link: Link) -> None:
        while self._stalled.is_set() and not self._stopped.is_set() and not link.closed.is_set():
            time.sleep(POLL_SECONDS)
