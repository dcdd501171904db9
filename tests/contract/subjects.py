"""What a contract suite is run on: a stand-in always, the real server beside it where PAAS_REAL=1."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests

STAND_IN, REAL = "stand-in", "real"
KINDS = [pytest.param(STAND_IN, id=STAND_IN)]
if os.environ.get("PAAS_REAL") == "1":
    KINDS.append(pytest.param(REAL, id=REAL, marks=pytest.mark.real))

_NUMBERS = itertools.count(1)


@dataclass
class Subject:
    """One server under test, asked over HTTP and known by nothing else.

    `restart` kills its process and brings it back on the same address.
    """

    kind: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    restart: Callable[[], None] = lambda: None
    verify: str | bool = True

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more) -> requests.Response:
        wanted = self.headers if headers is None else headers
        return self._session.request(
            method,
            f"{self.url}/v1/{path}",
            headers=wanted,
            verify=self.verify,
            timeout=60,
            allow_redirects=False,
            **more,
        )

    def get(self, path: str, **more) -> requests.Response:
        return self.ask("GET", path, **more)

    def put(self, path: str, data: bytes | str | None = None, **more) -> requests.Response:
        return self.ask("PUT", path, data=data, **more)

    def post(self, path: str, json: object = None, **more) -> requests.Response:
        return self.ask("POST", path, json=json, **more)

    def list(self, path: str, **more) -> requests.Response:
        return self.ask("LIST", path, **more)

    def delete(self, path: str, **more) -> requests.Response:
        return self.ask("DELETE", path, **more)

    def anew(self, headers: dict[str, str] | None = None) -> Subject:
        """The same server over a connection of its own, for a second thread or another token."""
        return Subject(self.kind, self.url, self.headers if headers is None else headers, self.restart, self.verify)


def folder_of(request: pytest.FixtureRequest) -> str:
    """A folder that no other test uses."""
    return f"contract/{request.node.originalname}-{next(_NUMBERS)}"
