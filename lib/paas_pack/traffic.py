"""What the actions that move traffic share: the environment's door, who asks, and progress on stdout."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas.settings import EnvironmentSettings
from paas_pack.actions import PaasAction

if TYPE_CHECKING:
    from paas.traffic import Order, Traffic


class TrafficAction(PaasAction):
    """An action on one environment's traffic."""

    def environment(self, name: str | None) -> EnvironmentSettings:
        """An environment's settings; the only one's where no name is given.

        Raises:
            ConfigError: There is none of that name.
        """
        return self.settings.environment(name)

    def traffic(self, environment: str | None) -> Traffic:
        """An environment's traffic; progress goes to stdout, flushed, for a run that is ended by its timeout.

        Raises:
            ConfigError: There is none of that name.
        """
        from paas import traffic

        return traffic.connect(self.aws, self.environment(environment), say=_say)

    def order(
        self,
        *,
        min_healthy: str | None = None,
        plan: str | None = None,
        steps: Sequence[int] | None = None,
        bake_seconds: float = 0.0,
    ) -> Order:
        """What is asked for, and by which execution.

        Raises:
            InvalidInput: `min_healthy` is neither a number nor a share.
        """
        import re

        from paas import traffic
        from paas.errors import InvalidInput

        if min_healthy is not None and not re.match(r"^[1-9]\d*%?$", min_healthy):
            raise InvalidInput("min_healthy", min_healthy, 'a number of servers such as "3", or a share such as "80%"')
        options = traffic.Options(steps=tuple(steps or (100,)), bake_seconds=bake_seconds)
        return traffic.Order(min_healthy=min_healthy, options=options, plan=plan, by=_who())


def _who() -> str:
    execution = os.environ.get("ST2_ACTION_EXECUTION_ID")
    return f"execution {execution}" if execution else getpass.getuser()


def _say(line: str) -> None:
    print(line, flush=True)
