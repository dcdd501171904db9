"""Real Kubernetes clusters without machines: one etcd, and for each cluster an API server with its controllers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.endpoints import KubeEndpoint
from lab.processes import Server
from lab.servers import control_plane, ports
from lab.servers.calls import call
from lab.servers.certificates import Authority
from lab.servers.cluster import Cluster, ClusterOptions
from lab.servers.probed import ProbedServer, stop

AUDIT_LOG = "audit.log"


def launch_kube(
    names: Sequence[str],
    *,
    directory: Path,
    controllers: bool = True,
    nodes: int = 1,
    users: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    audit: bool = False,
    watch_cache: bool = True,
    watch_cache_sizes: Mapping[str, int] | None = None,
    flags: Sequence[str] = (),
) -> tuple[list[Server], dict[str, KubeEndpoint]]:
    """Start clusters and return when they answer; in a folder used before they come back as they were.

    Args:
        names: The clusters' names, such as `paasA` and `paasB`.
        directory: Everything lives here: data, keys, kubeconfigs, logs, ports.
        controllers: Also start controller manager, scheduler and kwok, with `nodes` fake nodes each; without them
            objects are stored and watched, and nothing happens to them.
        nodes: How many nodes a cluster with controllers has.
        users: Further users of every cluster by their bearer token: (user, groups). RBAC gives them nothing as yet.
        audit: Write an audit log of every request; `audit_log(directory, name)` is its file.
        watch_cache: False sends every list and watch to etcd, so that a compacted version is gone at once.
        watch_cache_sizes: Events kept by resource, such as `{"configmaps": 10}`; 0 switches the cache off for one.
        flags: Further flags of every API server.

    Returns:
        The servers, in the order to start them (each has `.up()`; the API server's name is `<cluster>-apiserver`),
        and each cluster's endpoint.

    Raises:
        BuildFailed: A binary is missing and cannot be built.
        ServerFailed: A server did not come up; those that did are stopped again.
    """
    etcd = _etcd(directory)
    servers: list[Server] = [etcd]
    try:
        etcd.up()
        options = ClusterOptions(
            etcd_url=_etcd_url(directory),
            controllers=controllers,
            nodes=nodes,
            users=users or {},
            audit_log=AUDIT_LOG if audit else "",
            watch_cache=watch_cache,
            watch_cache_sizes=watch_cache_sizes or {},
            flags=flags,
        )
        clusters = [Cluster(name, directory / name, options) for name in names]
        servers += [server for cluster in clusters for server in cluster.servers]
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(Cluster.up, clusters))
    except BaseException:
        stop(servers)
        raise
    return servers, {cluster.name: cluster.endpoint for cluster in clusters}


def audit_log(directory: Path, name: str) -> Path:
    """Where a cluster that was started with `audit` logs its requests, one JSON Event of audit.k8s.io/v1 a line."""
    return directory / name / AUDIT_LOG


def client_certificate(directory: Path, name: str, *, user: str, groups: Sequence[str] = ()) -> tuple[Path, Path]:
    """A certificate and its key with which a client of cluster `name` is `user`, a member of `groups`."""
    pair = Authority(directory / name / "pki").client(f"client-{user.replace(':', '-')}", user=user, groups=groups)
    return pair.certificate, pair.key


def compact(directory: Path) -> int:
    """Make the clusters' etcd forget every version but the current one, as it does by itself every five minutes.

    A watch that goes on from an older version, and a page that is asked for with an older token, then get 410; where
    the API server's watch cache still has the version, only after that server's restart, or with `watch_cache=False`.

    Args:
        directory: What `launch_kube` was given.

    Returns:
        etcd's revision, the oldest that is left.

    Raises:
        RuntimeError: etcd refused, or did not answer.
    """
    url = _etcd_url(directory)
    status, answer = call("POST", f"{url}/v3/kv/range", {"key": "AA==", "limit": "1"})
    if status == 200:
        revision = int(answer["header"]["revision"])
        status, answer = call("POST", f"{url}/v3/kv/compaction", {"revision": str(revision), "physical": True})
        if status == 200 or "compacted" in str(answer):
            return revision
    raise RuntimeError(f"etcd at {url} did not compact: {status} {answer}")


def _etcd(directory: Path) -> ProbedServer:
    chosen = ports.remembered(directory, "etcd", "etcd-peer")
    url = _etcd_url(directory)
    return ProbedServer(
        "etcd",
        control_plane.etcd(directory, client_port=chosen["etcd"], peer_port=chosen["etcd-peer"]),
        directory=directory,
        is_ready=lambda: call("GET", f"{url}/health") == (200, {"health": "true", "reason": ""}),
    )


def _etcd_url(directory: Path) -> str:
    return f"http://127.0.0.1:{ports.remembered(directory, 'etcd')['etcd']}"
