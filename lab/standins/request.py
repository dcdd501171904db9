"""One HTTP/1.1 request, read from a connection within limits."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_HEADERS = 100
MAX_LINE = 65_536
MAX_BODY = 32 * 1024 * 1024


class Hangup(Exception):
    """The connection is over: the client has gone, or a fault cut it."""


@dataclass
class Request:
    """One request as it came: header names in lower case, the first value of each query parameter."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    target: str = ""  # path and query as they came
    subject: str = ""  # the common name of the client's certificate
    groups: tuple[str, ...] = ()


def read_request(reader: BinaryIO, connection: socket.socket) -> Request | None:
    """Read one request; None when the client has closed.

    Raises:
        Hangup: What came is no HTTP/1.1 that this server reads.
    """
    line = reader.readline(MAX_LINE)
    if not line.strip():
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Hangup
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADERS):
        header = reader.readline(MAX_LINE)
        if header in (b"\r\n", b"\n", b""):
            break
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    url = urlsplit(parts[1])
    query: dict[str, str] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        query.setdefault(name, value)
    return Request(parts[0].upper(), unquote(url.path), query, headers, _read_body(reader, headers), parts[1])


def _read_body(reader: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(reader.readline(MAX_LINE).split(b";")[0], 16):
            if len(body) + size > MAX_BODY:
                raise Hangup
            body += reader.read(size)
            reader.readline(MAX_LINE)
        reader.readline(MAX_LINE)
        return body
    size = int(headers.get("content-length") or 0)
    if size > MAX_BODY:
        raise Hangup
    return reader.read(size) if size else b""
