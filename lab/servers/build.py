"""Builds one server from its Go module into the cache: once, under a lock, with progress, in bounded time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lab.servers import toolchain
from lab.servers.catalogue import Binary
from lab.servers.errors import BuildFailed

TIMEOUT = 1800.0  # seconds for one binary; the slowest takes 5 minutes on two cores
LOCK_TIMEOUT = 3600.0
SAY_EVERY = 15.0


def say(line: str) -> None:
    """One line of progress, at once; on stderr, because a lab's stdout may be JSON."""
    print(line, file=sys.stderr, flush=True)


def build(binary: Binary, target: Path) -> None:
    """Build `binary` into `target`; nothing is done where another process has built it meanwhile.

    Raises:
        BuildFailed: No toolchain, no module, a compiler's error, no space, or no end within `TIMEOUT`.
    """
    try:
        target.parent.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(target.parent.parent / "build.lock", waiting_for=binary.name):
            if not target.is_file():
                _build(binary, target)
    except OSError as error:
        raise BuildFailed(f"{binary.name} {binary.version} cannot be kept in the servers' cache: {error}") from error


def _build(binary: Binary, target: Path) -> None:
    go = toolchain.go_command(say)
    began = time.monotonic()
    # A folder of its own in the same file system, so that what is renamed into place is whole or not there.
    with tempfile.TemporaryDirectory(dir=target.parent.parent, prefix=f".{binary.name}-") as folder:
        made = Path(folder) / "out" / binary.name
        made.parent.mkdir()
        argv = [go, "build", "-v", "-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", binary.ldflags]
        _run(binary, [*argv, "-o", str(made), binary.package])
        size = made.stat().st_size
        shutil.rmtree(target.parent, ignore_errors=True)  # what a crash of the machine may have left
        os.replace(made.parent, target.parent)
    say(f"{binary.name} {binary.version}: built in {time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB")


def _run(binary: Binary, argv: list[str]) -> None:
    """Run the compiler; what it says becomes a line of progress now and then, or the end of an error."""
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",  # none of the servers needs a C compiler
        "GOTOOLCHAIN": "local",  # Go itself comes from PATH or from the package index, never from elsewhere
        "GOWORK": "off",
        "GOFLAGS": "",
    }
    say(f"{binary.name} {binary.version}: building ...")
    process = subprocess.Popen(
        argv,
        cwd=binary.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        os.setpriority(os.PRIO_PROCESS, process.pid, 5)  # a build must not starve what runs beside it
        assert process.stderr is not None
        tail = _follow(binary, process.stderr)
        code = process.wait(10)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        raise
    finally:
        if process.stderr is not None:
            process.stderr.close()
    if code != 0:
        raise BuildFailed(
            f"{binary.name} {binary.version} could not be built in lab/servers/{binary.module} (go ended with {code}); "
            f"its last words: {tail}"
        )


def _follow(binary: Binary, stream: IO[bytes]) -> str:
    began = spoke = time.monotonic()
    packages, last, pending, words = 0, "", b"", [""] * 8
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if now - began > TIMEOUT:
                raise BuildFailed(
                    f"{binary.name} {binary.version} was not built within {TIMEOUT:.0f} s (the last step: {last}); "
                    f"what is compiled is kept, so run `python -m lab.servers build {binary.name}` again"
                )
            if now - spoke >= SAY_EVERY:
                spoke = now
                say(f"{binary.name} {binary.version}: {now - began:.0f} s, {packages} packages compiled; {last}")
            if not selector.select(1.0):
                continue
            chunk = os.read(stream.fileno(), 65536)
            if not chunk:
                return " / ".join(word for word in words if word) or "(none)"
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                last = line.decode("utf-8", "replace")[:200]
                if not last.startswith("go: downloading"):
                    packages += " " not in last
                words = [*words[1:], last]


@contextlib.contextmanager
def _only_one(path: Path, *, waiting_for: str) -> Iterator[None]:
    """One build at a time on a machine: they share the compiler's cache, and each takes all cores."""
    deadline = time.monotonic() + LOCK_TIMEOUT
    spoke = 0.0
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                now = time.monotonic()
                if now > deadline:
                    raise BuildFailed(
                        f"{waiting_for}: another process has held {path} for {LOCK_TIMEOUT:.0f} s; end that build"
                    ) from None
                if now - spoke >= SAY_EVERY:
                    spoke = now
                    say(f"{waiting_for}: waiting for another process that builds servers")
                time.sleep(0.5)
        yield
