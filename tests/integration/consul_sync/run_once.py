"""A process that syncs once and may be killed: `run_once.py SOURCE DESTINATION NAME`."""

import sys

from paas import consul
from paas.consul.sync import Syncer
from paas.references import References
from paas.settings import ConsulSettings, SyncPair


def main() -> None:
    source, destination, name = sys.argv[1:]
    pair = SyncPair(name=name, source="paasA", destination="paasB", connections=2)
    profiles = {"paasA": source, "paasB": destination}
    sides = {
        side: consul.connect(ConsulSettings(name=side, address=url), References()) for side, url in profiles.items()
    }
    syncer = Syncer(pair=pair, source=sides["paasA"], destination=sides["paasB"])
    print("begun", flush=True)
    print(syncer.once().state)


if __name__ == "__main__":
    main()
