"""An operator's process that dies by `kill -9` right after its n-th writing call: `python -m ... JSON`."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from paas import aws, traffic
from paas.references import References
from paas.settings import AwsSettings, EnvironmentSettings
from paas.settings.reading import read


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


def main() -> None:
    order = json.loads(sys.argv[1])
    settings = read(EnvironmentSettings, order["environment"], "traffic")
    account = aws.connect(AwsSettings(**order["aws"]), References({"key": "lab"}.get))
    moving = traffic.connect(Doomed(account, order["number"], before=order["before"]), settings)
    getattr(moving, order["operation"])(*order["cluster"], traffic.Order())


if __name__ == "__main__":
    main()
