"""The base class of Python actions."""

from __future__ import annotations

import abc
from typing import Any

from st2common.runners.utils import PackConfigDict, get_logger_for_python_runner_action

__all__ = ["Action"]


class Action(abc.ABC):
    """One action; `run` gets its parameters by name.

    Args:
        config: The pack's resolved config.
        action_service: The datastore, by `get_value` and its like.
    """

    description: str | None = None

    def __init__(self, config: Any = None, action_service: Any = None) -> None:
        self.action_service = action_service
        wrapper = getattr(action_service, "_action_wrapper", None)
        self.config = PackConfigDict(getattr(wrapper, "_pack", "unknown"), config or {})
        self.logger = get_logger_for_python_runner_action(
            action_name=type(self).__name__, log_level=getattr(wrapper, "_log_level", "debug")
        )

    @abc.abstractmethod
    def run(self, **kwargs: Any) -> Any:
        """Do it, and return the result, or `(True, result)`, or `(False, result)`."""
