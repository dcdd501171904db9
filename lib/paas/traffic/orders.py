"""What an operator asks for, checked before anything is looked at."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass, field

from paas.errors import InvalidInput, PaasError
from paas.settings import EnvironmentSettings
from paas.traffic.run import Options


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
