"""Where a lab keeps what it knows, and how the other commands find the one that is up."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any


class NoLab(Exception):
    """There is no lab up where it was looked for."""


def _home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "paas-lab"


def write(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp's mode is 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def default_directory() -> Path:
    """The state directory where none is named."""
    return _home() / "default"


def remember(directory: Path) -> None:
    """Make a state directory the one that the other commands use."""
    write(_home() / "last", f"{directory.resolve()}\n")


def last_directory() -> Path:
    """The state directory of the lab that was started last."""
    try:
        return Path((_home() / "last").read_text().strip())
    except FileNotFoundError:
        return default_directory()


def prepare(directory: Path, *, real: bool) -> None:
    """Make a state directory fit for a start.

    The stand-ins' clusters and AWS live in memory, so with them everything begins anew; so it does where the servers
    were of the other kind the last time. Real clusters go on where they were.

    Raises:
        NoLab: The directory is in use for something else.
    """
    marker = directory / "paas-lab"
    if directory.is_dir() and not marker.is_file() and any(directory.iterdir()):
        raise NoLab(f"{directory} is not empty and no lab's; name an empty directory, or a new one, with --state-dir")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = "real" if real else "stand-ins"
    if marker.is_file() and (not real or marker.read_text().strip() != kind):
        for part in ("platform", "stackstorm"):
            shutil.rmtree(directory / part, ignore_errors=True)
    write(marker, f"{kind}\n")


def publish(directory: Path, **about: Any) -> None:
    """Say that a lab is up: its pid, its API's URL and token, and what it runs."""
    write(directory / "lab.json", json.dumps({"pid": os.getpid(), **about}, indent=2))


def withdraw(directory: Path) -> None:
    """Say that the lab is up no more."""
    with contextlib.suppress(FileNotFoundError):
        (directory / "lab.json").unlink()


def running(directory: Path) -> dict[str, Any] | None:
    """What the lab of a state directory said of itself, None where none is up."""
    try:
        about: dict[str, Any] = json.loads((directory / "lab.json").read_text())
        os.kill(int(about["pid"]), 0)
    except (FileNotFoundError, ProcessLookupError, ValueError, KeyError):
        return None
    except PermissionError:  # it runs, as another user
        pass
    return about


def find(directory: Path | None) -> tuple[Path, dict[str, Any]]:
    """The lab that is up in a state directory, or the last one that was started.

    Raises:
        NoLab: None is up there.
    """
    directory = directory or last_directory()
    about = running(directory)
    if about is None:
        raise NoLab(f"no lab is up in {directory}; start one with `python -m lab up`, or name another with --state-dir")
    return directory, about
