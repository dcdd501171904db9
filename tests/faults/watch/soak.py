"""Objects that come, change and go at 50 a second, while API server, sensor and network are broken at random.

`python -m tests.faults.watch.soak --minutes 60 --seed 1` runs it for long; the test runs it for a minute.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import yaml

import lab.servers
from lab.endpoints import KubeEndpoint
from lab.faults import FaultProxy
from paas.kube.watching import saver
from tests.faults.watch.truth import NAMESPACE, Gap, Told, Writer, judge
from tests.integration.watch.running import SensorRun, client_of

RATE = 50.0
_SETTLES_WITHIN = 60.0
#: The saver's own rhythm, and what it may be late on a busy machine.
_SAVED_WITHIN = saver.EVERY + 3.0
_AFTER_A_FAULT = 2.0


class Soak:
    """One run over one real API server.

    Args:
        directory: Where everything is kept.
        seed: Of the writes and of the faults.
    """

    def __init__(self, directory: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._servers, endpoints = lab.servers.launch_kube(["paasA"], directory=directory, controllers=False)
        self._api = next(server for server in self._servers if server.name == "paasA-apiserver")
        endpoint = endpoints["paasA"]
        client = client_of(endpoint)
        client.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.writer = Writer(client, seed)
        url = urlsplit(endpoint.url)
        self._proxy = FaultProxy(url.hostname or "127.0.0.1", url.port or 443).start()
        kubeconfig = _through(self._proxy.port, endpoint, directory / "through-the-proxy.kubeconfig")
        cluster = {"kubeconfig": str(kubeconfig), "context": endpoint.name}
        self.sensor = SensorRun("ResourceWatchSensor", directory / "sensor", {"clusters": {"paasA": cluster}})
        self.sensor.triggers(soak={"cluster": "paasA", "plural": "configmaps", "namespace": NAMESPACE})
        self._ending = threading.Event()
        self.faults: list[tuple[str, float, float, float | None]] = []
        self._directory = directory

    def run(self, seconds: float) -> None:
        """Write and break for so long, then heal everything and wait until the sensor has told the rest."""
        self.sensor.start()
        time.sleep(3)
        breaker = threading.Thread(target=self._break, args=(time.monotonic() + seconds,))
        breaker.start()
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            self.writer.step()
            ahead = self.writer.operations / RATE - passed
            if ahead > 0:
                time.sleep(ahead)
            if self.writer.operations % int(RATE * 60) == 0:
                print(f"{passed / 60:.0f} min: {self.writer.operations} writes, {len(self.faults)} faults", flush=True)
        breaker.join()
        self._settle()

    def close(self) -> None:
        """Take everything down."""
        self.sensor.stop()
        self._proxy.stop()
        lab.servers.stop(self._servers)

    def verdict(self) -> list[str]:
        """What is wrong with what was told."""
        return judge(self.writer.lives, self.told(), self.gaps(), save_every=_SAVED_WITHIN)

    def told(self) -> list[Told]:
        """Everything that was dispatched."""
        found = []
        for line in (self.sensor.directory / "events.jsonl").read_bytes().split(b"\n"):
            if line.endswith(b"}"):
                event = json.loads(line)
                payload = event["payload"]
                found.append(Told(payload["resource"], payload["uid"], payload["resource_version"], event["at"]))
        return found

    def gaps(self) -> list[Gap]:
        """A fault's gap ends when something that was written after it has been told."""
        begun_of = {
            f"{uid}.{version}": moment.begun
            for uid, life in self.writer.lives.items()
            for version, moment in life.versions.items()
        }
        news = sorted((begun_of.get(f"{event.uid}.{event.version}", 0.0), event.at) for event in self.told())
        gaps = []
        for _, begun, ended, kill in self.faults:
            seen = next((at for written, at in news if written > ended), time.time())
            gaps.append(Gap(begun - 1.0, seen + _AFTER_A_FAULT, kill))
        return gaps

    def _break(self, deadline: float) -> None:
        kinds = [
            self._kill_sensor,
            self._stop_sensor,
            self._kill_api,
            self._reset,
            self._refuse,
            self._cut,
            self._stall,
        ]
        while time.monotonic() < deadline:
            time.sleep(self._random.uniform(4, 16))
            kind = self._random.choice(kinds)
            begun = time.time()
            kill = kind()
            self.faults.append((kind.__name__.strip("_"), begun, time.time(), kill))
        self._proxy.heal()

    def _kill_sensor(self) -> float:
        self.sensor.kill()
        at = time.time()
        time.sleep(self._random.uniform(0.2, 4))
        self.sensor.start()
        return at

    def _stop_sensor(self) -> None:
        self.sensor.stop()
        time.sleep(self._random.uniform(0.2, 4))
        self.sensor.start()

    def _kill_api(self) -> None:
        self._api.kill()
        time.sleep(self._random.uniform(0.2, 3))
        self._api.up()

    def _reset(self) -> None:
        self._proxy.reset()

    def _refuse(self) -> None:
        self._proxy.refuse()
        self._proxy.reset()
        time.sleep(self._random.uniform(0.5, 5))
        self._proxy.heal()

    def _cut(self) -> None:
        self._proxy.cut_after(self._random.randrange(1, 20_000))
        time.sleep(self._random.uniform(1, 5))
        self._proxy.heal()

    def _stall(self) -> None:
        self._proxy.stall()
        time.sleep(self._random.uniform(1, 20))
        self._proxy.heal()

    def _settle(self) -> None:
        """Until nothing is missing any more; what still is then, the verdict names."""
        deadline = time.monotonic() + _SETTLES_WITHIN
        while time.monotonic() < deadline and self.verdict():
            time.sleep(3)

    def summary(self) -> str:
        """The run in a few lines."""
        told, lives = self.told(), self.writer.lives
        written = sum(len(life.versions) + (life.deleted is not None) for life in lives.values())
        kinds = sorted({kind for kind, *_ in self.faults})
        faults = ", ".join(f"{sum(1 for each in self.faults if each[0] == kind)} {kind}" for kind in kinds)
        ids = {event.id for event in told}
        return (
            f"{self.writer.operations} operations on {len(lives)} objects made {written} events; {len(self.faults)} "
            f"faults ({faults}); {len(told)} events told, {len(told) - len(ids)} of them again after a kill"
        )


def _through(port: int, endpoint: KubeEndpoint, path: Path) -> Path:
    """The cluster's kubeconfig, its server behind the proxy."""
    said = yaml.safe_load(Path(endpoint.kubeconfig).read_text())
    for cluster in said["clusters"]:
        cluster["cluster"]["server"] = f"https://127.0.0.1:{port}"
    path.write_text(yaml.safe_dump(said))
    path.chmod(0o600)
    return path


def main() -> int:
    """Run it from the command line; 0 where the watch kept its word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    soak = Soak(Path(tempfile.mkdtemp(prefix="watch-soak-")), arguments.seed)
    try:
        soak.run(arguments.minutes * 60)
        wrong = soak.verdict()
        print(soak.summary())
    finally:
        soak.close()
    for words in wrong[:50]:
        print(words)
    print(f"{len(wrong)} broken promises")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
