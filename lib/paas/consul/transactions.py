"""Transactions: operations as text, within the limits of the Consul at hand, and what became of each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as _quoted

from paas.consul.failures import answered
from paas.consul.wire import Wire
from paas.errors import ServerError

#: Since Consul 1.14; 64 before, which the first refusal tells.
OPERATIONS_AT_MOST = 128
#: Consul's default for the body (txn_max_req_len).
BYTES_AT_MOST = 524_288
# The words of an operation, flags and an index of 20 digits each.
_SIZE_OF_THE_REST = 120
_TOO_MANY = re.compile(r"too many operations \(\d+ > (\d+)\)")
_TOO_LARGE = re.compile(r"too large, max size: (\d+) bytes")
# A quote inside a JSON string is escaped, so that this stands in no name; finding it takes a tenth of decoding it all.
_MODIFIED = re.compile(rb'"ModifyIndex":\s*(\d+)')
_DELETION = '{"KV":{"Verb":"delete-cas"'


@dataclass
class Limits:
    """What one transaction takes; corrected by what Consul says."""

    operations: int = OPERATIONS_AT_MOST
    size: int = BYTES_AT_MOST


def size_at_most(key: str, value: str = "") -> int:
    """Characters that an operation on a key has at most, each letter of the name escaped and a comma after it."""
    return len(value) + (6 if key.isascii() else 12) * len(key) + _SIZE_OF_THE_REST


class TooMuch(Exception):
    """The transaction was above the limits, which are corrected now. Nothing was written."""


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction.

    Attributes:
        indexes: ModifyIndex of the key of each operation but the deletions, in their order; empty where the
            transaction was refused.
        refused: Consul's words by the number of the operation that it refused; empty where all was done.
    """

    indexes: Sequence[int] = ()
    refused: dict[int, str] = field(default_factory=dict)


def cas(key: str, value: str, *, flags: int, index: int) -> str:
    """Set a key if it is still the one with `index`; 0 creates. `value` is base64."""
    return f'{{"KV":{{"Verb":"cas","Key":{_quoted(key)},"Value":"{value}","Flags":{flags},"Index":{index}}}}}'


def delete_cas(key: str, *, index: int) -> str:
    """Delete a key if it is still the one with `index`."""
    return f'{_DELETION},"Key":{_quoted(key)},"Index":{index}}}}}'


def check_session(key: str, session: str) -> str:
    """Refuse the whole transaction unless `session` holds the lock on `key`."""
    return f'{{"KV":{{"Verb":"check-session","Key":{_quoted(key)},"Session":{_quoted(session)}}}}}'


def transact(wire: Wire, operations: Sequence[str], *, limits: Limits, target: str) -> Outcome:
    """Do all of the operations, or none; the errors are those of `Transacting`."""
    return Transacting(wire, operations, target=target).outcome(limits)


class Transacting:
    """A transaction that was sent: all of its operations are done, or none.

    Args:
        wire: The Consul.
        operations: What to do.
        target: What it is about, for errors.

    Raises:
        ServerError: It could not be sent.
    """

    def __init__(self, wire: Wire, operations: Sequence[str], *, target: str) -> None:
        self._wire = wire
        self._target = target
        self._operations = len(operations)
        self._keys_left = sum(not each.startswith(_DELETION) for each in operations)
        body = f"[{','.join(operations)}]".encode()
        self._size = len(body)
        self._pending = wire.begin("PUT", "txn", operation="write", target=target, body=body, takes=(409, 413))

    def outcome(self, limits: Limits) -> Outcome:
        """Wait for what becomes of it.

        Raises:
            TooMuch: It was above the limits.
            ServerError: Consul did not answer, or not with a transaction's outcome; what became of it is not known.
        """
        answer = self._pending.answer()
        if answer.status == 413:
            raise self._corrected(answer.text, limits)
        try:
            if answer.status == 409:
                said = json.loads(answer.body)
                return Outcome(refused={each["OpIndex"]: each["What"] for each in said["Errors"]})
            indexes = [int(each) for each in _MODIFIED.findall(answer.body)]
            if not self._keys_left:
                # There is nothing to count, and a page of some other server has as much of it.
                json.loads(answer.body)["Results"]
            if len(indexes) != self._keys_left:
                raise ValueError
            return Outcome(indexes=indexes)
        except (ValueError, KeyError, TypeError) as error:
            raise answered(
                status=502,
                words="the answer is no transaction's outcome",
                asked={"system": f"Consul {self._wire.profile}", "operation": "write", "target": self._target},
            ) from error

    def abandon(self) -> None:
        """Give the answer up; what becomes of the transaction is not known."""
        self._pending.abandon()

    def _corrected(self, words: str, limits: Limits) -> Exception:
        """Correct the limits; several that are under way at once may tell the same."""
        if found := _TOO_MANY.search(words):
            limits.operations = min(limits.operations, int(found.group(1)), self._operations - 1)
        elif found := _TOO_LARGE.search(words):
            limits.size = min(limits.size, int(found.group(1)), self._size - 1)
        else:
            return ServerError(
                system=f"Consul {self._wire.profile}",
                operation="write",
                target=self._target,
                status=413,
                words=words[:300],
            )
        return TooMuch()
