"""What Vault keeps: JSON documents by path, in memory and in an append-only file."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

# The file is written anew in short form when it has this many lines more than twice the documents.
SLACK = 50_000


class Storage:
    """Documents by path; every change is with the kernel before the call returns. Nothing is encrypted.

    Args:
        directory: Where `vault.jsonl` lives; it is read again at the next start.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._path = directory / "vault.jsonl"
        self._documents: dict[str, Any] = {}
        if self._path.exists():
            self._replay()
        self._rewrite()

    def _replay(self) -> None:
        for line in self._path.read_bytes().split(b"\n"):
            try:
                path, document = json.loads(line)
            except ValueError:
                continue  # the last line of a process that was killed in the middle of it
            if document is None:
                self._documents.pop(path, None)
            else:
                self._documents[path] = document

    def _rewrite(self) -> None:
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for path, document in self._documents.items():
                out.write(json.dumps([path, document], separators=(",", ":")).encode() + b"\n")
        os.replace(fresh, self._path)
        self._file = self._path.open("ab")
        self._lines = 0

    def get(self, path: str) -> Any:
        """A copy of one document, None where there is none."""
        with self.lock:
            document = self._documents.get(path)
            return None if document is None else json.loads(json.dumps(document))

    def put(self, path: str, document: Any) -> None:
        """Write one document; None deletes it."""
        line = json.dumps([path, document], separators=(",", ":")).encode() + b"\n"
        with self.lock:
            if document is None:
                self._documents.pop(path, None)
            else:
                self._documents[path] = json.loads(line)[1]
            self._file.write(line)
            self._file.flush()
            self._lines += 1
            if self._lines > SLACK + 2 * len(self._documents):
                self._file.close()
                self._rewrite()

    def delete(self, path: str) -> None:
        """Delete one document; twice is once."""
        with self.lock:
            if path in self._documents:
                self.put(path, None)

    def paths(self, prefix: str) -> list[str]:
        """The paths that begin with a prefix, in order."""
        with self.lock:
            return sorted(path for path in self._documents if path.startswith(prefix))

    def names(self, prefix: str) -> list[str]:
        """What is right below a prefix: names, and folders with a slash at their end."""
        below = (path.removeprefix(prefix) for path in self.paths(prefix))
        return sorted({name.split("/", 1)[0] + ("/" if "/" in name else "") for name in below if name})

    def delete_all(self, prefix: str) -> None:
        """Delete everything below a prefix."""
        with self.lock:
            for path in self.paths(prefix):
                self.delete(path)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
