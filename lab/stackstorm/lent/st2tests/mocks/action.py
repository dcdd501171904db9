"""The action service of a test."""

from __future__ import annotations

from st2tests.mocks.services import MockService, MockWrapper

__all__ = ["MockActionService", "MockActionWrapper"]


class MockActionWrapper(MockWrapper):
    """Says which pack and class the action belongs to."""


class MockActionService(MockService):
    """The datastore in memory, under the names of an action service."""

    def __init__(self, action_wrapper: MockActionWrapper) -> None:
        super().__init__(action_wrapper)
        self._action_wrapper = action_wrapper
