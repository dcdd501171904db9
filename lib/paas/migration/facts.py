"""What a rule may ask of an object's cluster beside the object itself. Answers are read once and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, TypeVar

from paas.migration.json_types import Json

_V = TypeVar("_V")
_MOST = 512


class Facts(Protocol):
    """A cluster's answers to the rules' questions."""

    def service_account(self, namespace: str, name: str) -> Json | None:
        """A ServiceAccount; None where there is none."""

    def token_secrets(self, namespace: str) -> frozenset[str]:
        """Names of the Secrets of type service-account-token in a namespace."""

    def has_selector(self, namespace: str, service: str) -> bool | None:
        """Whether a Service selects its own Pods; None where there is no such Service."""


class NoFacts:
    """A cluster of which nothing else is known: no tokens, no Services."""

    def service_account(self, namespace: str, name: str) -> Json | None:
        """None."""
        return None

    def token_secrets(self, namespace: str) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def has_selector(self, namespace: str, service: str) -> bool | None:
        """None."""
        return None


class Remembered:
    """A cache of the latest answers, so that memory stays bounded; usable from many threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[object, object] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, ask: Callable[[], _V]) -> _V:
        """The answer to `key`, asked for where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]
        answer = ask()
        with self._lock:
            self._kept[key] = answer
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer
