"""Two Consuls in step, one way: compared whole, written with compare-and-set, deleted only by the ledger."""

from paas.consul.sync.guard import Stopped
from paas.consul.sync.keeping import keep
from paas.consul.sync.report import Report
from paas.consul.sync.status import read_status
from paas.consul.sync.syncer import Syncer

__all__ = ["Report", "Stopped", "Syncer", "keep", "read_status"]
