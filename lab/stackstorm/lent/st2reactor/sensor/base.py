"""The base classes of sensors."""

from __future__ import annotations

import abc
import time
from typing import Any

__all__ = ["PollingSensor", "Sensor"]


class BaseSensor(abc.ABC):
    """What every sensor has: a service to dispatch with, and its pack's config."""

    def __init__(self, sensor_service: Any, config: Any = None) -> None:
        self.sensor_service = self._sensor_service = sensor_service
        self.config = self._config = config or {}

    @abc.abstractmethod
    def setup(self) -> None:
        """Prepare; called once, before `run`."""

    @abc.abstractmethod
    def run(self) -> None:
        """Watch, until the process ends."""

    @abc.abstractmethod
    def cleanup(self) -> None:
        """Called when the process ends."""

    @abc.abstractmethod
    def add_trigger(self, trigger: dict[str, Any]) -> None:
        """A trigger of one of this sensor's types is there, or was made."""

    @abc.abstractmethod
    def update_trigger(self, trigger: dict[str, Any]) -> None:
        """A trigger changed."""

    @abc.abstractmethod
    def remove_trigger(self, trigger: dict[str, Any]) -> None:
        """A trigger is gone: the last rule that asked for it is."""


class Sensor(BaseSensor):
    """A sensor that waits for its source."""


class PollingSensor(BaseSensor):
    """A sensor that asks its source every few seconds."""

    def __init__(self, sensor_service: Any, config: Any = None, poll_interval: float = 5) -> None:
        super().__init__(sensor_service=sensor_service, config=config)
        self._poll_interval = poll_interval

    @abc.abstractmethod
    def poll(self) -> None:
        """Ask the source once."""

    def run(self) -> None:
        """Poll for ever; an exception ends the process."""
        while True:
            self.poll()
            time.sleep(self._poll_interval)

    def get_poll_interval(self) -> float:
        """Seconds between two polls."""
        return self._poll_interval

    def set_poll_interval(self, poll_interval: float) -> None:
        """Change the seconds between two polls."""
        self._poll_interval = poll_interval
