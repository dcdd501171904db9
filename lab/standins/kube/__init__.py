"""A stand-in for the Kubernetes API server: real sockets, TLS, watch, CRDs, RBAC; faults on order."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lab.endpoints import KubeEndpoint
from lab.processes import Server


def launch(
    name: str, *, directory: Path, port: int = 0, version: str = "1.36", arguments: Sequence[str] = ()
) -> tuple[Server, KubeEndpoint]:
    """Start a stand-in as a process of its own and wait until it answers.

    In a folder used before it comes back as it was, but for its history: `start_ready_line()` of the Server does that
    too, after a `kill()`.

    Args:
        name: The cluster's name, and its context in the kubeconfig.
        directory: Where its files go: certificates, token, kubeconfig, log.
        port: 0 for a free one, the same ever after in its folder.
        version: `1.36` or `1.7`.
        arguments: More options of `python -m lab.standins.kube`.

    Returns:
        The process, and how to reach it.

    Raises:
        ServerFailed: It did not come up; the message carries the end of its log.
    """
    home = Path(directory).absolute()
    argv = [sys.executable, "-m", "lab.standins.kube", "--name", name, "--port", str(port), "--dir", str(home)]
    argv += ["--version", version, *arguments]
    # The lab is run from a checkout: the child finds it from any working directory.
    root = str(Path(__file__).resolve().parents[3])
    server = Server(f"kube-{name}", argv, directory=home, env={"PYTHONPATH": root})
    ready = server.start_ready_line()
    token = Path(ready["token_file"]).read_text().strip()
    return server, KubeEndpoint(name, ready["url"], ready["ca_file"], token, ready["kubeconfig"])
