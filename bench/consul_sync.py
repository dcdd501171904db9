"""The sync of two Consuls: the first one against `consul kv` and against the raw limit, the lag, the memory."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bench.memory import peak_mb
from bench.tables import Plot, Table
from lab.endpoints import ConsulEndpoint
from lab.servers import binary, launch_consul
from paas import consul
from paas.consul.sync import Report, Syncer, keep
from paas.references import References
from paas.settings import ConsulSettings, SyncPair

KEYS = 50_000
MANY_KEYS = 200_000
CONNECTIONS = (4, 8, 16)
ROUNDS = 5
#: Operations of one transaction.
FULL = 128
VALUE_BYTES = 64
PUTS_A_SECOND = 100
LAG_SECONDS = 15
_LAG = "lag/"
_NAMES = itertools.count(1)


def run() -> list[Table]:
    """All tables."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        with _started("source", home) as source:
            _fill(source, KEYS)
            first = _first_sync(source, home)
        return [first, _lag(home), _memory(home)]


def _first_sync(source: ConsulEndpoint, home: Path) -> Table:
    write = _raw()
    ways: dict[tuple[str, int], Callable[[ConsulEndpoint], object]] = {}
    for connections in CONNECTIONS:
        ways["sync", connections] = partial(_sync, source, connections=connections)
        ways["raw", connections] = partial(write, connections=connections)
    ways["cli", 1] = partial(_export_import, source, home=home)
    taken: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, done in ways.items():
            with _started(f"destination{next(_NAMES)}", home) as destination:
                begun = time.perf_counter()
                done(destination)
                taken[way].append(time.perf_counter() - begun)
                _check(source, destination, exact=way[0] != "raw")
    median = {way: statistics.median(each) for way, each in taken.items()}
    cli = median.pop(("cli", 1))
    rows: list[tuple[object, ...]] = [("consul kv export, consul kv import", 1, cli, KEYS / cli, "", 1)]
    for (kind, connections), took in median.items():
        limit = median["raw", connections]
        name = "consul_sync, its ledger included" if kind == "sync" else "raw: full transactions, bodies prepared"
        rows.append((name, connections, took, KEYS / took, limit / took, cli / took))
    usual = _syncer(source, source).pair.connections
    note = (
        f"{KEYS} keys of {VALUE_BYTES} bytes into an empty Consul on disk; medians of {ROUNDS} runs, taken in turns. "
        f"A pair has {usual} connections unless it says otherwise. The sync fetches both sides first, then decodes, "
        "compares and writes at once, from one thread; the raw loop keeps both cores busy with Consul alone."
    )
    columns = ("way", "connections", "seconds", "keys a second", "of the raw loop", "times export and import")
    return Table("The first sync", columns, rows, note)


def _sync(source: ConsulEndpoint, destination: ConsulEndpoint, *, connections: int) -> Report:
    report = _syncer(source, destination, connections=connections).once()
    assert report.state == "in_step", report.reason
    return report


