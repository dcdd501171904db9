"""Two Consuls that know nothing of each other, and what a test asks of them."""

from __future__ import annotations

import base64
import itertools
import threading
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
import requests

import lab.standins.consul
from lab.endpoints import ConsulEndpoint
from paas import consul
from paas.consul.sync import Syncer, keep
from paas.references import References
from paas.settings import ConsulSettings, SyncPair
from tests.contract.subjects import KINDS, STAND_IN

NUMBERS = itertools.count(1)
BATCH = 64


def path_of(key: str | bytes) -> str:
    return quote(key.encode() if isinstance(key, str) else key, safe="")


@dataclass
class Side:
    """One Consul as an operator sees it, over plain HTTP."""

    server: object
    endpoint: ConsulEndpoint
    kind: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self):
        self.session.trust_env = False
        if self.endpoint.token:
            self.session.headers["X-Consul-Token"] = self.endpoint.token

    def ask(self, method, path, **more):
        answer = self.session.request(method, f"{self.endpoint.url}/v1/{path}", timeout=60, **more)
        assert answer.status_code < 400 or answer.status_code == 404, (method, path, answer.status_code, answer.text)
        return answer

    def put(self, key, value=b"value", *, flags=0):
        return self.ask("PUT", f"kv/{path_of(key)}", data=value, params={"flags": flags}).text.strip() == "true"

    def put_many(self, keys: Iterable[tuple[str, bytes, int]]):
        waiting = iter(keys)
        while batch := list(itertools.islice(waiting, BATCH)):
            self.ask(
                "PUT",
                "txn",
                json=[
                    {"KV": {"Verb": "set", "Key": key, "Value": base64.b64encode(value).decode(), "Flags": flags}}
                    for key, value, flags in batch
                ],
            )

    def delete(self, key, *, recurse=False):
        self.ask("DELETE", f"kv/{path_of(key)}", params={"recurse": ""} if recurse else {})

    def entries(self, prefix):
        answer = self.ask("GET", f"kv/{path_of(prefix)}", params={"recurse": "", "consistent": ""})
        return [] if answer.status_code == 404 else answer.json()

    def tree(self, prefix=""):
        """Keys with values and flags, the sync's own left out."""
        return {
            entry["Key"]: (base64.b64decode(entry["Value"] or ""), entry["Flags"])
            for entry in self.entries(prefix)
            if not entry["Key"].startswith("paas-sync/")
        }

    def value(self, key):
        answer = self.ask("GET", f"kv/{path_of(key)}", params={"raw": ""})
        return None if answer.status_code == 404 else answer.content

    def lock(self, key):
        session = self.ask("PUT", "session/create", json={"LockDelay": "0s"}).json()["ID"]
        assert self.ask("PUT", f"kv/{path_of(key)}", params={"acquire": session}, data=b"held").text.strip() == "true"
        return session

    def destroy_sessions(self):
        """What happens to the sessions of whoever died, without waiting for their time to run out."""
        for session in self.ask("GET", "session/list").json():
            self.ask("PUT", f"session/destroy/{session['ID']}")

    def snapshot(self):
        return self.ask("GET", "snapshot").content

    def restore(self, snapshot):
        self.ask("PUT", "snapshot", data=snapshot)

    def kill(self):
        self.server.kill()

    def up(self):
        if self.kind == STAND_IN:
            self.server.start_ready_line()
        else:
            self.server.up()
        self.session.close()

    def connect(self, **settings):
        given = {"name": self.endpoint.name, "address": self.endpoint.url, "token": "datastore:token"}
        if not self.endpoint.token:
            del given["token"]
        references = References({"token": self.endpoint.token, "other": settings.pop("other", "")}.get)
        return consul.connect(ConsulSettings(**{**given, "timeout": 30.0, **settings}), references)


@dataclass
class Two:
    """A source and a destination; each test has a folder and a pair of its own."""

    source: Side
    destination: Side
    folder: str = ""
    name: str = ""

    def pair(self, **more):
        given = {"name": self.name, "source": "paasA", "destination": "paasB"}
        if self.folder:
            given["prefixes"] = (self.folder,)
        return SyncPair(**{**given, **more})

    def syncer(self, *, source=None, destination=None, **more):
        return Syncer(
            pair=self.pair(**more),
            source=source or self.source.connect(),
            destination=destination or self.destination.connect(),
        )

    def sync(self, *, share=None, **more):
        return self.syncer(**more).once(max_delete_share=share).as_dict()

    def assert_equal(self):
        assert self.destination.tree(self.folder) == self.source.tree(self.folder)

    @property
    def ledger(self):
        return f"paas-sync/{self.name}/ledger/"

    @contextmanager
    def kept(self, *, source=None, **more):
        """The pair kept in step in a thread; gives the list of reports."""
        source = source or self.source.connect()
        syncer, ended, reports = self.syncer(source=source, **more), threading.Event(), []
        thread = threading.Thread(
            target=lambda: keep(syncer, source, ended=ended, tell=lambda report: reports.append(report.as_dict()))
        )
        thread.start()
        try:
            yield reports
        finally:
            ended.set()
            thread.join(60)
            assert not thread.is_alive()


def soon(condition, *, within=30.0):
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)
    return found


def launched(kind, directory, *, acl, persistent):
    for name in ("paasA", "paasB"):
        if kind == STAND_IN:
            server, endpoint = lab.standins.consul.launch(name, directory=directory, acl=acl)
        else:
            from lab.servers import launch_consul

            server, endpoint = launch_consul(name, directory=directory, acl=acl, persistent=persistent)
        yield Side(server, endpoint, kind)


@contextmanager
def running(kind, directory, *, acl=False, persistent=False):
    sides = []
    try:
        for side in launched(kind, directory, acl=acl, persistent=persistent):
            sides.append(side)
        yield sides
    finally:
        for side in sides:
            side.server.stop()


@pytest.fixture(scope="session", params=KINDS)
def shared(request, tmp_path_factory):
    with running(request.param, tmp_path_factory.mktemp("two")) as sides:
        yield sides


@pytest.fixture
def two(shared):
    """Two Consuls for all tests together, with a folder of the test's own."""
    number = next(NUMBERS)
    return Two(*shared, folder=f"f{number}/", name=f"pair-{number}")


@pytest.fixture(params=KINDS)
def own_two(request, tmp_path):
    """Two Consuls for one test alone: everything is carried, and they may be wiped and restored."""
    with running(request.param, tmp_path) as sides:
        yield Two(*sides, name="pair")


@pytest.fixture(params=KINDS)
def lasting_two(request, tmp_path):
    """Two Consuls for one test alone, whose data outlives being killed."""
    with running(request.param, tmp_path, persistent=True) as sides:
        yield Two(*sides, name="pair")


@pytest.fixture(scope="session", params=KINDS)
def guarded(request, tmp_path_factory):
    with running(request.param, tmp_path_factory.mktemp("guarded"), acl=True) as sides:
        yield sides


@pytest.fixture
def guarded_two(guarded):
    """Two Consuls that deny what no token allows."""
    number = next(NUMBERS)
    return Two(*guarded, folder=f"f{number}/", name=f"pair-{number}")
