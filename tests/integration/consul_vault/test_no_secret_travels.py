"""No secret is in an argv, an environment, a log, a result or a trigger, whatever is run on Consul and Vault."""

import base64
import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.stackstorm.sensors import SensorContainer
from lab.stackstorm.service import StackStorm
from tests.integration.consul_sync.two import guarded, guarded_two, soon
from tests.integration.consul_vault.processes import Watched, files_holding
from tests.integration.vault.two import cluster, running

__all__ = ["cluster", "guarded", "guarded_two"]
PACK = Path(__file__).resolve().parents[3]
MARK = secrets.token_hex(6)


def planted(name):
    return f"planted-{name}-{MARK}"


class Site:
    """The pack on a StackStorm, with two Consuls, two Vaults and a cluster; every secret in it is planted."""

    def __init__(self, two, vaults, kubeconfig, directory):
        self.two, self.vaults = two, vaults
        self.directory = directory / "stackstorm"
        self.service = StackStorm([PACK], directory=self.directory)
        self.secrets = {planted(name) for name in ("password", "setting", "tree", "row")}
        self._keep("password", planted("password"))
        self._keep("setting", planted("setting"))
        self._keep("tree", planted("tree"))
        for name in ("paasA", "paasB"):
            self._keep(f"vault.{name}", vaults[name].token)
        for name, side in (("paasA", two.source), ("paasB", two.destination)):
            self._keep(f"consul.{name}", side.endpoint.token)
        file = self.service.config_file("kubernetes")
        file.parent.mkdir(parents=True)
        file.write_text(yaml.safe_dump(self._config(kubeconfig)))
        self.sensors = SensorContainer(
            [sensor for sensor in self.service.registry.sensors() if sensor.class_name == "ConsulSyncSensor"],
            directory=self.directory / "sensors",
            api_url=lambda: self.service.api.url,
            token=self.service.new_token,
        )

    def _keep(self, name, value):
        self.secrets.add(value)
        self.service.datastore.set(name, value, secret=True)

    def _config(self, kubeconfig):
        sides = {"paasA": self.two.source, "paasB": self.two.destination}
        allow = [{"paths": ["secret/{namespace}/*"], "namespaces": ["*"]}]
        return {
            "clusters": {"paasA": {"kubeconfig": str(kubeconfig)}},
            "consul": {
                name: {"address": side.endpoint.url, "token": f"datastore:consul.{name}"}
                for name, side in sides.items()
            },
            "consul_sync": {"pair": {"source": "paasA", "destination": "paasB", "prefixes": [self.two.folder]}},
            "vault": {
                name: {"address": each.url, "auth": {"token": f"datastore:vault.{name}"}, "allow": allow}
                for name, each in self.vaults.items()
            },
        }

    def run(self, action, *, succeeds=True, **parameters):
        ran = self.service.actions.request(f"kubernetes.{action}", parameters)
        done = self.service.executions.wait(ran.id, timeout=60)
        assert (done.status == "succeeded") is succeeds, (action, done.status, done.result)
        return done.result

    @property
    def triggers(self):
        return list(self.service.triggers.latest(kind="kubernetes.consul_sync"))


@pytest.fixture(scope="module")
def vaults(guarded, tmp_path_factory):
    with running(guarded[0].kind, tmp_path_factory.mktemp("vaults")) as endpoints:
        yield endpoints


@pytest.fixture
def site(guarded_two, vaults, cluster, tmp_path):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": guarded_two.name}}
    cluster.create("/api/v1/namespaces", namespace)
    with Watched() as watched:
        site = Site(guarded_two, vaults, cluster.kubeconfig, tmp_path)
        site.watched = watched
        site.service.start(sensors=False)
        yield site
        site.service.stop()


def use_consul(site, directory):
    folder = site.two.folder
    site.two.source.put_many((f"{folder}row-{number}", planted("row").encode(), 0) for number in range(20))
    site.run("consul_put", consul="paasA", key=f"{folder}setting", value_from="datastore:setting")
    site.run("consul_get", consul="paasA", key=f"{folder}setting")
    site.run("consul_diff", pair="pair")
    site.run("consul_sync", pair="pair")
    site.run("consul_sync", pair="nosuch", succeeds=False)
    site.run("consul_export", consul="paasA", prefix=folder, file=str(directory / "export.json"))
    site.run("consul_import", consul="paasB", file=str(directory / "export.json"), dry_run=True)
    site.run("consul_delete", consul="paasA", key=f"{folder}row-1")


def use_vault(site):
    namespace = site.two.name
    path = f"secret/{namespace}/db"
    values = {"password": "datastore:password", "token": "generate:24"}
    site.run("vault_write", vault="paasA", path=path, values=values)
    site.run("vault_copy", source="paasA", destination="paasB", path=f"secret/{namespace}/")
    site.run("vault_load", vault="paasA", tree={f"secret/{namespace}/tree": {"a": "datastore:tree"}})
    site.run("vault_read", vault="paasA", path=path, cluster="paasA", namespace=namespace, secret="db")
    site.run("vault_read", vault="paasA", path="secret/other/x", cluster="paasA", namespace=namespace, secret="x",
             succeeds=False)  # fmt: skip
    site.run("vault_status", vault="paasA")
    site.run("vault_delete", vault="paasB", path=path)


def use_sensor(site):
    site.sensors.start()
    try:
        site.run("consul_sync_enable", pair="pair")
        soon(lambda: any(each["payload"]["state"] == "in_step" for each in site.triggers))
        site.two.source.put(f"{site.two.folder}late", planted("row").encode())
        soon(lambda: site.two.destination.value(f"{site.two.folder}late") == planted("row").encode())
        site.run("consul_sync_disable", pair="pair")
        soon(lambda: any(each["payload"]["state"] == "disabled" for each in site.triggers))
    finally:
        site.sensors.stop()


def test_no_planted_value_is_in_an_argv_an_environment_a_log_a_result_or_a_trigger(site, cluster, tmp_path):
    use_consul(site, tmp_path)
    use_vault(site)
    use_sensor(site)
    made = cluster.get(f"/api/v1/namespaces/{site.two.name}/secrets/db")["data"]
    assert base64.b64decode(made["password"]).decode() == planted("password")
    site.secrets.add(base64.b64decode(made["token"]).decode())
    every = site.secrets | {base64.b64encode(value.encode()).decode().rstrip("=")[:-1] for value in site.secrets}

    assert site.watched.programs("action_wrapper.py") >= 16
    assert site.watched.programs("sensor_wrapper.py") >= 1
    assert site.watched.holding(every) == []

    executions = site.service.executions.latest(limit=100)
    said = [json.dumps([site.service.shown(each), each.result, each.parameters]) for each in executions]
    said += [json.dumps(each) for each in site.triggers]
    assert [each for each in said if any(value in each for value in every)] == []

    site.service.stop()
    # The databases with all results, stdout and stderr among them, and the sensor's log.
    assert files_holding(site.directory, every) == []


def test_the_watch_sees_what_it_is_for(monkeypatch):
    monkeypatch.setenv("SHOWN", planted("environment"))
    program = f"import time; time.sleep(30)  # {planted('argv')}"
    with Watched() as watched, subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            soon(lambda: watched.holding({planted("argv")}) and watched.holding({planted("environment")}))
        finally:
            process.kill()
