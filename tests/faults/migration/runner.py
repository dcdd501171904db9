"""One migration as a process of its own, so that it can be killed: `python runner.py CONFIG`, a JSON file."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    from paas import kube, migration
    from paas.references import References
    from paas.settings import ClusterSettings

    source, destination = (
        kube.connect(ClusterSettings(name=name, kubeconfig=path), References()) for name, path in given["clusters"]
    )
    try:
        result = migration.migrate(source, destination, **given["options"])
    except migration.Incomplete as error:
        result = error.result
    Path(given["result"]).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