def _raw() -> Callable[..., None]:
    bodies = []
    for batch in _batches(KEYS):
        operations = [
            {"KV": {"Verb": "cas", "Key": key, "Value": value, "Flags": flags, "Index": 0}}
            for key, value, flags in batch
        ]
        bodies.append(json.dumps(operations).encode())

    def write(destination: ConsulEndpoint, *, connections: int) -> None:
        waiting, taking = iter(bodies), threading.Lock()
        address = urlsplit(destination.url)

        def worker() -> None:
            connection = http.client.HTTPConnection(str(address.hostname), address.port)
            while True:
                with taking:
                    body = next(waiting, None)
                if body is None:
                    return
                connection.request("PUT", "/v1/txn", body=body, headers={"Accept-Encoding": "identity"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200

        threads = [threading.Thread(target=worker) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return write


def _export_import(source: ConsulEndpoint, destination: ConsulEndpoint, *, home: Path) -> None:
    program, file = str(binary("consul")), home / "export.json"
    with file.open("wb") as exported:
        subprocess.run([program, "kv", "export", f"-http-addr={source.url}", ""], stdout=exported, check=True)
    imported = [program, "kv", "import", f"-http-addr={destination.url}", f"@{file}"]
    subprocess.run(imported, check=True, stdout=subprocess.DEVNULL)


def _lag(home: Path) -> Table:
    rows, lines = [], {}
    for keys in (1_000, 10_000, KEYS):
        with _started(f"source{next(_NAMES)}", home) as source, _started(f"to{next(_NAMES)}", home) as destination:
            _fill(source, keys)
            measured = [each * 1000 for each in _lags(source, destination)]
        cut = statistics.quantiles(measured, n=100)
        rows.append((keys, len(measured), cut[49], cut[98], max(measured)))
        lines[f"{keys} keys"] = measured
    note = (
        f"{PUTS_A_SECOND} puts a second of new keys for {LAG_SECONDS} s; from the moment before the put on the source "
        "to the moment at which a client that waits at the destination sees the key. "
        "Each round fetches the whole source, and decodes what is new. The sync has a process of its own."
    )
    columns = ("keys", "puts", "p50, ms", "p99, ms", "max, ms")
    return Table("Lag from the source to the destination", columns, rows, note, Plot("bench-consul-lag", lines))


def _lags(source: ConsulEndpoint, destination: ConsulEndpoint) -> list[float]:
    # The sync has a process of its own, as it has in the sensor.
    argv = [sys.executable, "-m", "bench.consul_sync", "keep", source.url, destination.url]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as keeping:
        try:
            assert keeping.stdout is not None
            assert keeping.stdout.readline() == "in_step\n"
            return _put_and_look(source, destination)
        finally:
            keeping.terminate()


def _put_and_look(source: ConsulEndpoint, destination: ConsulEndpoint) -> list[float]:
    put_at: dict[str, float] = {}
    seen_at: dict[str, float] = {}
    total = PUTS_A_SECOND * LAG_SECONDS
    looking = threading.Thread(target=_look, args=(destination, seen_at, total))
    looking.start()
    session, begun = requests.Session(), time.perf_counter()
    for number in range(total):
        key = f"{_LAG}{number}"
        time.sleep(max(0.0, begun + number / PUTS_A_SECOND - time.perf_counter()))
        put_at[key] = time.perf_counter()
        session.put(f"{source.url}/v1/kv/{key}", data=b"v").raise_for_status()
    looking.join(120)
    return [seen_at[key] - at for key, at in put_at.items()]


def _look(destination: ConsulEndpoint, seen_at: dict[str, float], total: int) -> None:
    """Note when each key is there, by blocking queries for names alone."""
    session, index, deadline = requests.Session(), 1, time.monotonic() + 120
    while len(seen_at) < total and time.monotonic() < deadline:
        answer = session.get(f"{destination.url}/v1/kv/{_LAG}", params={"keys": "", "index": str(index), "wait": "5s"})
        now, index = time.perf_counter(), int(answer.headers["X-Consul-Index"])
        for key in answer.json() if answer.status_code == 200 else ():
            seen_at.setdefault(key, now)


def _memory(home: Path) -> Table:
    rows = []
    for keys in (0, KEYS, MANY_KEYS):
        with _started(f"source{next(_NAMES)}", home) as source, _started(f"to{next(_NAMES)}", home) as destination:
            _fill(source, keys)
            argv = [sys.executable, "-m", "bench.consul_sync", "measure", source.url, destination.url]
            done = subprocess.run(argv, check=True, capture_output=True, text=True)
            peak, seconds = done.stdout.split()
            rows.append((keys, int(peak), float(seconds)))
    note = "A process of its own: the interpreter, the libraries, one first sync and one comparison after it."
    return Table("Memory", ("keys", "peak, MiB", "first sync, s"), rows, note)


def _syncer(source: ConsulEndpoint, destination: ConsulEndpoint, **settings: int) -> Syncer:
    pair = SyncPair(name="bench", source="source", destination="destination", **settings)
    return Syncer(pair=pair, source=_connect(source), destination=_connect(destination))


def _connect(endpoint: ConsulEndpoint) -> consul.Consul:
    return consul.connect(ConsulSettings(name=endpoint.name, address=endpoint.url, timeout=120.0), References())


def _batches(keys: int) -> Iterator[list[tuple[str, str, int]]]:
    chance = random.Random(keys)
    every = (
        (
            f"ns-{number % 200}/app-{number % 17}/setting-{number}",
            base64.b64encode(chance.randbytes(VALUE_BYTES)).decode("ascii"),
            number % 3,
        )
        for number in range(keys)
    )
    while batch := list(itertools.islice(every, FULL)):
        yield batch


def _fill(source: ConsulEndpoint, keys: int) -> None:
    session = requests.Session()
    for batch in _batches(keys):
        operations = [
            {"KV": {"Verb": "set", "Key": key, "Value": value, "Flags": flags}} for key, value, flags in batch
        ]
        session.put(f"{source.url}/v1/txn", json=operations).raise_for_status()


def _check(source: ConsulEndpoint, destination: ConsulEndpoint, *, exact: bool) -> None:
    """Make sure that what was measured was done."""
    wanted, there = (_tree(each) for each in (source, destination))
    assert there == wanted if exact else len(there) == len(wanted)


def _tree(endpoint: ConsulEndpoint) -> dict[str, tuple[str, int]]:
    found = requests.get(f"{endpoint.url}/v1/kv/?recurse").json()
    return {each["Key"]: (each["Value"], each["Flags"]) for each in found if not each["Key"].startswith("paas-sync/")}


@contextmanager
def _started(name: str, home: Path) -> Iterator[ConsulEndpoint]:
    server, endpoint = launch_consul(name, directory=home, persistent=True)
    try:
        yield endpoint
    finally:
        server.stop()


def _measure(source: str, destination: str) -> None:
    """One sync in this process; prints its peak memory in MiB and how long it took."""
    syncer = _syncer(_at(source), _at(destination))
    begun = time.perf_counter()
    syncer.once()
    took = time.perf_counter() - begun
    syncer.once()
    print(round(peak_mb()), took)


def _keep(source: str, destination: str) -> None:
    """Keep a pair in step until this process is ended; says when it is for the first time."""
    said = threading.Event()

    def tell(report: Report) -> None:
        if report.state == "in_step" and not said.is_set():
            said.set()
            print("in_step", flush=True)

    keep(_syncer(_at(source), _at(destination)), _connect(_at(source)), ended=threading.Event(), tell=tell)


def _at(url: str) -> ConsulEndpoint:
    return ConsulEndpoint(name=url, url=url, datacenter="")


if __name__ == "__main__":
    {"measure": _measure, "keep": _keep}[sys.argv[1]](*sys.argv[2:])
