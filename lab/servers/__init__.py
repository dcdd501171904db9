"""The real servers, built once from package registries and started on 127.0.0.1."""

from lab.servers.binaries import binary, locate
from lab.servers.clusters import audit_log, client_certificate, compact, launch_kube
from lab.servers.errors import BuildFailed
from lab.servers.probed import ProbedServer, stop

__all__ = [
    "BuildFailed",
    "ProbedServer",
    "audit_log",
    "binary",
    "client_certificate",
    "compact",
    "launch_kube",
    "locate",
    "stop",
]
