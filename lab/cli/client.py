"""Speaks to the API of the lab that is up."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from lab import state


class Refused(Exception):
    """The lab refused; the message is its own."""


class LabClient:
    """One lab's API.

    Args:
        directory: Its state directory; None is the lab that was started last.

    Raises:
        lab.state.NoLab: None is up there.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory, about = state.find(directory)
        self.about = about
        self._url = str(about["url"])
        self._token = str(about["token"])

    def call(self, method: str, path: str, body: Any = None, *, timeout: float = 90.0, **query: Any) -> Any:
        """Send one request, and return its answer's JSON.

        Raises:
            Refused: The lab refused it.
            lab.state.NoLab: The lab does not answer.
        """
        asked = {name: str(value) for name, value in query.items() if value is not None}
        url = f"{self._url}{path}" + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Auth-Token": self._token, "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            try:
                words = json.loads(error.read())["faultstring"]
            except (ValueError, KeyError, TypeError):
                words = f"HTTP {error.code}"
            raise Refused(words) from None
        except (urllib.error.URLError, OSError) as error:
            raise state.NoLab(f"the lab of {self.directory} does not answer: {error}") from None

    def each(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """A list of documents."""
        found: list[dict[str, Any]] = self.call("GET", path, **query)
        return found


def quoted(part: str) -> str:
    """One part of a path."""
    return urllib.parse.quote(part, safe="")
