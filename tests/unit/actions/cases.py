"""What the tests of the database actions share."""

from __future__ import annotations

import importlib
import json

import pytest
from st2tests.base import BaseActionTestCase

IDENTITY = {"cluster": "paasA", "api_version": "paas.internal/v1", "object_kind": "Database", "namespace": "default"}


@pytest.mark.usefixtures("given")
class DatabaseActionTestCase(BaseActionTestCase):
    """An action on the platform, with the stops before it at hand."""

    __test__ = False
    action_cls = object

    def run_action(self, **parameters):
        """Run the action under test on this test's object, and look for secrets in what it says."""
        return self._run(self.action_cls, parameters)

    def run_other(self, name, **parameters):
        """Run another action on this test's object; it must succeed."""
        module = importlib.import_module(name)
        action_cls = next(each for each in vars(module).values() if getattr(each, "__module__", "") == name)
        succeeded, result = self._run(action_cls, parameters)
        assert succeeded, result
        return result

    def _run(self, action_cls, parameters):
        from st2common.runners.utils import get_action_class_instance

        action = get_action_class_instance(action_cls, config=self.platform.config, action_service=self.action_service)
        succeeded, result = action.run(**{**IDENTITY, "name": self.name, **parameters})
        self.assert_no_secret_in(json.dumps(result))
        self.assert_no_secret_in(self.caplog.text)
        return succeeded, result

    def assert_no_secret_in(self, text):
        password = self.platform.password(self.name)
        for secret in [*self.platform.planted, *([password] if password else [])]:
            assert secret not in text

    def accept(self):
        """An object with its claim."""
        self.platform.create(self.name)
        return self.run_other("db_rds_spec")

    def request(self):
        """An object whose instance AWS is making, or has made."""
        accepted = self.accept()
        self.run_other("db_credentials", claim=accepted["claim"])
        self.run_other("rds_create_database", claim=accepted["claim"], spec=accepted["spec"])
        return accepted["claim"]

    @property
    def status(self):
        return self.platform.object(self.name).get("status", {})
