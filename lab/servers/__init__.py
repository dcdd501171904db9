"""The real servers, built once from package registries and started on 127.0.0.1."""

from lab.servers.agents import launch_consul, launch_consul_cluster
from lab.servers.binaries import binary, locate
from lab.servers.clusters import audit_log, client_certificate, compact, launch_kube
from lab.servers.errors import BuildFailed
from lab.servers.probed import ProbedServer, stop
from lab.servers.vault_setup import unseal
from lab.servers.vaults import launch_vault, vault_ca_file

__all__ = [
    "BuildFailed",
    "ProbedServer",
    "audit_log",
    "binary",
    "client_certificate",
    "compact",
    "launch_consul",
    "launch_consul_cluster",
    "launch_kube",
    "launch_vault",
    "locate",
    "stop",
    "unseal",
    "vault_ca_file",
]
