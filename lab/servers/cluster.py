"""One cluster on an etcd that is already there: its files, its programs, its nodes, and when all of it is ready."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.endpoints import KubeEndpoint
from lab.processes import Server, ServerFailed
from lab.servers import control_plane, ports
from lab.servers.calls import call
from lab.servers.credentials import credentials, write_kubeconfig
from lab.servers.probed import ProbedServer

_SCHEDULABLE_WITHIN = 60.0
_CONTROLLERS_MADE = (
    "/api/v1/namespaces/default/serviceaccounts/default",
    "/api/v1/namespaces/default/configmaps/kube-root-ca.crt",
)


@dataclass(frozen=True)
class ClusterOptions:
    """What `launch_kube` was asked for, and where etcd is."""

    etcd_url: str
    controllers: bool
    nodes: int
    users: Mapping[str, tuple[str, Sequence[str]]]
    audit_log: str
    watch_cache: bool
    watch_cache_sizes: Mapping[str, int]
    flags: Sequence[str]


class Cluster:
    """One cluster's servers.

    Args:
        name: Its name, its context's in the kubeconfig, and its prefix in etcd.
        directory: Its own.
        options: The rest.
    """

    def __init__(self, name: str, directory: Path, options: ClusterOptions) -> None:
        self.name = name
        self._nodes = [f"{name.lower()}-node-{number}" for number in range(1, options.nodes + 1)]
        chosen = ports.remembered(directory, "apiserver", "kwok")
        made = credentials(directory, users=options.users)
        ca_file = made.authority.pair.certificate
        url = f"https://127.0.0.1:{chosen['apiserver']}"
        kubeconfig = write_kubeconfig(
            directory / "kubeconfig.json", name=name, url=url, ca_file=ca_file, token=made.token
        )
        self.endpoint = KubeEndpoint(
            name=name, url=url, ca_file=str(ca_file), token=made.token, kubeconfig=str(kubeconfig)
        )
        self._apiserver = ProbedServer(
            f"{name}-apiserver",
            control_plane.apiserver(
                directory,
                name=name,
                etcd_url=options.etcd_url,
                port=chosen["apiserver"],
                credentials=made,
                service_accounts=options.controllers,
                audit_log=directory / options.audit_log if options.audit_log else None,
                watch_cache=options.watch_cache,
                watch_cache_sizes=options.watch_cache_sizes,
                flags=options.flags,
            ),
            directory=directory,
            is_ready=self._answers,
        )
        self._controllers: list[ProbedServer] = []
        if options.controllers:
            programs = (
                ("controller-manager", control_plane.controller_manager(kubeconfig, credentials=made), self._controls),
                ("scheduler", control_plane.scheduler(kubeconfig), lambda: True),
                ("kwok", control_plane.kwok(kubeconfig, port=chosen["kwok"]), self._nodes_are_ready),
            )
            self._controllers = [
                # kwok reads a configuration from its user's home, and a lab must not depend on whose machine it is on.
                ProbedServer(
                    f"{name}-{program}", argv, directory=directory, is_ready=ready, env={"HOME": str(directory)}
                )
                for program, argv, ready in programs
            ]

    @property
    def servers(self) -> list[Server]:
        """All of them, the API server first."""
        return [self._apiserver, *self._controllers]

    def up(self) -> None:
        """Start what does not run, and return when the cluster does what it is asked.

        Raises:
            ServerFailed: A server did not come up, or no Pod could be placed in time.
        """
        self._apiserver.up()
        if not self._controllers:
            return
        for node in self._nodes:
            self._make_node(node)
        with ThreadPoolExecutor(max_workers=len(self._controllers)) as pool:
            list(pool.map(ProbedServer.up, self._controllers))
        deadline = time.monotonic() + _SCHEDULABLE_WITHIN
        # A new node is tainted as not ready until the controller manager has seen it ready.
        while not all(self._is_schedulable(node) for node in self._nodes):
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name}'s nodes were not schedulable within {_SCHEDULABLE_WITHIN:.0f} s")
            time.sleep(0.1)

    def _call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        bearer = {"Authorization": f"Bearer {self.endpoint.token}"}
        return call(method, self.endpoint.url + path, body, headers=bearer, ca_file=self.endpoint.ca_file)

    def _answers(self) -> bool:
        return self._call("GET", "/readyz")[0] == 200 and self._call("GET", "/api/v1/namespaces/default")[0] == 200

    def _controls(self) -> bool:
        return all(self._call("GET", path)[0] == 200 for path in _CONTROLLERS_MADE)

    def _node(self, name: str) -> dict[str, Any]:
        status, node = self._call("GET", f"/api/v1/nodes/{name}")
        return node if status == 200 else {}

    def _nodes_are_ready(self) -> bool:
        return all(_is_ready(self._node(name)) for name in self._nodes)

    def _is_schedulable(self, name: str) -> bool:
        node = self._node(name)
        return _is_ready(node) and not node["spec"].get("taints")

    def _make_node(self, name: str) -> None:
        room = {"cpu": "32", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
        status, answer = self._call(
            "POST",
            "/api/v1/nodes",
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {
                    "name": name,
                    "annotations": {"kwok.x-k8s.io/node": "fake"},
                    "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"},
                },
                "status": {"allocatable": room, "capacity": room},
            },
        )
        if status not in (201, 409):  # 409: it is there from an earlier start
            raise ServerFailed(f"node {name} of {self.name} could not be made: {status} {answer}")


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
