"""Finds a server's binary: named by the environment, on PATH or in the cache; builds it where it is in none of them."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from lab.servers import build
from lab.servers.catalogue import BINARIES, Binary
from lab.servers.errors import BuildFailed


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/stackstorm-kubernetes/servers`, by default under `~/.cache`; outside every checkout."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path there is to be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return root / "stackstorm-kubernetes" / "servers"


def cached(binary: Binary) -> Path:
    """Where this binary is kept: keyed by all that decides what is built, so that nothing stale is ever run."""
    digest = hashlib.sha256()
    for part in (binary.package, binary.ldflags, platform.system(), platform.machine()):
        digest.update(part.encode() + b"\0")
    for source in binary.sources():
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return cache_folder() / f"{binary.name}-{digest.hexdigest()[:16]}" / binary.name


def locate(name: str) -> Path | None:
    """The binary's file, without building it; None where it must be built.

    Args:
        name: One of the catalogue's names, such as `kube-apiserver`.

    Raises:
        BuildFailed: The name is unknown, or an environment variable names something that is no program.
    """
    binary = _known(name)
    return _named_by_environment(binary) or _on_path(binary) or _kept(binary)


def binary(name: str) -> Path:
    """The binary's file; built first where it must be, which takes minutes and says so on stderr.

    Args:
        name: One of the catalogue's names, such as `kubectl`.

    Raises:
        BuildFailed: It is nowhere and cannot be built.
    """
    found = locate(name)
    if found is None:
        wanted = _known(name)
        found = cached(wanted)
        build.build(wanted, found)
    return found


def _known(name: str) -> Binary:
    try:
        return BINARIES[name]
    except KeyError:
        raise BuildFailed(f"{name!r} is none of the lab's servers; they are {', '.join(BINARIES)}") from None


def _named_by_environment(binary: Binary) -> Path | None:
    if binary.file_variable and (value := os.environ.get(binary.file_variable)):
        if not _is_program(Path(value)):
            raise BuildFailed(f"{binary.file_variable}={value} is no program; it should name a {binary.name} binary")
        return Path(value).absolute()
    if binary.folder_variable and (value := os.environ.get(binary.folder_variable)):
        if not Path(value).is_dir():
            raise BuildFailed(
                f"{binary.folder_variable}={value} is no folder; it should hold kube-apiserver, etcd and kubectl"
            )
        if _is_program(Path(value) / binary.name):
            return (Path(value) / binary.name).absolute()
    return None


def _on_path(binary: Binary) -> Path | None:
    found = shutil.which(binary.name)
    if found is None or version_of(found, binary.version_argv) < binary.at_least:
        return None
    return Path(found).absolute()


def _kept(binary: Binary) -> Path | None:
    kept = cached(binary)
    return kept if _is_program(kept) else None


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


@functools.lru_cache(maxsize=64)
def version_of(program: str, argv: tuple[str, ...]) -> tuple[int, int]:
    """(major, minor) of what a program says of itself; (0, 0) where it says none, or nothing within 10 s."""
    try:
        said = subprocess.run([program, *argv], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    match = re.search(r"v?(\d+)\.(\d+)\.\d+", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)
