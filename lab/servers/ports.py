"""Ports for the lab's servers: free when first chosen, the same ever after in the same folder."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
from pathlib import Path

# Below the range from which Linux takes the local ports of outgoing connections, which come and go.
_FIRST, _LAST = 20000, 32000
_TRIES = 200


def free() -> int:
    """A TCP port on 127.0.0.1 on which nobody listens now.

    Raises:
        OSError: None of 200 tried is free.
    """
    for port in random.sample(range(_FIRST, _LAST), _TRIES):
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free TCP port among {_TRIES} between {_FIRST} and {_LAST}")


def remembered(directory: Path, *names: str) -> dict[str, int]:
    """A port for each name; those that `directory/ports.json` has are kept, so that addresses survive a restart."""
    file = directory / "ports.json"
    directory.mkdir(parents=True, exist_ok=True)
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in names if name not in known]
    while missing:
        port = free()
        if port not in known.values():
            known[missing.pop()] = port
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(known, indent=1))
    os.replace(partial, file)
    return {name: known[name] for name in names}
