"""Real servers behind the load balancers: an instance is healthy if, and only if, its HTTP backend says 200 now."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

PROBE_SECONDS = 3.0
AT_ONCE = 16


class Backends:
    """URLs of health checks by instance id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._urls: dict[str, str] = {}

    def put(self, urls: dict[str, str]) -> None:
        """Add backends; an empty URL takes one away."""
        with self._lock:
            self._urls = {target: url for target, url in {**self._urls, **urls}.items() if url}

    def all(self) -> dict[str, str]:
        """The URLs by instance id."""
        with self._lock:
            return dict(self._urls)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._urls.clear()

    def alive(self, targets: list[str]) -> dict[str, bool]:
        """Ask the backends of these targets; one that has none is left out."""
        known = {target: url for target, url in self.all().items() if target in targets}
        if not known:
            return {}
        with ThreadPoolExecutor(min(AT_ONCE, len(known))) as pool:
            return dict(zip(known, pool.map(_answers, known.values()), strict=True))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
