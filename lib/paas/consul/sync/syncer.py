"""One pair: compare the two Consuls as they are, write what differs, say how they stand."""

from __future__ import annotations

import json
import os
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from paas.consul.acl import AclCarrier
from paas.consul.client import Consul
from paas.consul.listing import read_one
from paas.consul.lock import Lock
from paas.consul.sync.applying import Applier
from paas.consul.sync.changes import Change
from paas.consul.sync.collector import held_back
from paas.consul.sync.compare import MOVED, Plan, compare, differing
from paas.consul.sync.following import Follower
from paas.consul.sync.ledger import read_ledger
from paas.consul.sync.names import NameFinder
from paas.consul.sync.reading import SourceState, View, read_destination
from paas.consul.sync.report import Report, made, planned
from paas.consul.sync.writing import Written
from paas.consul.transactions import Limits, cas, check_session, transact
from paas.consul.wire import is_plain
from paas.errors import Forbidden, PaasError, Refused
from paas.settings import RESERVED, SyncPair

#: Seconds between two lines of progress.
PROGRESS_EVERY = 5.0


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
        self._follower = Follower(pair, NameFinder(source.wire))
        self._limits = Limits()
        self._folder = f"{RESERVED}{pair.name}/"
        self._view: View | None = None
        self._said = 0.0
        self._rounds = 0
        holder = {"host": socket.gethostname(), "process": str(os.getpid()), "pair": pair.name}
        holder["since"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.lock = Lock(destination.wire, f"{self._folder}lock", holder=holder, clock=clock)
        self._applier = Applier(pair, destination, lock=self.lock, limits=self._limits, say=self._say)
        self._acls = AclCarrier(source.wire, destination.wire, key=f"{self._folder}acl", lock=self.lock)
        self._acl_report: dict[str, Any] = {}
        self._acls_differ = 0

    @held_back()
    def diff(self) -> Report:
        """Compare, and change nothing.

        Raises:
            ServerError: One of the two did not answer.
        """
        begun = self.clock()
        source, view = self._read_both(remember=False)
        plan = self._compare(source, view)
        report = made(self.pair, source, view, plan, rounds=self._rounds, seconds=self.clock() - begun)
        report.more |= {"dry_run": True, "would": planned(plan)}
        if self.pair.acl:
            share, repair = self.pair.max_delete_share, self.pair.on_drift == "repair"
            report.more["acl"] = self._acls.carry(repair=repair, max_delete_share=share, dry_run=True)[1]
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

    @held_back()
    def round(self, *, max_delete_share: float | None = None, follow: bool = False) -> Report:
        """Compare and write once, under the lock.

        Args:
            max_delete_share: In place of the pair's.
            follow: Whether the next round will look only at what is new on the source by then.

        Raises:
            Stopped: Too much would be deleted; nothing was changed.
            LockLost: Another one may be the syncer by now.
            ServerError: One of the two did not answer.
        """
        begun = self.clock()
        self._rounds += 1
        share = self.pair.max_delete_share if max_delete_share is None else max_delete_share
        anew = self._view is None
        try:
            if self._view is None:
                source, self._view = self._read_both(remember=follow, piecemeal=True)
            else:
                source = self._follower.read(self._source, remember=follow)
            view = self._view
            plan, pending = self._plan(source, view)
            written = self._applier.apply(
                source, view, plan, pending=pending, share=share, again=lambda: self._look_again(view)
            )
            if self.pair.acl and anew:
                self._carry_acls(share)
        except BaseException:
            self._view = None
            raise
        seconds = self.clock() - begun
        report = made(self.pair, source, view, plan, written=written, rounds=self._rounds, seconds=seconds)
        if self._acl_report:
            report.more["acl"] = self._acl_report
            if self._acls_differ:
                report.state = "lagging"
                report.reason = "; ".join(filter(None, [report.reason, f"{self._acls_differ} ACL items are different"]))
        if written.differences.by_reason:
            self._view = None
        elif follow:
            self._follower.settle(source, view.ledger, report.differences)
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

    def _read_both(self, *, remember: bool, piecemeal: bool = False) -> tuple[SourceState, View]:
        self._follower.forget()
        with ThreadPoolExecutor(1, thread_name_prefix="consul-source") as pool:
            reading = pool.submit(self._follower.read, self._source.another(), remember=remember, piecemeal=piecemeal)
            ledger = read_ledger(self._destination.wire, f"{self._folder}ledger/")
            source = reading.result()
        # What is still arriving has no such name.
        unlisted = {name for name in (*source.keys, *ledger) if not is_plain(name)}
        there = read_destination(self._destination, source.scope, also=unlisted)
        if there or ledger:
            source.arrive()
        foreign = sum(key not in source.keys and key not in ledger for key in there)
        return source, View(ledger, there, foreign)

    def _plan(self, source: SourceState, view: View) -> tuple[Plan, Iterator[Change] | None]:
        """What is to be done, and where that is only known while it is written, what yields it."""
        if view.ledger:
            return self._compare(source, view), None
        arriving = source.keys.items() if source.arriving is None else source.arriving
        # Nothing can be deleted, so nothing has to be known before the first write; what the ledger gets meanwhile is
        # of keys that were looked at.
        plan = Plan()
        plan.differences.update(source.differences)
        repair = self.pair.on_drift == "repair"
        return plan, differing(plan, arriving, view.keys, {}, repair=repair, adopt=self.pair.adopt)

    def _compare(self, source: SourceState, view: View) -> Plan:
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
            gone=source.gone,
            unreadable=spared,
        )
        plan.differences.update(source.differences)
        return plan

    def _look_again(self, view: View) -> Plan | None:
        """What is missing on the source when it is looked at once more; None where not all of it can be seen."""
        source = self._follower.read(self._source)
        return self._compare(source, view) if source.complete else None

    def _carry_acls(self, share: float) -> None:
        plan, self._acl_report = self._acls.carry(repair=self.pair.on_drift == "repair", max_delete_share=share)
        self._acls_differ = len(plan.different)

    def _say(self, written: Written, total: int) -> None:
        if self.clock() - self._said >= PROGRESS_EVERY:
            self._said = self.clock()
            self._progress(f"{self.pair.name}: {written.puts + written.removes} of {total} changes written")
