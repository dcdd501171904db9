"""The key-value store's operations, one function a verb, by the rules of Consul's own state store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.standins.consul.entries import Entry
from lab.standins.consul.store import Change, Rejected, State


@dataclass(frozen=True)
class Operation:
    """One operation on a key; `index` is what a check or a CAS compares with."""

    verb: str
    key: bytes
    value: bytes | None = None
    flags: int = 0
    index: int = 0
    session: str = ""


WRITING = frozenset({"set", "delete", "delete-cas", "delete-tree", "cas", "lock", "unlock"})


def quoted(key: bytes | str) -> str:
    """A key as Go's %q prints it, near enough for keys that a person would use."""
    text = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def put(change: Change, wanted: Operation, *, session: str | None = None, lock_index: int | None = None) -> Entry:
    """Insert or update; what would change nothing keeps its ModifyIndex. `session` None keeps the holder."""
    existing = change.state.entries.get(wanted.key)
    if session is None:
        session = existing.session if existing else ""
    if lock_index is None:
        # Consul writes the LockIndex of the request, which a plain set has none of: it falls back to 0.
        lock_index = 0
    entry = Entry(
        wanted.key,
        wanted.value,
        wanted.flags,
        existing.create if existing else change.index,
        change.index,
        lock_index,
        session,
    )
    if existing is not None and existing.same_content(entry):
        return entry._replace(modify=existing.modify)
    change.put(entry)
    return entry


def cas(change: Change, wanted: Operation) -> Entry | None:
    """Set where the key's ModifyIndex is `index`; 0 means that it must not exist. None where it did not hold."""
    existing = change.state.entries.get(wanted.key)
    if (existing.modify if existing else 0) != wanted.index:
        return None
    return put(change, wanted)


def delete(change: Change, key: bytes) -> None:
    """Delete a key; one that is not there is no error."""
    if key in change.state.entries:
        change.delete(key)


def delete_cas(change: Change, wanted: Operation) -> bool:
    """Delete where the ModifyIndex is `index`; a key that is not there counts as done."""
    existing = change.state.entries.get(wanted.key)
    if existing is None:
        return True
    if existing.modify != wanted.index:
        return False
    change.delete(wanted.key)
    return True


def lock(change: Change, wanted: Operation) -> Entry | None:
    """Set and hold for a session; None where another holds it.

    Raises:
        Rejected: No session was named, or it does not exist.
    """
    if not wanted.session:
        raise Rejected("missing session")
    if wanted.session not in change.state.sessions:
        raise Rejected(f'invalid session "{wanted.session}"')
    existing = change.state.entries.get(wanted.key)
    if existing is None:
        return put(change, wanted, session=wanted.session, lock_index=1)
    if existing.session == wanted.session:
        return put(change, wanted, session=wanted.session, lock_index=existing.lock_index)
    if existing.session:
        return None
    return put(change, wanted, session=wanted.session, lock_index=existing.lock_index + 1)


def unlock(change: Change, wanted: Operation) -> Entry | None:
    """Set and let go; None where this session does not hold it.

    Raises:
        Rejected: No session was named.
    """
    if not wanted.session:
        raise Rejected("missing session")
    existing = change.state.entries.get(wanted.key)
    if existing is None or existing.session != wanted.session:
        return None
    return put(change, wanted, session="", lock_index=existing.lock_index)


def list_under(state: State, prefix: bytes) -> tuple[int, list[Entry]]:
    """The entries under a prefix with the index of the list: of the newest entry or tombstone under it."""
    entries = [state.entries[key] for key in state.under(prefix)]
    if not prefix:
        return state.kv_index, entries
    newest = max((entry.modify for entry in entries), default=0)
    buried = max((index for key, index in state.tombstones.items() if key.startswith(prefix)), default=0)
    return max(newest, buried) or state.kv_index, entries


def release(change: Change, session_id: str, behavior: str) -> list[bytes]:
    """Let go of, or delete, every key that a session holds, and return them."""
    held = [entry for entry in change.state.entries.values() if entry.session == session_id]
    for entry in held:
        if behavior == "delete":
            change.delete(entry.key)
        else:
            change.put(entry._replace(session="", modify=change.index))
    return [entry.key for entry in held]


Result = list[Entry]


def _must(entry: Entry | None, words: str) -> Result:
    if entry is None:
        raise Rejected(words)
    return [entry._replace(value=None)]


def _get(change: Change, wanted: Operation) -> Result:
    existing = change.state.entries.get(wanted.key)
    if existing is None:
        raise Rejected(f"key {quoted(wanted.key)} doesn't exist")
    return [existing]


def _check_index(change: Change, wanted: Operation) -> Result:
    existing = change.state.entries.get(wanted.key)
    name = quoted(wanted.key)
    if existing is None:
        raise Rejected(f"failed to check index, key {name} doesn't exist")
    if existing.modify != wanted.index:
        words = f"failed index check for key {name}, current modify index {existing.modify} != {wanted.index}"
        raise Rejected(words)
    return [existing._replace(value=None)]


def _check_session(change: Change, wanted: Operation) -> Result:
    existing = change.state.entries.get(wanted.key)
    name = quoted(wanted.key)
    if existing is None:
        raise Rejected(f"failed to check session, key {name} doesn't exist")
    if existing.session != wanted.session:
        words = f"current session {quoted(existing.session)} != {quoted(wanted.session)}"
        raise Rejected(f"failed session check for key {name}, {words}")
    return [existing._replace(value=None)]


def _check_not_exists(change: Change, wanted: Operation) -> Result:
    if wanted.key in change.state.entries:
        raise Rejected(f"key {quoted(wanted.key)} exists")
    return []


def _delete_cas(change: Change, wanted: Operation) -> Result:
    if not delete_cas(change, wanted):
        raise Rejected(f"failed to delete key {quoted(wanted.key)}, index is stale")
    return []


def _delete(change: Change, wanted: Operation) -> Result:
    delete(change, wanted.key)
    return []


def _delete_tree(change: Change, wanted: Operation) -> Result:
    change.delete_tree(wanted.key)
    return []


def _get_or_empty(change: Change, wanted: Operation) -> Result:
    return [change.state.entries.get(wanted.key) or Entry(wanted.key, None, wanted.flags, 0, 0)]


# Every verb of a transaction: the entries that its result shows, or Rejected with Consul's words.
VERBS: dict[str, Callable[[Change, Operation], Result]] = {
    "set": lambda change, wanted: _must(put(change, wanted), ""),
    "cas": lambda change, wanted: _must(cas(change, wanted), f"failed to set key {quoted(wanted.key)}, index is stale"),
    "lock": lambda change, wanted: _must(
        lock(change, wanted), f"failed to lock key {quoted(wanted.key)}, lock is already held"
    ),
    "unlock": lambda change, wanted: _must(
        unlock(change, wanted),
        f"failed to unlock key {quoted(wanted.key)}, lock isn't held, or is held by another session",
    ),
    "get": _get,
    "get-or-empty": _get_or_empty,
    "get-tree": lambda change, wanted: list_under(change.state, wanted.key)[1],
    "check-index": _check_index,
    "check-session": _check_session,
    "check-not-exists": _check_not_exists,
    "delete": _delete,
    "delete-tree": _delete_tree,
    "delete-cas": _delete_cas,
}
