"""One pair: compare the two Consuls as they are, write what differs, say how they stand."""

from __future__ import annotations

import json
import os
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from typing import NamedTuple

from paas.consul.client import Consul
from paas.consul.listing import read_one
from paas.consul.lock import Lock
from paas.consul.sync.changes import Change, Put, Remove
from paas.consul.sync.compare import MOVED, REFUSED, TOO_LARGE, Plan, compare
from paas.consul.sync.entries import Held
from paas.consul.sync.guard import DeleteGuard
from paas.consul.sync.ledger import Ledger, read_ledger
from paas.consul.sync.names import NameFinder, is_plain
from paas.consul.sync.packing import too_large
from paas.consul.sync.reading import SourceState, read_destination, read_source
from paas.consul.sync.report import Report, differ, planned
from paas.consul.sync.singles import write_singles
from paas.consul.sync.writing import Writer, Written
from paas.consul.transactions import Limits, cas, check_session, transact
from paas.errors import Forbidden, PaasError, Refused
from paas.settings import RESERVED, SyncPair

#: Seconds between two lines of progress.
PROGRESS_EVERY = 5.0


class _View(NamedTuple):
    """What is known of the destination; it is read anew whenever something did not go as expected."""

    ledger: Ledger
    keys: dict[str, Held]


