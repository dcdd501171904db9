"""Which cluster's servers take live requests: staged, cut over, switched back, in steps that any crash may interrupt.

One machine for two kinds of load balancer. It looks, plans the steps from what it sees to where it is to end, writes
down what it begins, and looks again. So a run that died is gone on with, or undone, from what AWS shows and the
journal in S3, by whoever comes next. docs/cutover.md has the picture.
"""

from collections.abc import Callable
from typing import Any

from paas.settings import EnvironmentSettings
from paas.traffic.calls import Aws
from paas.traffic.moving import Traffic
from paas.traffic.observing import Environment
from paas.traffic.orders import Order, Undone
from paas.traffic.pace import Pace
from paas.traffic.reporting import status as _status
from paas.traffic.run import Options

__all__ = ["Aws", "Environment", "Options", "Order", "Pace", "Traffic", "Undone", "connect", "status"]


def connect(
    aws: Aws,
    settings: EnvironmentSettings,
    *,
    pace: Pace | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Traffic:
    """An environment's traffic; nothing is sent before the first operation."""
    return Traffic(aws, Environment(aws, settings), pace=pace, say=say)


def status(traffic: Traffic) -> dict[str, Any]:
    """Who stands behind live and pre-live, and what runs; see `paas.traffic.reporting.status`."""
    return _status(traffic.environment, traffic.store.read())
