"""The sensor service of a test: it remembers what was dispatched."""

from __future__ import annotations

from typing import Any

from st2tests.mocks.services import MockService, MockWrapper

__all__ = ["MockSensorService", "MockSensorWrapper"]


class MockSensorWrapper(MockWrapper):
    """Says which pack and class the sensor belongs to."""


class MockSensorService(MockService):
    """The datastore in memory, and `dispatched_triggers`."""

    def __init__(self, sensor_wrapper: MockSensorWrapper) -> None:
        super().__init__(sensor_wrapper)
        self._sensor_wrapper = sensor_wrapper
        self.dispatched_triggers: list[dict[str, Any]] = []

    def get_logger(self, name: str) -> Any:
        """The mock logger, whatever the name."""
        return self._logger

    def dispatch(self, trigger: str, payload: Any = None, trace_tag: str | None = None) -> dict[str, Any]:
        """Remember one trigger."""
        return self.dispatch_with_context(trigger, payload, trace_tag)

    def dispatch_with_context(self, trigger: str, payload: Any = None, trace_context: Any = None) -> dict[str, Any]:
        """Remember one trigger."""
        item = {"trigger": trigger, "payload": payload, "trace_context": trace_context}
        self.dispatched_triggers.append(item)
        return item
