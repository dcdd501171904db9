import json
import time

import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from sensor_status import SensorStatus  # noqa: E402
from st2tests.base import BaseActionTestCase  # noqa: E402

from paas.kube.watching import WatchStatus  # noqa: E402
from paas_pack.status_keys import STATUS_KEY, WATCHING_SENSORS  # noqa: E402

CONFIG = {"clusters": {"paasA": {"server": "https://paasA.example.com"}}}


class SensorStatusTestCase(BaseActionTestCase):
    action_cls = SensorStatus

    def publish(self, *watches, at=None):
        for sensor in WATCHING_SENSORS:
            status = {"at": at or time.time(), "watches": [watch.as_json() for watch in watches]}
            self.action_service.set_value(STATUS_KEY + sensor, json.dumps(status), local=False)

    def test_each_watch_is_reported(self):
        self.publish(WatchStatus("w", "paasA", "databases", state="watching", contact=time.time()))
        succeeded, result = self.get_action_instance(config=CONFIG).run(cluster=None)

        assert succeeded
        assert result["healthy"]
        assert [watch["sensor"] for watch in result["watches"]] == list(WATCHING_SENSORS)

    def test_a_sensor_that_never_ran_is_a_problem(self):
        succeeded, result = self.get_action_instance(config=CONFIG).run()

        assert succeeded
        assert not result["healthy"]
        assert "is it enabled and running?" in result["problems"][0]

    def test_an_unknown_cluster_is_said(self):
        succeeded, result = self.get_action_instance(config=CONFIG).run(cluster="paasZ")

        assert not succeeded
        assert "paasZ" in result["message"]
