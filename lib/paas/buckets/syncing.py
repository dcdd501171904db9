"""From one cluster's bucket to another's: compared, rewritten, versions kept, nothing deleted unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paas.buckets.contents import MARK_ETAG, MARK_RULES, Bucket, Entry, folder, shown
from paas.buckets.rewriting import Rules
from paas.errors import Conflict, Refused

# Configuration files and scripts; what is larger belongs elsewhere, and would have to fit into memory here.
LARGEST = 64 * 1024 * 1024
_DELETED_AT_MOST = 0.5


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
    """One file and what is to be done with it; `there` is what the destination has."""

    what: str
    key: str
    source: Entry | None = None
    there: Entry | None = None
    why: str = ""


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
        `{"written": [...], "deleted": [...], "kept": [{"key", "why"}], "unchanged": 12, "changed_meanwhile": [...]}`,
        keys below the prefix; `kept` are the destination's own.

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
    steps = [_compare(write, entry, there.get(entry.key), order) for entry in wanted.values()]
    if order.delete:
        steps += _deletions(write, wanted, there)
    changed: list[str] = []
    if not order.dry_run:
        changed = [step.key for step in steps if not _done(read, write, step, order, say)]
    return _report(steps, changed, dry_run=order.dry_run)


def _compare(write: Bucket, source: Entry, there: Entry | None, order: Order) -> _Step:
    if there is None:
        return _Step("write", source.key, source)
    rules = order.rewrite.digest(source.key)
    if not rules and there.etag == source.etag:
        return _Step("same", source.key, source, there)
    mark = write.mark(source.key) or {}
    if mark.get(MARK_ETAG) == source.etag and mark.get(MARK_RULES, "") == rules:
        return _Step("same", source.key, source, there)
    if MARK_ETAG not in mark and not order.overwrite:
        return _Step("keep", source.key, source, there, "the destination's own and different; overwrite replaces it")
    return _Step("write", source.key, source, there)


def _deletions(write: Bucket, wanted: dict[str, Entry], there: dict[str, Entry]) -> list[_Step]:
    steps = []
    for key, entry in there.items():
        if key in wanted:
            continue
        ours = MARK_ETAG in (write.mark(key) or {})
        why = "" if ours else "the destination's own"
        steps.append(_Step("delete" if ours else "keep", key, None, entry, why))
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
    except Conflict:
        return False
    return True


def _report(steps: list[_Step], changed: list[str], *, dry_run: bool) -> dict[str, Any]:
    def keys(what: str) -> list[str]:
        return [shown(step.key) for step in steps if step.what == what and step.key not in changed]

    return {
        "dry_run": dry_run,
        "written": keys("write"),
        "deleted": keys("delete"),
        "kept": [{"key": shown(step.key), "why": step.why} for step in steps if step.what == "keep"],
        "unchanged": len(keys("same")),
        "changed_meanwhile": [shown(key) for key in changed],
    }
