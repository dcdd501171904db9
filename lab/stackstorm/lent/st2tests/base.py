"""The test cases that packs derive from."""

from __future__ import annotations

from typing import Any

from st2common.runners.utils import get_action_class_instance
from st2tests.action_aliases import BaseActionAliasTestCase
from st2tests.mocks.action import MockActionService, MockActionWrapper
from st2tests.mocks.sensor import MockSensorService, MockSensorWrapper
from st2tests.pack_resource import BasePackResourceTestCase

__all__ = ["BaseActionAliasTestCase", "BaseActionTestCase", "BaseSensorTestCase"]


class BaseActionTestCase(BasePackResourceTestCase):
    """For a Python action: set `action_cls`."""

    action_cls: Any = None

    def setUp(self) -> None:
        """Make a service with an empty datastore."""
        super().setUp()
        self.action_service = MockActionService(
            action_wrapper=MockActionWrapper(pack="tests", class_name=self.action_cls.__name__)
        )

    def get_action_instance(self, config: Any = None) -> Any:
        """The action, with this config."""
        return get_action_class_instance(self.action_cls, config=config, action_service=self.action_service)


class BaseSensorTestCase(BasePackResourceTestCase):
    """For a sensor: set `sensor_cls`."""

    sensor_cls: Any = None

    def setUp(self) -> None:
        """Make a service that remembers what is dispatched."""
        super().setUp()
        self.sensor_service = MockSensorService(
            sensor_wrapper=MockSensorWrapper(pack="tests", class_name=self.sensor_cls.__name__)
        )

    def get_sensor_instance(self, config: Any = None, poll_interval: float | None = None) -> Any:
        """The sensor, with this config."""
        given: dict[str, Any] = {"sensor_service": self.sensor_service}
        if config:
            given["config"] = config
        if poll_interval is not None:
            given["poll_interval"] = poll_interval
        return self.sensor_cls(**given)

    def get_dispatched_triggers(self) -> list[dict[str, Any]]:
        """Every trigger so far."""
        return self.sensor_service.dispatched_triggers

    def get_last_dispatched_trigger(self) -> dict[str, Any]:
        """The last trigger."""
        return self.sensor_service.dispatched_triggers[-1]

    def assertTriggerDispatched(self, trigger: str, payload: Any = None, trace_context: Any = None) -> bool:  # noqa: N802
        """That a trigger was dispatched, with this payload where one is given."""
        for item in self.get_dispatched_triggers():
            if (
                item["trigger"] == trigger
                and (not payload or item["payload"] == payload)
                and (not trace_context or item["trace_context"] == trace_context)
            ):
                return True
        raise AssertionError(f'Trigger "{trigger}" hasn\'t been dispatched')
