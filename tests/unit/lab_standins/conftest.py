import contextlib
import threading

import pytest
import requests

from lab.standins.consul.server import Consul
from lab.standins.httpd import HttpServer
from lab.standins.vault.server import Vault


@contextlib.contextmanager
def serving(respond):
    """A server in this process; its URL."""
    server = HttpServer(respond)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


class Client:
    """What a test asks a server in this process."""

    def __init__(self, url, **headers):
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers)

    def ask(self, method, path, **more):
        return self._session.request(method, f"{self.url}/{path}", timeout=10, allow_redirects=False, **more)

    def get(self, path, **more):
        return self.ask("GET", f"v1/{path}", **more)

    def put(self, path, data=None, **more):
        return self.ask("PUT", f"v1/{path}", data=data, **more)

    def post(self, path, json=None, **more):
        return self.ask("POST", f"v1/{path}", json=json, **more)

    def lab(self, what, body=None):
        answer = self.ask("POST", f"__lab__/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **fault):
        return self.lab("faults", fault)


@pytest.fixture
def serve():
    with contextlib.ExitStack() as stack:
        yield lambda respond, **headers: Client(stack.enter_context(serving(respond)), **headers)


@pytest.fixture
def stand_in(tmp_path):
    return Consul(name="unit", directory=tmp_path / "consul", datacenter="dc", management_token=None)


@pytest.fixture
def consul(stand_in, serve):
    return serve(stand_in.respond)


@pytest.fixture
def vault(tmp_path, serve):
    """An open Vault with KV version 2 at secret/, seen by root."""
    vault = Vault(directory=tmp_path / "vault")
    made = vault.seal.initialise({"secret_shares": 1, "secret_threshold": 1})
    vault.seal.unseal({"key": made["keys"][0]})
    vault.mounts.mount("secret", "secret/", {"type": "kv", "options": {"version": "2"}})
    client = serve(vault.respond, **{"X-Vault-Token": made["root_token"]})
    client.key = made["keys"][0]
    return client
