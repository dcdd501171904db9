"""How a request finds the function that answers it."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.stackstorm.errors import NotFound

if TYPE_CHECKING:
    from lab.stackstorm.service import StackStorm

Answer = tuple[int, Any]
#: Seconds that a request may wait for something to happen.
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Request:
    """One request: the service, the query, the body as JSON, and the headers."""

    service: StackStorm
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]

    def number(self, name: str, default: int) -> int:
        """A number of the query."""
        return int(self.query.get(name, default))

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.query.get(name, "").lower() in ("1", "true", "yes")


_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = []


def route(method: str, path: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Register the function of a method and a path; `*` stands for one part, which the function is given."""
    pattern = re.compile("^" + path.replace("/*", "/([^/]+)") + "$")

    def register(call: Callable[..., Answer]) -> Callable[..., Answer]:
        _ROUTES.append((method, pattern, call))
        return call

    return register


def find(method: str, path: str) -> tuple[Callable[..., Answer], list[str]]:
    """The function of a path, and what stands for its wildcards.

    Raises:
        NotFound: There is no such path.
    """
    for known, pattern, call in _ROUTES:
        match = pattern.match(path)
        if known == method and match:
            return call, [urllib.parse.unquote(part) for part in match.groups()]
    raise NotFound(f"the API has no {method} {path}")
