import json
import threading

import pytest

import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from st2tests.base import BaseSensorTestCase  # noqa: E402

from paas import kube  # noqa: E402
from paas.errors import ConfigError  # noqa: E402
from paas_pack.status_keys import STATUS_KEY  # noqa: E402
from tests.unit.kube.test_group_watches import eventually  # noqa: E402
from tests.unit.kube.tiny import TinyCluster  # noqa: E402
from third_party_resource_sensor import ThirdPartyResourceSensor  # noqa: E402

CONFIG = {
    "clusters": {name: {"server": f"https://{name}.example.com"} for name in ("paasA", "paasB", "idle")},
    "third_party": {
        "groups": [
            {"group": "paas.internal", "clusters": ["paasA", "paasB"]},
            {"group": "only-b.example.com", "clusters": ["paasB"]},
        ]
    },
}


class ThirdPartyResourceSensorTestCase(BaseSensorTestCase):
    sensor_cls = ThirdPartyResourceSensor

    @pytest.fixture(autouse=True)
    def clusters(self, monkeypatch):
        self.clusters = {name: TinyCluster(name) for name in CONFIG["clusters"]}
        monkeypatch.setattr(kube, "connect", lambda settings, references: self.clusters[settings.name].client)

    def start(self, config=CONFIG):
        sensor = self.get_sensor_instance(config=config)
        sensor.setup()
        runner = threading.Thread(target=sensor.run, daemon=True)
        runner.start()
        self.addCleanup(sensor.cleanup)
        return sensor

    def objects(self):
        return [
            (each["payload"]["cluster"], each["payload"]["resource"], each["payload"]["name"])
            for each in self.get_dispatched_triggers()
            if each["payload"]["object_kind"] != "CustomResourceDefinition"
        ]

    def test_each_cluster_is_told_with_its_name(self):
        for cluster in self.clusters.values():
            cluster.put(cluster.define("paas.internal", "databases", "Database"), f"in-{cluster.name}")
        self.start()
        eventually(lambda: len(self.objects()) == 2)

        assert sorted(self.objects()) == [("paasA", "ADDED", "in-paasA"), ("paasB", "ADDED", "in-paasB")]
        assert {each["trigger"] for each in self.get_dispatched_triggers()} == {"kubernetes.thirdpartyobject"}
        assert self.clusters["idle"].asked == []

    def test_a_group_of_one_cluster_is_watched_there_alone(self):
        for cluster in self.clusters.values():
            cluster.put(cluster.define("only-b.example.com", "widgets", "Widget"), "w")
        self.start()
        eventually(self.objects)

        assert self.objects() == [("paasB", "ADDED", "w")]

    def test_a_trigger_is_traced_by_its_event_id(self):
        cluster = self.clusters["paasA"]
        cluster.put(cluster.define("paas.internal", "databases", "Database"), "orders")
        self.start()
        eventually(self.objects)

        for each in self.get_dispatched_triggers():
            trace = each["trace_context"]  # StackStorm's own mock wraps it, the lab's does not
            assert getattr(trace, "trace_tag", trace) == each["payload"]["event_id"]

    def test_a_second_start_repeats_nothing(self):
        cluster = self.clusters["paasA"]
        path = cluster.define("paas.internal", "databases", "Database")
        cluster.put(path, "first")
        sensor = self.start()
        eventually(self.objects)
        sensor.cleanup()
        self.start()
        cluster.put(path, "second")
        eventually(lambda: ("paasA", "ADDED", "second") in self.objects())

        assert self.objects() == [("paasA", "ADDED", "first"), ("paasA", "ADDED", "second")]

    def test_how_its_watches_are_doing_is_published(self):
        self.clusters["paasB"].down = True
        self.clusters["paasA"].define("paas.internal", "databases", "Database")
        sensor = self.start()
        eventually(lambda: len(self.clusters["paasA"].streams) == 2)
        sensor.cleanup()
        status = json.loads(self.sensor_service.get_value(f"{STATUS_KEY}ThirdPartyResourceSensor", local=False))

        assert [watch["name"] for watch in status["watches"]] == [
            "kubernetes.watch.paasA.definitions.customresourcedefinitions",
            "kubernetes.watch.paasA.objects.databases.paas.internal",
            "kubernetes.watch.paasB.definitions",
        ]
        assert "Connection refused" in status["watches"][2]["error"]

    def test_settings_that_cannot_be_used_are_said_at_the_start(self):
        sensor = self.get_sensor_instance(config={"clusters": {"paasA": {}}})

        with pytest.raises(ConfigError, match=r"clusters\.paasA"):
            sensor.setup()

    def test_without_groups_nothing_is_watched(self):
        sensor = self.start({"clusters": CONFIG["clusters"]})
        sensor.cleanup()

        assert all(cluster.asked == [] for cluster in self.clusters.values())

    def test_ending_twice_is_ending_once(self):
        sensor = self.start()
        sensor.cleanup()
        sensor.cleanup()
