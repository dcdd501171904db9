"""One HTTP request to a server of the lab, with the standard library: enough to probe it and to set it up."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIMEOUT = 5.0


def call(
    method: str,
    url: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    ca_file: Path | str | None = None,
    timeout: float = TIMEOUT,
) -> tuple[int, Any]:
    """Send one request.

    Args:
        method: Such as `PUT`.
        url: Where to.
        body: What is sent, as JSON; nothing by default.
        headers: Sent besides.
        ca_file: PEM file of the authority that an https server must show.
        timeout: Seconds for each step of the exchange.

    Returns:
        The status, 0 where no answer came, and the answer: parsed where it is JSON, text where it is not.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    if data is not None:
        request.add_header("Content-Type", "application/json")
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]  # no proxy stands before 127.0.0.1
    if ca_file:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(ca_file))))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            return answer.status, _parsed(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _parsed(error.read())
    except OSError as error:
        return 0, str(error)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")
