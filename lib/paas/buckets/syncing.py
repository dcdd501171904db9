"""From one cluster's bucket to another's: compared, rewritten, versions kept, nothing deleted unasked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paas.buckets.contents import MARK_ETAG, MARK_RULES, Bucket, Entry, folder, shown
from paas.buckets.rewriting import Rules
from paas.errors import Conflict, NotFound, Refused

# Configuration files and scripts; what is larger belongs elsewhere, and would have to fit into memory here.
LARGEST = 64 * 1024 * 1024
_DELETED_AT_MOST = 0.5
# An execution's result is stored whole: of a longer list the first are shown, and all are counted.
SHOWN_AT_MOST = 500


@dataclass(frozen=True)
class Order:
    """What an operator asks for.

    Attributes:
        rewrite: What changes on the way.
        overwrite: Write also over files that this did not make and that differ.
        delete: Delete files that this made and whose source is gone.
        dry_run: Say what would be written and deleted, and do neither.
    """

    rewrite: Rules = field(default_factory=Rules)
    overwrite: bool = False
    delete: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class _Step:
    """One file and what is to be done with it; `there` is what the destination has, `version` the id of that."""

    what: str
    key: str
    source: Entry | None = None
    there: Entry | None = None
    version: str = ""


def sync(
    aws: Any,
    *,
    source: str,
    destination: str,
    prefix: str = "",
    order: Order | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Bring a bucket up to date from another one.

    A file that this wrote before, from the same source by the same rules, is left alone; so is one that somebody else
    made at the destination, unless `overwrite` is given.

    Args:
        aws: The account.
        source: Bucket to read from.
        destination: Bucket to write to; it must keep versions.
        prefix: Only what is below this folder.
        order: What is asked for.
        say: Where progress goes.

    Returns:
        `{"message", "written": [...], "deleted": [...], "kept": [...], "changed_meanwhile": [...], "unchanged": 12,
        "versions": {key: id}}`, keys below the prefix; `kept` are the destination's own files, `versions` what was
        there before, for the way back.

    Raises:
        Refused: The two are one bucket, the destination keeps no versions, the source is empty where it was not, a
            file is too large, or more than half of the destination would be deleted.
        ServerError: S3 refused, or did not answer.
    """
    order = order or Order()
    if source == destination:
        raise Refused(f"source and destination are one bucket, {source}; each cluster has its own")
    read, write = Bucket(aws, source, folder(prefix)), Bucket(aws, destination, folder(prefix))
    write.require_versions()
    there, wanted = write.entries(), read.entries()
    if there and not wanted:
        raise Refused(f"{read.says()} is empty while {write.says()} is not; nothing was changed")
    for entry in wanted.values():
        if entry.size > LARGEST:
            raise Refused(f"{read.says(entry.key)} has {entry.size} bytes; at most {LARGEST} are copied")
    steps = [_compare(read, write, entry, there.get(entry.key), order) for entry in wanted.values()]
    if order.delete:
        steps += _deletions(write, wanted, there)
    changed: list[str] = []
    if not order.dry_run:
        changed = [step.key for step in steps if not _done(read, write, step, order, say)]
    return _report(read, write, steps, changed, order)


def _compare(read: Bucket, write: Bucket, source: Entry, there: Entry | None, order: Order) -> _Step:
    if there is None:
        return _Step("write", source.key, source)
    rules = order.rewrite.digest(source.key)
    if not rules and there.etag == source.etag:
        return _Step("same", source.key, source, there)
    head = write.head(source.key)
    if head.metadata.get(MARK_ETAG) == source.etag and head.metadata.get(MARK_RULES, "") == rules:
        return _Step("same", source.key, source, there)
    ours = MARK_ETAG in head.metadata
    if not ours and rules and _alike(read, source, there, order):
        return _Step("same", source.key, source, there)
    return _Step("write" if ours or order.overwrite else "keep", source.key, source, there, head.version)


def _alike(read: Bucket, source: Entry, there: Entry, order: Order) -> bool:
    """Whether a file is what the rules make of the source, as where an upgrade goes back to where it came from."""
    try:
        body, _ = read.read(source)
    except (Conflict, NotFound):
        return False
    # A file's ETag is its MD5, unless it came in parts or has a key of its own; then it counts as different.
    digest = hashlib.md5(order.rewrite.apply(source.key, body), usedforsecurity=False).hexdigest()
    return there.etag.strip('"') == digest


def _deletions(write: Bucket, wanted: dict[str, Entry], there: dict[str, Entry]) -> list[_Step]:
    steps = []
    for key, entry in there.items():
        if key not in wanted:
            head = write.head(key)
            steps.append(_Step("delete" if MARK_ETAG in head.metadata else "keep", key, None, entry, head.version))
    count = sum(step.what == "delete" for step in steps)
    if count > max(1, _DELETED_AT_MOST * len(there)):
        raise Refused(
            f"{count} of {len(there)} files of {write.says()} would be deleted, more than half; if that is meant, "
            "delete them there"
        )
    return steps


def _done(read: Bucket, write: Bucket, step: _Step, order: Order, say: Callable[[str], None]) -> bool:
    """Do one step; False where somebody else was faster."""
    try:
        if step.what == "delete" and step.there:
            say(f"delete {write.says(shown(step.key))}")
            write.delete(step.there)
        elif step.what == "write" and step.source:
            body, headers = read.read(step.source)
            mark = {MARK_ETAG: step.source.etag, MARK_RULES: order.rewrite.digest(step.key)}
            over = step.there.etag if step.there else None
            say(f"write {write.says(shown(step.key))}")
            write.write(step.key, order.rewrite.apply(step.key, body), headers, mark, over)
    except (Conflict, NotFound):
        return False
    return True


def _report(read: Bucket, write: Bucket, steps: list[_Step], changed: list[str], order: Order) -> dict[str, Any]:
    done: dict[str, list[str]] = {what: [] for what in ("write", "delete", "keep", "same")}
    for step in steps:
        if step.key not in changed:
            done[step.what].append(shown(step.key))
    gone = {*done["write"], *done["delete"]}
    versions = {shown(step.key): step.version for step in steps if step.version and shown(step.key) in gone}
    counts = {
        "written": len(done["write"]),
        "deleted": len(done["delete"]),
        "kept as the destination's own": len(done["keep"]),
        "changed meanwhile (run it again)": len(changed),
        "unchanged": len(done["same"]),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no file on either side"
    ending = ""
    if versions:
        ending = f"; the version before of each of {len(versions)} stays in the bucket, `versions` says which"
    return {
        "dry_run": order.dry_run,
        "message": f"{read.says()} to {write.says()}{' would be' if order.dry_run else ''}: {said}{ending}",
        "written": done["write"][:SHOWN_AT_MOST],
        "deleted": done["delete"][:SHOWN_AT_MOST],
        "kept": done["keep"][:SHOWN_AT_MOST],
        "changed_meanwhile": [shown(key) for key in changed[:SHOWN_AT_MOST]],
        "unchanged": len(done["same"]),
        "versions": dict(list(versions.items())[:SHOWN_AT_MOST]),
        "left_out": sum(max(0, len(keys) - SHOWN_AT_MOST) for what, keys in done.items() if what != "same"),
    }
