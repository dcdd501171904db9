import threading

import pytest

import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from st2tests.base import BaseSensorTestCase  # noqa: E402

from paas import kube  # noqa: E402
from resource_watch_sensor import ResourceWatchSensor  # noqa: E402
from tests.unit.kube.test_group_watches import eventually  # noqa: E402
from tests.unit.kube.tiny import TinyCluster  # noqa: E402

CONFIG = {"clusters": {"paasA": {"server": "https://paasA.example.com"}}}
NAMESPACES = "/api/v1/namespaces"
SECRETS = "/api/v1/secrets"


def trigger(ref, **parameters):
    return {"ref": f"kubernetes.{ref}", "parameters": {"cluster": "paasA", **parameters}}


class ResourceWatchSensorTestCase(BaseSensorTestCase):
    sensor_cls = ResourceWatchSensor

    @pytest.fixture(autouse=True)
    def cluster(self, monkeypatch):
        self.cluster = TinyCluster("paasA")
        self.cluster.serve(NAMESPACES, "Namespace")
        self.cluster.serve(SECRETS, "Secret")
        monkeypatch.setattr(kube, "connect", lambda settings, references: self.cluster.client)

    def start(self):
        sensor = self.get_sensor_instance(config=CONFIG)
        sensor.setup()
        threading.Thread(target=sensor.run, daemon=True).start()
        self.addCleanup(sensor.cleanup)
        return sensor

    def told(self):
        return [
            (each["trigger"], each["payload"]["resource"], each["payload"]["name"])
            for each in self.get_dispatched_triggers()
        ]

    def test_a_rule_is_told_what_it_asks_for_under_its_own_trigger(self):
        sensor = self.start()
        sensor.add_trigger(trigger("r1", plural="namespaces"))
        self.cluster.put(NAMESPACES, "shop")
        eventually(self.told)

        assert self.told() == [("kubernetes.r1", "ADDED", "shop")]

    def test_rules_come_and_go_while_it_runs(self):
        sensor = self.start()
        sensor.add_trigger(trigger("r1", plural="namespaces"))
        self.cluster.put(NAMESPACES, "one")
        eventually(self.told)
        sensor.add_trigger(trigger("r2", plural="namespaces", events=["DELETED"]))
        sensor.remove_trigger(trigger("r1", plural="namespaces"))
        eventually(lambda: len(self.cluster.streams[NAMESPACES]) == 2)
        self.cluster.put(NAMESPACES, "two")
        self.cluster.delete(NAMESPACES, "one")
        eventually(lambda: len(self.told()) == 2)

        assert self.told()[1] == ("kubernetes.r2", "DELETED", "one")

    def test_a_trigger_that_changes_asks_for_something_else(self):
        sensor = self.start()
        sensor.add_trigger(trigger("r1", plural="namespaces"))
        eventually(lambda: self.cluster.streams.get(NAMESPACES))
        sensor.update_trigger(trigger("r1", plural="secrets"))
        eventually(lambda: self.cluster.streams.get(SECRETS))
        self.cluster.put(NAMESPACES, "shop")
        self.cluster.put(SECRETS, "db", type="Opaque", data={"password": "aHVudGVyMg=="})
        eventually(self.told)

        assert self.told() == [("kubernetes.r1", "ADDED", "db")]
        assert "aHVudGVyMg" not in repr(self.get_dispatched_triggers())

    def test_what_cannot_be_watched_is_logged_and_the_others_live_on(self):
        sensor = self.start()
        sensor.add_trigger(trigger("bad", plural="Namespaces"))
        sensor.add_trigger({"ref": "kubernetes.worse", "parameters": {"cluster": "paasZ", "plural": "nodes"}})
        sensor.add_trigger(trigger("good", plural="namespaces"))
        self.cluster.put(NAMESPACES, "shop")
        eventually(self.told)

        assert self.told() == [("kubernetes.good", "ADDED", "shop")]
        said = [str(call.args[-1]) for call in self.sensor_service._logger.error.call_args_list]
        assert "`plural` is 'Namespaces'" in said[0]
        assert "paasZ" in said[1]

    def test_triggers_may_come_before_the_set_up_is_over(self):
        sensor = self.get_sensor_instance(config=CONFIG)
        self.addCleanup(sensor.cleanup)
        sensor.add_trigger(trigger("r1", plural="namespaces"))
        self.cluster.put(NAMESPACES, "shop")
        eventually(self.told)
