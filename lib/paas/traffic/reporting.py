"""What an operator sees: who stands behind live and pre-live, of which cluster, how healthy, and what runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from paas.traffic.journal import Found
from paas.traffic.observing import Environment
from paas.traffic.tables import ROWS_AT_MOST, table
from paas.traffic.views import SIDES, RoleView, Side

_SAID: dict[Side, str] = {"live": "live", "prelive": "pre-live"}


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
        "message": f"{environment.settings.name}: {_sides(views, clusters)}{_last(found)}",
        "table": table(("role", "side", "cluster", "server", "health", "words"), rows),
        "rows_left_out": max(0, len(rows) - ROWS_AT_MOST),
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


def _sides(views: Mapping[str, RoleView], clusters: Mapping[str, str]) -> str:
    """`paasA live (3 of 3 healthy), paasB pre-live (2 of 3 healthy).`."""
    said = []
    for side in SIDES:
        members = [each for view in views.values() for each in view.behind(side).values() if each.health != "draining"]
        healthy = sum(each.health == "healthy" for each in members)
        said.append(f"{clusters[side]} {_SAID[side]}" + (f" ({healthy} of {len(members)} healthy)" if members else ""))
    return ", ".join(said) + "."


def _last(found: Found | None) -> str:
    """The last run: how it ended, or what to do about it."""
    if found is None:
        return ""
    journal = found.journal
    if not journal.unfinished:
        return f" Last: {journal.says()}, {journal.state}{': ' + journal.problem if journal.problem else ''}."
    state = "running or died" if journal.state == "running" else "stopped"
    if journal.problem:
        state += f": {journal.problem}"
    return (
        f" {journal.says()} is unfinished ({state}; last sign of life {_time(found.age)} ago); go on with it, or "
        "elb_switch_back."
    )


def _time(seconds: float) -> str:
    """Seconds as a person says them: `45 s`, `34 min`, `24 h`."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
