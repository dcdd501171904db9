"""Operators' processes that die by `kill -9` at their n-th writing call: `python -m ... ENDPOINT`, an order a line.

Python and boto3 are loaded once; each order is carried out by a fork of that process, and the fork is what dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from paas import aws, traffic
from paas.references import References
from paas.settings import AwsSettings, EnvironmentSettings
from paas.settings.reading import read

REPOSITORY = Path(__file__).resolve().parents[3]
SERVICES = ("autoscaling", "ec2", "elb", "elbv2", "s3")


class Doomed:
    """The account, until the n-th writing call has gone through (or, with `before`, is about to)."""

    def __init__(self, inner: aws.Aws, number: int, *, before: bool) -> None:
        self._inner, self._left, self._before = inner, number, before

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        writes = not operation.startswith(("describe", "get"))
        self._left -= writes
        if writes and self._before and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = self._inner.call(service, operation, target=target, **request)
        if writes and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def each(self, *given: Any, **request: Any) -> Any:
        return self._inner.each(*given, **request)


class Operators:
    """The process that forks them, from the test's side."""

    def __init__(self, endpoint: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps({"region": endpoint.region, "endpoint_url": endpoint.url})],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'lib'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def one_dies(self, settings: Any, operation: str, *given: str, number: int, before: bool = False) -> None:
        """An operator begins, and is killed at the n-th writing call."""
        order = {"settings": settings, "operation": operation, "given": given, "number": number, "before": before}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == f"killed by {signal.SIGKILL.value}"

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)


def main() -> None:
    """Read orders until there are none."""
    keys = {"access_key_id": "datastore:key", "secret_access_key": "datastore:key"}
    account = aws.connect(AwsSettings(**json.loads(sys.argv[1]), **keys), References({"key": "lab"}.get))
    for service in SERVICES:
        account._client(service)  # made once for all forks; none is connected yet
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _obey(account, json.loads(line))
        _, status = os.waitpid(child, 0)
        print(f"killed by {status}" if os.WIFSIGNALED(status) else "not killed", flush=True)


def _obey(account: aws.Aws, order: dict[str, Any]) -> None:
    try:
        settings = read(EnvironmentSettings, order["settings"], "traffic")
        doomed = Doomed(account, order["number"], before=order["before"])
        getattr(traffic.connect(doomed, settings), order["operation"])(*order["given"], traffic.Order())
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
