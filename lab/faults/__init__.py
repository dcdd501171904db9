"""Faults in front of anything: a TCP proxy that cuts, stalls, resets; an HTTP proxy that answers for the server."""

from .http import Fault, HttpFaultProxy
from .tcp import FaultProxy

__all__ = ["Fault", "FaultProxy", "HttpFaultProxy"]
