import json

import moto
import pytest

import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from st2tests.base import BaseSensorTestCase  # noqa: E402

from paas import aws  # noqa: E402
from paas.references import References  # noqa: E402
from paas.settings import AwsSettings  # noqa: E402
from rds_status_sensor import POSITION, TRIGGER, RdsStatusSensor  # noqa: E402

CONFIG = {"aws": {"access_key_id": "env:UNIT_KEY_ID", "secret_access_key": "env:UNIT_SECRET"}}
CLAIM = "shop-orders-k3f7q2m4xa"
TAGS = {
    "claim": CLAIM,
    "cluster": "paasA",
    "namespace": "shop",
    "name": "orders",
    "api-version": "paas.internal/v1",
    "kind": "Database",
}


class RdsStatusSensorTestCase(BaseSensorTestCase):
    sensor_cls = RdsStatusSensor

    @pytest.fixture(autouse=True)
    def account(self, monkeypatch):
        monkeypatch.setenv("UNIT_KEY_ID", "planted-id")
        monkeypatch.setenv("UNIT_SECRET", "planted-secret")
        with moto.mock_aws():
            self.aws = aws.connect(AwsSettings(**CONFIG["aws"]), References())
            yield

    def create(self, identifier=CLAIM, tags=None):
        tags = TAGS if tags is None else tags
        self.aws.call(
            "rds",
            "create_db_instance",
            target=identifier,
            DBInstanceIdentifier=identifier,
            Engine="mysql",
            DBInstanceClass="db.t3.micro",
            AllocatedStorage=20,
            MasterUsername="paas",
            MasterUserPassword="planted-password",
            Tags=[{"Key": f"paas.internal/{key}", "Value": value} for key, value in tags.items()],
        )

    def sensor(self):
        sensor = self.get_sensor_instance(config=CONFIG)
        sensor.setup()
        return sensor

    def told(self):
        return [(each["trigger"], each["payload"]["status"]) for each in self.get_dispatched_triggers()]

    def test_a_new_instance_is_told_once(self):
        self.create()
        sensor = self.sensor()
        sensor.poll()
        sensor.poll()
        assert self.told() == [(TRIGGER, "available")]

    def test_the_trigger_names_the_object_and_the_connection_and_no_password(self):
        self.create()
        self.sensor().poll()
        payload = self.get_last_dispatched_trigger()["payload"]
        assert {key: payload[key] for key in ("claim", "cluster", "namespace", "name", "object_kind")} == {
            "claim": CLAIM,
            "cluster": "paasA",
            "namespace": "shop",
            "name": "orders",
            "object_kind": "Database",
        }
        assert payload["endpoint"]
        assert "planted" not in json.dumps(payload)

    def test_a_restart_tells_nothing_again(self):
        self.create()
        self.sensor().poll()
        self.sensor().poll()
        assert len(self.told()) == 1

    def test_what_changed_while_the_sensor_was_down_is_told_at_its_start(self):
        self.sensor().poll()
        self.create()
        self.sensor().poll()
        assert len(self.told()) == 1

    def test_a_crash_before_the_position_is_saved_tells_it_again_with_the_same_id(self):
        self.create()
        self.sensor().poll()
        self.sensor_service.delete_value(POSITION, local=False)
        self.sensor().poll()
        first, again = self.get_dispatched_triggers()
        assert first["payload"]["event_id"] == again["payload"]["event_id"]

    def test_the_position_is_shared_and_small(self):
        self.create()
        self.sensor().poll()
        saved = json.loads(self.sensor_service.get_value(POSITION, local=False))
        assert list(saved) == [CLAIM]
        assert len(saved[CLAIM]) <= 32

    def test_instances_of_others_are_not_told(self):
        self.create("legacy", tags={})
        self.sensor().poll()
        assert self.told() == []

    def test_a_round_that_aws_does_not_answer_is_made_up_for(self):
        self.create()
        sensor = self.sensor()
        working = sensor._instances
        sensor._instances = type(working)(
            aws.connect(AwsSettings(**CONFIG["aws"], endpoint_url="http://127.0.0.1:1", timeout=0.5), References())
        )
        sensor.poll()
        assert self.told() == []
        sensor._instances = working
        sensor.poll()
        assert self.told() == [(TRIGGER, "available")]

    def test_a_position_that_cannot_be_read_is_begun_anew(self):
        self.create()
        self.sensor_service.set_value(POSITION, "{half", local=False)
        self.sensor().poll()
        assert len(self.told()) == 1

    def test_a_datastore_that_fails_does_not_end_the_sensor_and_nothing_is_lost(self):
        self.create()
        sensor = self.sensor()
        set_value, self.sensor_service.set_value = self.sensor_service.set_value, None
        sensor.poll()
        self.sensor_service.set_value = set_value
        sensor.poll()
        assert self.told() == [(TRIGGER, "available")] * 2
