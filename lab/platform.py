"""The whole platform: two clusters, a Consul and a Vault for each, and one AWS; stand-ins, or the real servers."""

from __future__ import annotations

import contextlib
import importlib
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.endpoints import AwsEndpoint, ConsulEndpoint, KubeEndpoint, VaultEndpoint
from lab.processes import Server

_LOG = logging.getLogger(__name__)
NAMES = ("paasA", "paasB")
Starts = dict[tuple[str, str], Callable[[], Any]]


@dataclass
class Platform:
    """Everything that listens, and how to reach it; `servers` are in the order of their start."""

    clusters: dict[str, KubeEndpoint] = field(default_factory=dict)
    consuls: dict[str, ConsulEndpoint] = field(default_factory=dict)
    vaults: dict[str, VaultEndpoint] = field(default_factory=dict)
    aws: AwsEndpoint = field(default_factory=lambda: AwsEndpoint(url=""))
    servers: list[Server] = field(default_factory=list)

    @classmethod
    def up(cls, *, directory: Path, real: bool = False, rds_delay: float | None = None) -> Platform:
        """Start everything at once, and return when everything answers.

        Args:
            directory: Where the servers' files and logs go.
            real: The real servers of lab/servers, in place of the stand-ins. AWS is moto's server in any case.
            rds_delay: Seconds that a database takes to become available.

        Raises:
            ServerFailed: One of them did not come up; the others are stopped again.
            BuildFailed: A real server is missing and cannot be built.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        platform = cls()
        try:
            platform._start(directory, real=real, rds_delay=rds_delay)
        except BaseException:
            platform.stop()
            raise
        return platform

    def _start(self, directory: Path, *, real: bool, rds_delay: float | None) -> None:
        root_token = _root_token(directory / "vault-root.token")
        delays = None if rds_delay is None else {"creating": rds_delay}
        launch_aws = importlib.import_module("lab.aws").launch
        starts: Starts = {("aws", ""): partial(launch_aws, directory=directory / "aws", delays=delays)}
        starts |= (_real if real else _standins)(directory, root_token)
        failure: BaseException | None = None
        with ThreadPoolExecutor(len(starts)) as pool:
            futures: dict[tuple[str, str], Future[Any]] = {what: pool.submit(start) for what, start in starts.items()}
            for (kind, name), future in futures.items():
                try:
                    self._take(kind, name, future.result())
                except Exception as error:  # noqa: BLE001 - the others are taken first, so that they can be stopped
                    failure = failure or error
        if failure is not None:
            raise failure

    def _take(self, kind: str, name: str, launched: Any) -> None:
        servers, endpoint = launched
        self.servers += servers if isinstance(servers, list) else [servers]
        if kind == "aws":
            self.aws = endpoint
        elif kind == "clusters":
            self.clusters |= endpoint
        else:
            known: dict[str, dict[str, Any]] = {
                "kube": self.clusters,
                "consul": self.consuls,
                "vault": self.vaults,
            }
            known[kind][name] = endpoint

    def stop(self) -> None:
        """Stop everything, what was started last first. Twice is once."""
        with ThreadPoolExecutor(max(1, len(self.servers))) as pool:
            for server in reversed(self.servers):
                pool.submit(_stop, server)

    def dead(self) -> list[Server]:
        """Servers that have ended although nobody stopped them."""
        return [server for server in self.servers if not server.running]


def _stop(server: Server) -> None:
    with contextlib.suppress(OSError):
        server.stop()


def _standins(directory: Path, root_token: str) -> Starts:
    kube, consul, vault = (importlib.import_module(f"lab.standins.{name}") for name in ("kube", "consul", "vault"))
    starts: Starts = {}
    for name in NAMES:
        starts["kube", name] = partial(kube.launch, name, directory=directory / f"kube-{name}")
        starts["consul", name] = partial(consul.launch, name, directory=directory / "consul")
        starts["vault", name] = partial(vault.launch, name, directory=directory / "vault", root_token=root_token)
    return starts


def _real(directory: Path, root_token: str) -> Starts:
    servers = importlib.import_module("lab.servers")
    starts: Starts = {("clusters", ""): partial(servers.launch_kube, NAMES, directory=directory / "kube")}
    for name in NAMES:
        starts["consul", name] = partial(servers.launch_consul, name, directory=directory / "consul", persistent=True)
        starts["vault", name] = partial(
            servers.launch_vault, name, directory=directory / "vault", root_token=root_token, storage="file"
        )
    return starts


def _root_token(path: Path) -> str:
    """One root token for both Vaults, the same at every start in the same directory."""
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(f"root-{secrets.token_hex(12)}\n")
    return path.read_text().strip()
