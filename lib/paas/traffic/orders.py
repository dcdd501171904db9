"""What an operator asks for, checked before anything is looked at, and what comes back."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass, field
from typing import Any

from paas.errors import InvalidInput, PaasError
from paas.settings import EnvironmentSettings
from paas.traffic.run import Options
from paas.traffic.steps import digest


class Undone(PaasError):
    """It could not be done, and everything is as it was before."""


@dataclass(frozen=True)
class Order:
    """What an operator asks for.

    Attributes:
        min_healthy: "3" or "80%", in place of the settings'.
        options: How to go.
        plan: The digest of a dry run; another plan is refused.
        by: Who asks.
    """

    min_healthy: str | None = None
    options: Options = field(default_factory=Options)
    plan: str | None = None
    by: str = field(default_factory=lambda: f"{getpass.getuser()}@{socket.gethostname()}")

    def check(self, settings: EnvironmentSettings, cluster: str) -> None:
        """Raise an InvalidInput where the environment has no such cluster, or the steps are none that it can take."""
        if cluster not in settings.clusters:
            raise InvalidInput("cluster", cluster, f"one of {', '.join(settings.clusters)}")
        steps = self.options.steps
        if list(steps) != sorted(set(steps)) or not steps or not all(1 <= step <= 100 for step in steps):
            raise InvalidInput("steps", list(steps), "rising percentages between 1 and 100, such as [10, 50, 100]")
        if len(steps) > 1 and not any(role.forwards for role in settings.roles.values()):
            raise InvalidInput("steps", list(steps), "none: no role of this environment forwards by weight")


def result(
    environment: str,
    operation: str,
    cluster: str,
    calls: list[dict[str, Any]],
    *,
    changed: bool,
    dry_run: bool = False,
) -> dict[str, Any]:
    """A run, or a dry run, as an action's result: plain JSON, with a `message` and the `plan`'s digest."""
    plan = digest(calls) if dry_run else ""
    place = "behind pre-live" if operation == "stage" else "live"
    if dry_run:
        message = f"{environment}: {len(calls)} writing calls would put {cluster} {place}; plan {plan}"
    else:
        message = f"{environment}: {cluster} is {place}" + ("" if changed else " already; nothing was done")
    return {
        "environment": environment,
        "operation": operation,
        "cluster": cluster,
        "message": message,
        "dry_run": dry_run,
        "changed": changed,
        "plan": plan,
        "calls": calls,
    }
