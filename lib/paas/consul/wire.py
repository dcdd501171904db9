"""One request to Consul with what py-consul's own methods leave out: any key, and the answer's headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import quote, urlencode

from paas.consul.failures import answered, reaching
from paas.consul.transport import Exchange, Transport

# Consul holds a blocking query without `wait` for so many seconds.
_WAIT = 300.0
#: Stands for a byte of a name that is no UTF-8, in the names that this room uses inside.
UNDECODED = "surrogateescape"


@dataclass(frozen=True)
class Answer:
    """What Consul answered; `headers` take names in any case."""

    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Wire:
    """Sends requests.

    Args:
        profile: The Consul's name, for errors.
        datacenter: Another datacenter than the agent's own.
        connected: Gives the connections.
    """

    def __init__(self, *, profile: str, datacenter: str | None, connected: Callable[[], Transport]) -> None:
        self.profile = profile
        self._datacenter = datacenter
        self._connected = connected

    def ask(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        target: str,
        parameters: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        takes: Sequence[int] = (),
    ) -> Answer:
        """Send one request and wait for its answer; the arguments and errors of `begin`."""
        pending = self.begin(
            method, path, operation=operation, target=target, parameters=parameters, body=body, takes=takes
        )
        return pending.answer()

    def begin(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        target: str,
        parameters: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        takes: Sequence[int] = (),
    ) -> Pending:
        """Send one request, and leave its answer for later.

        Args:
            method: HTTP method.
            path: Below `/v1/`, percent-encoded; `key_path` makes the one of a key.
            operation: What is asked, as a verb, for errors.
            target: The object, for errors.
            parameters: The query; with `index` and `wait` the timeout is as long as Consul may take.
            body: What is sent.
            takes: Statuses besides 2xx that are answers and no errors.

        Raises:
            ServerError: Or one of its kinds.
        """
        transport = self._connected()
        query = [*parameters, *([("dc", self._datacenter)] if self._datacenter else [])]
        asked: dict[str, Any] = {"system": f"Consul {self.profile}", "operation": operation, "target": target}
        address = f"/v1/{path}" + (f"?{urlencode(query)}" if query else "")
        with reaching(asked):
            return Pending(transport.begin(method, address, body=body, wait=_wait(dict(parameters))), asked, takes)


class Pending:
    """A request that was sent; its answer is taken once, or it is abandoned.

    Args:
        exchange: The request.
        asked: `system`, `operation` and `target` of it, for errors.
        takes: Statuses besides 2xx that are answers and no errors.
    """

    def __init__(self, exchange: Exchange, asked: dict[str, Any], takes: Sequence[int]) -> None:
        self._exchange = exchange
        self._asked = asked
        self._takes = takes

    def answer(self) -> Answer:
        """Wait for the answer.

        Raises:
            ServerError: Or one of its kinds.
        """
        with reaching(self._asked):
            answer = Answer(*self._exchange.answer())
        if not 200 <= answer.status < 300 and answer.status not in self._takes:
            raise answered(status=answer.status, words=answer.text, asked=self._asked)
        return answer

    def abandon(self) -> None:
        """Give the answer up; what becomes of the request is not known."""
        self._exchange.abandon()


def _wait(parameters: Mapping[str, str]) -> float:
    """Seconds that a query asks Consul to take."""
    if "index" not in parameters:
        return 0.0
    return float(parameters["wait"].removesuffix("s")) if "wait" in parameters else _WAIT


def key_path(key: str) -> str:
    """The path of a key below `/v1/`; slashes are encoded, because Consul would clean `a//b` and `..` away."""
    return f"kv/{quote(key.encode('utf-8', UNDECODED), safe='')}"


def shown(key: str) -> str:
    """A key's name for a person: bytes that are no UTF-8 as hexadecimal escapes."""
    return key.encode("utf-8", UNDECODED).decode("utf-8", "backslashreplace")


def is_plain(name: str) -> bool:
    """Whether a name is UTF-8, so that listings and transactions can carry it."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)
