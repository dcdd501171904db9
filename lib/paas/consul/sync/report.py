"""What a run of the sync says about itself: counts, names of what differs, and no value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from paas.consul.sync.compare import OUT_OF_SCOPE, Differences, Plan
from paas.consul.sync.reading import SourceState, View
from paas.consul.sync.writing import Written
from paas.consul.wire import shown
from paas.errors import PaasError
from paas.settings import SyncPair

State = Literal["in_step", "lagging", "stopped"]
#: Names of keys in a result, for each reason.
NAMES_AT_MOST = 20


@dataclass
class Report:
    """How a pair stands.

    Attributes:
        pair: Name of the pair.
        source: Name of the source's profile.
        destination: Name of the destination's profile.
        state: `in_step`; `lagging` while something differs, or a side does not answer; `stopped` where the sync
            refuses to go on.
        reason: Why it is not in step, "" where it is.
        counts: Numbers of keys, by what they are.
        differences: What is left different, by the reason.
        seconds: How long it took.
        lag: Seconds from noticing a change on the source until the destination had it; while lagging, since it was
            last in step.
        rounds: How often the two were compared.
        failure: The error that the last round ended with.
        more: What else there is to say, such as the Vaults' storage that was left alone.
    """

    pair: str
    source: str
    destination: str
    state: State = "lagging"
    reason: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)
    seconds: float = 0.0
    lag: float = 0.0
    rounds: int = 0
    failure: PaasError | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON."""
        return {
            "pair": self.pair,
            "source": self.source,
            "destination": self.destination,
            "state": self.state,
            "reason": self.reason,
            "counts": dict(self.counts),
            "differences": {
                reason: {"count": len(keys), "keys": named(keys)}
                for reason, keys in sorted(self.differences.by_reason.items())
            },
            "seconds": round(self.seconds, 3),
            "lag_seconds": round(self.lag, 3),
            "rounds": self.rounds,
            **self.more,
        }


def named(keys: Iterable[str]) -> list[str]:
    """The first names of many, as a person may read them."""
    return [shown(key) for key in sorted(keys)[:NAMES_AT_MOST]]


def differ(differences: Differences) -> str:
    """A sentence about what differs, "" where nothing does."""
    counted = [
        f"{len(keys)} {reason.replace('_', ' ')}"
        for reason, keys in sorted(differences.by_reason.items())
        if keys and reason != OUT_OF_SCOPE
    ]
    return f"{len(differences)} keys are left different: {', '.join(counted)}" if counted else ""


def planned(plan: Plan) -> dict[str, Any]:
    """What a plan would do, with names."""
    return {
        "create": {"count": len(plan.creates), "keys": named(put.key for put in plan.creates)},
        "update": {"count": len(plan.updates), "keys": named(put.key for put in plan.updates)},
        "delete": {"count": len(plan.deletes), "keys": named(remove.key for remove in plan.deletes)},
    }


def made(
    pair: SyncPair,
    source: SourceState,
    view: View,
    plan: Plan,
    *,
    rounds: int,
    seconds: float,
    written: Written | None = None,
) -> Report:
    """The report of a round, or of a comparison where nothing was written."""
    done = written or Written()
    plan.differences.update(done.differences)
    report = Report(pair.name, pair.source, pair.destination, rounds=rounds, seconds=seconds)
    report.differences = plan.differences
    report.counts = {
        "source_keys": source.total,
        "destination_keys": len(view.keys),
        "ledger_keys": len(view.ledger),
        "equal": plan.equal + source.unchanged,
        "written": done.puts,
        "deleted": done.removes,
        "locked_on_source": source.locked,
        "only_on_destination": view.foreign,
    }
    reasons = [differ(plan.differences)]
    if not source.complete:
        reasons.append("the source's token may not see every key, so nothing is deleted")
    if view.ledger.damaged:
        reasons.append(f"{len(view.ledger.damaged)} segments of the ledger cannot be read; their keys are not ours")
    report.reason = "; ".join(filter(None, reasons))
    report.state = "lagging" if report.reason else "in_step"
    if source.scope.vaults:
        report.more["vault_storage_left_alone"] = list(source.scope.vaults)
    report.more["indexes"] = dict(source.indexes)
    return report