class Syncer:
    """Keeps one pair in step.

    Args:
        pair: The pair.
        source: The Consul that is read.
        destination: The Consul that is written; its lock, ledger and state lie under `paas-sync/<pair>/`.
        progress: Takes lines for a person who waits.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        *,
        pair: SyncPair,
        source: Consul,
        destination: Consul,
        progress: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pair = pair
        self.clock = clock
        self._source = source
        self._destination = destination
        self._progress = progress
        self._names = NameFinder(source.wire)
        self._limits = Limits()
        self._refused: dict[str, tuple[str, str]] = {}
        self._folder = f"{RESERVED}{pair.name}/"
        self._view: _View | None = None
        self._said = 0.0
        self._rounds = 0
        holder = {"host": socket.gethostname(), "process": str(os.getpid()), "pair": pair.name}
        holder["since"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.lock = Lock(destination.wire, f"{self._folder}lock", holder=holder, clock=clock)

    def diff(self) -> Report:
        """Compare, and change nothing.

        Raises:
            ServerError: One of the two did not answer.
        """
        begun = self.clock()
        source, view = self._read_both()
        plan = self._compare(source, view)
        report = self._report(source, view, plan, seconds=self.clock() - begun)
        report.more |= {"dry_run": True, "would": planned(plan)}
        left = len(plan.creates) + len(plan.updates) + len(plan.deletes)
        if left:
            report.state = "lagging"
            report.reason = "; ".join(filter(None, [f"{left} keys would be changed", report.reason]))
        return report

    def once(self, *, max_delete_share: float | None = None, lock_wait: float = 30.0) -> Report:
        """Bring the destination in step, once.

        Args:
            max_delete_share: In place of the pair's.
            lock_wait: Seconds to wait for another syncer of this pair to end.

        Raises:
            Refused: Another syncer holds the pair.
            Stopped: Too much would be deleted.
            ServerError: One of the two did not answer.
        """
        self.acquire(wait=lock_wait)
        try:
            report = self.round(max_delete_share=max_delete_share)
            if MOVED in report.differences.by_reason:
                # Somebody wrote at the same moment; one more look settles it.
                report = self.round(max_delete_share=max_delete_share)
            self.publish(report)
            return report
        finally:
            self.lock.release()

    def acquire(self, *, wait: float) -> None:
        """Become the only syncer of this pair.

        Raises:
            Refused: Another one is, or the two profiles are one Consul.
            ServerError: One of the two did not answer.
        """
        self._view = None
        self.lock.acquire(wait=wait)
        twin = None
        with suppress(Forbidden):  # a token for less than everything need not see what is the sync's own
            twin = read_one(self._source.wire, self.lock.key)
        if twin is not None and twin.session == self.lock.session:
            self.lock.release()
            raise Refused(
                f"consul.{self.pair.source} and consul.{self.pair.destination} are the same Consul",
                setting=f"consul_sync.{self.pair.name}.destination",
            )

    def round(self, *, max_delete_share: float | None = None) -> Report:
        """Compare and write once, under the lock.

        Raises:
            Stopped: Too much would be deleted; nothing was changed.
            LockLost: Another one may be the syncer by now.
            ServerError: One of the two did not answer.
        """
        begun = self.clock()
        self._rounds += 1
        try:
            if self._view is None:
                source, self._view = self._read_both()
            else:
                source = read_source(self._source, self.pair, self._names)
            view = self._view
            plan = self._compare(source, view)
            share = self.pair.max_delete_share if max_delete_share is None else max_delete_share
            written = self._apply(source, view, plan, share=share)
        except BaseException:
            self._view = None
            raise
        report = self._report(source, view, plan, written=written, seconds=self.clock() - begun)
        if written.differences.by_reason:
            self._view = None
        return report

    def forget_destination(self) -> None:
        """Read the whole destination anew at the next round."""
        self._view = None

    def publish(self, report: Report) -> None:
        """Leave the report on the destination, for `consul_sync_status`; a destination that is away is no failure."""
        said = {**report.as_dict(), "at": datetime.now(timezone.utc).isoformat(timespec="seconds")}
        said.pop("indexes", None)
        key = f"{self._folder}status"
        with suppress(PaasError):
            wire = self._destination.wire
            there = read_one(wire, key)
            value = b64encode(json.dumps(said).encode()).decode("ascii")
            written = cas(key, value, flags=0, index=there.modified if there else 0)
            transact(wire, [check_session(self.lock.key, self.lock.session), written], limits=self._limits, target=key)

    def _read_both(self) -> tuple[SourceState, _View]:
        with ThreadPoolExecutor(1, thread_name_prefix="consul-source") as pool:
            reading = pool.submit(read_source, self._source.another(), self.pair, self._names)
            ledger = read_ledger(self._destination.wire, f"{self._folder}ledger/")
            source = reading.result()
        unlisted = {name for name in (*source.keys, *ledger) if not is_plain(name)}
        return source, _View(ledger, read_destination(self._destination, source.scope, also=unlisted))

    def _compare(self, source: SourceState, view: _View) -> Plan:
        spared = set(source.unreadable)
        if source.unknown:
            spared |= {name for name in view.ledger if not is_plain(name)}
        plan = compare(
            source.keys,
            view.keys,
            view.ledger,
            scope=source.scope,
            repair=self.pair.on_drift == "repair",
            adopt=self.pair.adopt,
            unreadable=spared,
        )
        plan.differences.update(source.differences)
        return plan

    def _apply(self, source: SourceState, view: _View, plan: Plan, *, share: float) -> Written:
        guard = DeleteGuard(self._destination.wire, f"{self._folder}deletes", share=share)
        if plan.deletes and source.complete:
            guard.check(len(plan.deletes), owned=len(view.ledger), source_keys=len(source.keys))
            self._confirm_deletes(plan, view)
        elif plan.deletes:
            for remove in plan.deletes:
                plan.differences.add("hidden_from_the_source_token", remove.key)
            plan.deletes = []
        total = len(plan.changes)
        writer = Writer(
            consul=self._destination,
            lock=self.lock,
            ledger=view.ledger,
            destination=view.keys,
            limits=self._limits,
            connections=self.pair.connections,
            progress=lambda written: self._say(written, total),
        )
        together: list[Change] = list(plan.notes)
        singles: list[Put | Remove] = []
        for put in (*plan.creates, *plan.updates):
            mark, reason = self._refused.get(put.key, ("", ""))
            if mark == put.digest:
                plan.differences.add(reason, put.key)
            elif too_large(put, self._limits) or not is_plain(put.key):
                singles.append(put)
            else:
                together.append(put)
        writer.apply(together)
        if plan.deletes:
            guard.note(len(plan.deletes), self.lock)
            singles += [remove for remove in plan.deletes if not is_plain(remove.key)]
            writer.apply(remove for remove in plan.deletes if is_plain(remove.key))
        if singles:
            write_singles(writer, self._destination.wire, view.ledger, view.keys, singles)
            self._remember_refused(plan, writer.written, singles)
        return writer.written

    def _remember_refused(self, plan: Plan, written: Written, singles: list[Put | Remove]) -> None:
        """What Consul will never take is not sent again before it changes."""
        for reason in (TOO_LARGE, REFUSED):
            keys = set(written.differences.by_reason.pop(reason, ()))
            for change in singles:
                if isinstance(change, Put) and change.key in keys:
                    self._refused[change.key] = (change.digest, reason)
                    plan.differences.add(reason, change.key)

    def _confirm_deletes(self, plan: Plan, view: _View) -> None:
        """Look at the source once more: only what is missing twice is deleted."""
        again = self._compare(read_source(self._source, self.pair, self._names), view)
        missing = {remove.key for remove in again.deletes}
        plan.deletes = [remove for remove in plan.deletes if remove.key in missing]

    def _report(
        self, source: SourceState, view: _View, plan: Plan, *, seconds: float, written: Written | None = None
    ) -> Report:
        done = written or Written()
        plan.differences.update(done.differences)
        counts = {
            "source_keys": len(source.keys),
            "destination_keys": len(view.keys),
            "ledger_keys": len(view.ledger),
            "equal": plan.equal,
            "written": done.puts,
            "deleted": done.removes,
            "locked_on_source": source.locked,
            "only_on_destination": sum(key not in source.keys and key not in view.ledger for key in view.keys),
        }
        reasons = [differ(plan.differences)]
        if not source.complete:
            reasons.append("the source's token may not see every key, so nothing is deleted")
        if view.ledger.damaged:
            reasons.append(f"{len(view.ledger.damaged)} segments of the ledger cannot be read; their keys are not ours")
        reason = "; ".join(filter(None, reasons))
        report = Report(self.pair.name, self.pair.source, self.pair.destination, reason=reason, counts=counts)
        report.state = "lagging" if reason else "in_step"
        report.differences = plan.differences
        report.seconds = seconds
        report.rounds = self._rounds
        if source.vaults:
            report.more["vault_storage_left_alone"] = list(source.vaults)
        report.more["indexes"] = dict(source.indexes)
        return report

    def _say(self, written: Written, total: int) -> None:
        if self.clock() - self._said >= PROGRESS_EVERY:
            self._said = self.clock()
            self._progress(f"{self.pair.name}: {written.puts + written.removes} of {total} changes written")
