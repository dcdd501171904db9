"""An HTTP proxy that fails by rule: a status in the server's place, or a reset after the request went through.

It speaks HTTP/1.1 on both sides: TLS with a certificate of the lab's authority where the upstream has TLS, else plain.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lab.servers.certificates import Authority
from lab.standins.front import Front, Reply
from lab.standins.request import Hangup, Request

PER_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade", "proxy-connection"}
)
UPSTREAM_SECONDS = 600.0


@dataclass
class Fault:
    """What happens to the requests that match.

    Attributes:
        path: A regular expression found in `path?query`.
        method: Only this method; empty for any.
        times: To how many requests; -1 for all.
        skip: How many that match pass before.
        status: Answer so instead of asking the upstream; `body` and `headers` go with it.
        retry_after: Seconds for a Retry-After header.
        reset_before: End the connection with an RST, the upstream not asked.
        reset_after: Let the request go through, then end the connection instead of answering.
        cut_after: End the connection after so many bytes of the answer's body.
        delay: Seconds to wait first.
        hits: How often it happened.
    """

    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    reset_before: bool = False
    reset_after: bool = False
    cut_after: int | None = None
    delay: float = 0.0
    hits: int = 0

    def takes(self, method: str, target: str) -> bool:
        """Whether it happens to this request; counts it."""
        if self.times == 0 or (self.method and self.method != method) or not re.search(self.path, target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= self.times > 0
        self.hits += 1
        return True


class HttpFaultProxy:
    """A proxy in front of one HTTP server.

    Args:
        upstream: `https://127.0.0.1:PORT` or `http://...`.
        ca_file: The authority of the upstream's certificate; None for plain HTTP.
        directory: Where the authority of the proxy's own certificate is, or is made: the folder of the upstream's
            `ca.crt` and `ca.key` lets clients believe both. Unused without TLS.
        listen_port: 0 for any free one.
    """

    def __init__(self, upstream: str, *, directory: Path, ca_file: str | None = None, listen_port: int = 0) -> None:
        address = urlsplit(upstream)
        assert address.hostname is not None and address.port is not None
        self._address = (address.hostname, address.port)
        self._tls = ssl.create_default_context(cafile=ca_file) if address.scheme == "https" else None
        context = None
        self.ca_file = ""
        if self._tls is not None:
            authority = Authority(directory)
            self.ca_file = str(authority.pair.certificate)
            serving = authority.serving("fault-proxy", hosts=("localhost",))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(serving.certificate, serving.key)
            context.set_alpn_protocols(["http/1.1"])
        self._front = Front(self._answer, port=listen_port, tls=context)
        self.url = f"{address.scheme}://127.0.0.1:{self._front.port}"
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.requests: Counter[str] = Counter()

    def start(self) -> HttpFaultProxy:
        """Accept connections from now on; returns itself."""
        self._front.start()
        return self

    def stop(self) -> None:
        """Close the listener and every connection."""
        self._front.stop()

    def __enter__(self) -> HttpFaultProxy:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def add(self, *faults: Fault) -> None:
        """Let these happen; of several that match, the one added first."""
        with self._lock:
            self._faults += faults

    def heal(self) -> None:
        """Let nothing happen any more."""
        with self._lock:
            self._faults.clear()

    def counted(self, methods: Iterable[str] = ("POST", "PUT", "PATCH", "DELETE")) -> int:
        """How many requests of these methods came in, those that a fault took included."""
        with self._lock:
            return sum(self.requests[method] for method in methods)

    def _answer(self, request: Request, reply: Reply) -> None:
        target = unquote(request.target)
        with self._lock:
            self.requests[request.method] += 1
            fault = next((one for one in self._faults if one.takes(request.method, target)), Fault())
        if fault.delay:
            time.sleep(fault.delay)
        if fault.reset_before:
            reply.reset()
        if fault.status:
            self._refuse(fault, reply)
            return
        self._pass(request, reply, fault)

    @staticmethod
    def _refuse(fault: Fault, reply: Reply) -> None:
        headers = dict(fault.headers)
        if fault.retry_after is not None:
            headers["Retry-After"] = f"{fault.retry_after:g}"
        body = fault.body if isinstance(fault.body, bytes) else json.dumps(fault.body if fault.body is not None else {})
        reply.send(fault.status, body if isinstance(body, bytes) else body.encode(), headers=headers)

    def _pass(self, request: Request, reply: Reply, fault: Fault) -> None:
        if self._tls is not None:
            upstream: http.client.HTTPConnection = http.client.HTTPSConnection(
                *self._address, context=self._tls, timeout=UPSTREAM_SECONDS
            )
        else:
            upstream = http.client.HTTPConnection(*self._address, timeout=UPSTREAM_SECONDS)
        headers = {name: value for name, value in request.headers.items() if name not in PER_HOP}
        try:
            upstream.request(request.method, request.target, request.body or None, headers)
            response = upstream.getresponse()
            if fault.reset_after:
                response.read()
                reply.reset()
            self._forward(request, response, reply, fault)
        except (OSError, http.client.HTTPException) as error:
            if reply.started:
                raise Hangup from error
            reply.send(502, f"the upstream did not answer: {error}".encode(), content_type="text/plain")
        finally:
            upstream.close()

    @staticmethod
    def _forward(request: Request, response: http.client.HTTPResponse, reply: Reply, fault: Fault) -> None:
        kept = {name: value for name, value in response.getheaders() if name.lower() not in PER_HOP}
        content_type = kept.pop("Content-Type", "application/octet-stream")
        length = response.getheader("Content-Length")
        if length is not None or request.method == "HEAD":
            body = response.read()
            if fault.cut_after is not None:
                # The length promises all of it: the client must notice that it got less.
                reply.send(response.status, body[: fault.cut_after], content_type=content_type,
                           headers={**kept, "Content-Length": str(len(body))})  # fmt: skip
                raise Hangup
            reply.send(response.status, body, content_type=content_type, headers=kept)
            return
        reply.begin_stream(status=response.status, content_type=content_type, headers=kept)
        left = fault.cut_after
        while data := response.read1(65_536):
            if left is not None:
                data, left = data[:left], left - len(data[:left])
            with contextlib.suppress(ValueError):
                reply.chunk(data)
            if left == 0:
                raise Hangup
        reply.end_stream()
