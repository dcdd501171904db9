"""How the sensors' watches are doing, from what they publish, for an operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Seconds of silence that are normal: bookmarks of an idle resource come up to two minutes apart.
NORMAL_SILENCE = 150.0
#: Seconds after which a sensor that publishes nothing is taken to be down.
DOWN_AFTER = 90.0


def report(
    published: Mapping[str, Mapping[str, Any] | None], *, now: float, cluster: str | None = None
) -> dict[str, Any]:
    """Put together what each sensor published.

    Args:
        published: By sensor: `{"at": Unix seconds, "watches": [...]}`, None where it never published.
        now: Unix seconds.
        cluster: Only the watches of this one.

    Returns:
        `healthy`, `problems` (sentences), `sensors` (name, age_seconds, running) and `watches`; each watch has
        `sensor`, `lag_seconds` (how old what it knows may be) and `last_event_seconds_ago` beside what was published.
    """
    sensors, watches, problems = [], [], []
    for sensor, status in published.items():
        age = None if status is None else max(0.0, now - status["at"])
        running = age is not None and age < DOWN_AFTER
        sensors.append({"name": sensor, "age_seconds": _rounded(age), "running": running})
        if not running:
            since = "ever" if age is None else f"for {age:.0f} s"
            problems.append(f"{sensor} has published nothing {since}; is it enabled and running?")
        for watch in (status or {}).get("watches", ()):
            if cluster in (None, watch["cluster"]):
                watches.append(_shown(sensor, watch, now))
    problems += [problem for watch in watches if (problem := _problem(watch)) is not None]
    return {"healthy": not problems, "problems": problems, "sensors": sensors, "watches": watches}


def _shown(sensor: str, watch: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {
        "sensor": sensor,
        **watch,
        "lag_seconds": _ago(watch["contact"], now),
        "last_event_seconds_ago": _ago(watch["event"], now),
    }


def _problem(watch: Mapping[str, Any]) -> str | None:
    lag = watch["lag_seconds"]
    if watch["state"] in ("waiting", "refused", "stopped"):
        return f"{watch['name']} is {watch['state']}: {watch['error'] or 'no error is known'}"
    if lag is not None and lag > NORMAL_SILENCE:
        return f"{watch['name']} has heard nothing for {lag:.0f} s"
    return None


def _ago(then: float | None, now: float) -> float | None:
    return None if then is None else _rounded(max(0.0, now - then))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
