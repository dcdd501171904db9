"""A server that knows how to tell that it is ready, so that a test can crash it and have it back in two lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.processes import Server


class ProbedServer(Server):
    """A child process with a probe of its own; `kill()` and `up()` are a crash and its recovery, on the same port.

    Args:
        name: As in `Server`.
        argv: As in `Server`.
        directory: As in `Server`.
        is_ready: Whether it answers; called again and again until it does.
        timeout: Seconds after which a start has failed.
        env: As in `Server`.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        directory: Path,
        is_ready: Callable[[], bool],
        timeout: float = 90.0,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name, argv, directory=directory, env=env)
        self.is_ready = is_ready
        self.timeout = timeout

    def up(self) -> None:
        """Start it where it does not run, and return when it is ready.

        Raises:
            ServerFailed: It ended, or was not ready in time.
        """
        if not self.running:
            self.start_until(self.is_ready, timeout=self.timeout)


def stop(servers: Sequence[Server]) -> None:
    """Stop servers in the reverse of their order, so that what others need goes last."""
    for server in reversed(servers):
        server.stop()
