"""A lock by a Consul session: whoever dies loses it when the session's time runs out."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from paas.consul.listing import read_one
from paas.consul.wire import Wire, key_path
from paas.errors import NotFound, PaasError, Refused, ServerError

#: Seconds that a session lives without being renewed; Consul takes up to twice as long to notice.
TTL = 15


class LockLost(PaasError):
    """The session is gone: somebody else may hold the lock by now."""


class Lock:
    """One lock.

    A transaction that begins with a check of `key` and `session` is done only while the lock is held.

    Args:
        wire: The Consul.
        key: The key that is locked.
        holder: What others shall read about the one who holds it.
        clock: Monotonic seconds.
        pause: Sleeps for a number of seconds.

    Attributes:
        key: The key that is locked.
        session: The session's id, "" while the lock is not held.
    """

    def __init__(
        self,
        wire: Wire,
        key: str,
        *,
        holder: dict[str, str],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.key = key
        self.session = ""
        self._wire = wire
        self._holder = json.dumps(holder).encode()
        self._clock = clock
        self._pause = pause
        self._ended = threading.Event()

    def acquire(self, *, wait: float) -> None:
        """Take the lock and keep it until `release`.

        Args:
            wait: Seconds to wait for another holder.

        Raises:
            Refused: Another one holds it.
            ServerError: Consul did not answer.
        """
        self.release()
        deadline = self._clock() + wait
        session = self._create_session()
        try:
            while not self._try(session):
                if self._clock() >= deadline:
                    raise Refused(f"{self.key} is held by {self._held_by()}; wait for it, or stop it there")
                self._pause(1.0)
                self._renew(session)
        except BaseException:
            self._destroy(session)
            raise
        self.session = session
        self._ended = threading.Event()
        keeping = threading.Thread(target=self._keep, args=(session, self._ended), name="consul-lock", daemon=True)
        keeping.start()

    def release(self) -> None:
        """Let the lock go. Twice is once; a Consul that does not answer lets it run out."""
        session, self.session = self.session, ""
        self._ended.set()
        if session:
            self._destroy(session)

    def _create_session(self) -> str:
        # No delay after a loss: who lost it cannot write any more, its transactions check the lock.
        body = {"Name": self.key, "TTL": f"{TTL}s", "LockDelay": "0s", "Behavior": "release"}
        answer = self._wire.ask(
            "PUT", "session/create", operation="create", target="a session", body=json.dumps(body).encode()
        )
        return str(json.loads(answer.body)["ID"])

    def _try(self, session: str) -> bool:
        answer = self._wire.ask(
            "PUT",
            key_path(self.key),
            operation="lock",
            target=self.key,
            parameters=(("acquire", session),),
            body=self._holder,
        )
        return answer.text.strip() == "true"

    def _renew(self, session: str) -> None:
        self._wire.ask("PUT", f"session/renew/{session}", operation="renew", target="the session")

    def _keep(self, session: str, ended: threading.Event) -> None:
        while not ended.wait(TTL / 3):
            try:
                self._renew(session)
            except NotFound:
                return  # the next transaction finds out
            except ServerError:
                continue

    def _destroy(self, session: str) -> None:
        try:
            self._wire.ask("PUT", f"session/destroy/{session}", operation="destroy", target="the session")
        except ServerError:
            return  # it runs out by itself

    def _held_by(self) -> str:
        holder = holder_of(self._wire, self.key)
        if not holder:
            return "a session that is running out"
        return ", ".join(f"{name} {value}" for name, value in sorted(holder.items()))


def holder_of(wire: Wire, key: str) -> dict[str, Any]:
    """What the holder of a lock says about itself; {} where nobody holds it.

    Raises:
        ServerError: Consul did not answer.
    """
    found = read_one(wire, key)
    if found is None or not found.session:
        return {}
    try:
        said = json.loads(base64.b64decode(found.value))
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"session": found.session}
