"""What an operator sees: who stands behind live and pre-live, of which cluster, how healthy, and what runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paas.traffic.journal import Found
from paas.traffic.observing import Environment
from paas.traffic.views import SIDES, RoleView, Side

# A table longer than this helps nobody, and an execution's result is stored whole.
_ROWS_AT_MOST = 200


def status(environment: Environment, found: Found | None) -> dict[str, Any]:
    """The whole environment as plain JSON, with a `table` for people.

    Args:
        environment: Its load balancers; they are looked at.
        found: Its journal.

    Raises:
        ConfigError: A load balancer that the settings name is not there.
        ServerError: AWS refused, or did not answer.
    """
    views = environment.look(groups=found.journal.suspended if found else ())
    rows = [row for view in views.values() for side in SIDES for row in _rows(view, side)]
    clusters: dict[str, str] = {side: _cluster_of(views, side) for side in SIDES}
    return {
        "environment": environment.settings.name,
        "live": clusters["live"],
        "prelive": clusters["prelive"],
        "roles": {name: _role(view) for name, view in views.items()},
        "run": _run(found),
        "message": _sentence(environment.settings.name, clusters, found),
        "table": _table(rows),
        "rows_left_out": max(0, len(rows) - _ROWS_AT_MOST),
    }


def _cluster_of(views: Mapping[str, RoleView], side: Side) -> str:
    """The one cluster on a side; `nobody`, or `paasA and paasB` while it moves."""
    return " and ".join(sorted({each for view in views.values() for each in view.clusters_behind(side)})) or "nobody"


def _role(view: RoleView) -> dict[str, Any]:
    return {
        "servers": {cluster: len(ids) for cluster, ids in view.servers.items()},
        "sides": {side: _side(view, side) for side in SIDES},
        "weights": {side: dict(shares) for side, shares in view.weights.items()},
        "autoscaling": [
            {"group": each.name, "cluster": each.cluster, "attached": sorted(each.attached), "adds": each.adds}
            for each in view.groups
        ],
    }


def _side(view: RoleView, side: Side) -> dict[str, Any]:
    counts = Counter((view.cluster_of(each.id) or "neither", each.health) for each in view.behind(side).values())
    by_cluster: dict[str, dict[str, int]] = {}
    for (cluster, health), count in sorted(counts.items()):
        by_cluster.setdefault(cluster, {})[health] = count
    names = [pool.name for label, pool in view.pools.items() if view.forwards or label == side]
    return {"balancers": names, "by_cluster": by_cluster}


def _rows(view: RoleView, side: Side) -> Iterator[tuple[str, ...]]:
    for each in sorted(view.behind(side).values(), key=lambda member: member.id):
        cluster = view.cluster_of(each.id) or "neither"
        yield view.name, side, cluster, each.id, each.health, each.words


def _run(found: Found | None) -> dict[str, Any]:
    if found is None:
        return {}
    journal = found.journal
    names = ("operation", "cluster", "state", "direction", "phase", "by", "started", "problem", "live_before")
    return {
        **{name: getattr(journal, name) for name in names},
        "suspended": list(journal.suspended),
        "silent_seconds": round(found.age),
    }


def _sentence(name: str, clusters: Mapping[str, str], found: Found | None) -> str:
    said = f"{name}: {clusters['live']} live, {clusters['prelive']} pre-live."
    if found is None or not found.journal.unfinished:
        return said
    state = "running or died" if found.journal.state == "running" else "stopped"
    return (
        f"{said} {found.journal.says()} is unfinished ({state}, last sign of life {found.age:.0f} s ago); go on with "
        "it, or elb_switch_back."
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    shown = [("role", "side", "cluster", "server", "health", "words"), *rows[:_ROWS_AT_MOST]]
    widths = [max(len(row[column]) for row in shown) for column in range(len(shown[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    left_out = len(rows) - _ROWS_AT_MOST
    return "\n".join([*lines, *([f"... and {left_out} more"] if left_out > 0 else [])])
