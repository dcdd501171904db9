"""Stand-in programs: shell scripts that say a version, and a `go` that "builds" without a compiler."""

from __future__ import annotations

from pathlib import Path

import pytest


def script(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def only_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Leave on PATH nothing but `folder` and the machine's own basics."""
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("PATH", f"{folder}:/usr/local/sbin:/sbin:/bin")


def fake_go(folder: Path, *, build: str) -> Path:
    """A `go` of a version that will do, whose `build` runs the shell code `build` with $out as the file to make."""
    return script(
        folder / "go",
        f"""
if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit 0; fi
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
{build}
""",
    )
