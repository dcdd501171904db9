"""Two Consuls for the tests of the actions and the sensor, and secrets that must not be seen."""

from __future__ import annotations

import importlib
import json

import pytest
from st2common.runners.utils import get_action_class_instance
from st2tests.mocks.action import MockActionService, MockActionWrapper

from tests.integration.consul_sync.two import Two

PLANTED = "planted-9f2c"


class Pack:
    """The pack's actions on two Consuls, with a datastore that they share."""

    def __init__(self, two: Two, tmp_path, caplog) -> None:
        self.two = two
        self.directory = tmp_path
        self._caplog = caplog
        self.service = MockActionService(MockActionWrapper(pack="kubernetes", class_name="tests"))
        profiles = {}
        for side in (two.source, two.destination):
            profiles[side.endpoint.name] = {"address": side.endpoint.url}
        pair = {"source": "paasA", "destination": "paasB", "prefixes": [two.folder]}
        self.config = {"consul": profiles, "consul_sync": {two.name: pair}}

    def run(self, name, **parameters):
        """Run an action; nothing planted may be in what it says."""
        module = importlib.import_module(name)
        action_cls = next(each for each in vars(module).values() if getattr(each, "__module__", "") == name)
        action = get_action_class_instance(action_cls, config=self.config, action_service=self.service)
        succeeded, result = action.run(**parameters)
        assert PLANTED not in json.dumps(result)
        assert PLANTED not in self._caplog.text
        return succeeded, result

    def done(self, name, **parameters):
        succeeded, result = self.run(name, **parameters)
        assert succeeded, result
        return result

    def refused(self, name, **parameters):
        succeeded, result = self.run(name, **parameters)
        assert not succeeded, result
        return result["message"]

    def secret(self, value):
        self.service.set_value("secret", value, local=False)
        return "datastore:secret"


@pytest.fixture
def pack(two, tmp_path, caplog):
    caplog.set_level("DEBUG")
    return Pack(two, tmp_path, caplog)
