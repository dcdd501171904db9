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
        indexes: ModifyIndex by key of what was set; empty where the transaction was refused.
        refused: Consul's words by the number of the operation that it refused; empty where all was done.
    """

    indexes: dict[str, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def cas(key: str, value: str, *, flags: int, index: int) -> str:
    """Set a key if it is still the one with `index`; 0 creates. `value` is base64."""
    return f'{{"KV":{{"Verb":"cas","Key":{_quoted(key)},"Value":"{value}","Flags":{flags},"Index":{index}}}}}'


def delete_cas(key: str, *, index: int) -> str:
    """Delete a key if it is still the one with `index`."""
    return f'{{"KV":{{"Verb":"delete-cas","Key":{_quoted(key)},"Index":{index}}}}}'


def check_session(key: str, session: str) -> str:
    """Refuse the whole transaction unless `session` holds the lock on `key`."""
    return f'{{"KV":{{"Verb":"check-session","Key":{_quoted(key)},"Session":{_quoted(session)}}}}}'


def transact(wire: Wire, operations: Sequence[str], *, limits: Limits, target: str) -> Outcome:
    """Do all of the operations, or none.

    Raises:
        TooMuch: It was above the limits.
        ServerError: Consul did not answer, or not with a transaction's outcome; what became of it is not known then.
    """
    body = f"[{','.join(operations)}]".encode()
    answer = wire.ask("PUT", "txn", operation="write", target=target, body=body, takes=(409, 413))
    if answer.status == 413:
        raise _corrected(wire, answer.text, limits, target)
    try:
        said = json.loads(answer.body)
        if answer.status == 409:
            return Outcome(refused={each["OpIndex"]: each["What"] for each in said["Errors"]})
        pairs = (each["KV"] for each in said["Results"] or ())
        return Outcome(indexes={each["Key"]: each["ModifyIndex"] for each in pairs})
    except (ValueError, KeyError, TypeError) as error:
        raise answered(
            status=502,
            words="the answer is no transaction's outcome",
            asked={"system": f"Consul {wire.profile}", "operation": "write", "target": target},
        ) from error


def _corrected(wire: Wire, words: str, limits: Limits, target: str) -> Exception:
    if found := _TOO_MANY.search(words):
        limits.operations = min(int(found.group(1)), limits.operations - 1)
    elif found := _TOO_LARGE.search(words):
        limits.size = min(int(found.group(1)), limits.size - 1)
    else:
        return ServerError(
            system=f"Consul {wire.profile}", operation="write", target=target, status=413, words=words[:300]
        )
    return TooMuch()
