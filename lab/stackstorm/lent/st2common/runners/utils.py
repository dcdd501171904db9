"""What the base class of actions needs: a config that explains what is missing, and a logger to stderr."""

from __future__ import annotations

import logging
from typing import Any

_loggers: dict[str, logging.Logger] = {}


class PackConfigDict(dict[str, Any]):
    """The pack's config; a key that is missing is an error that says where to write it."""

    def __init__(self, pack_name: str, *args: Any) -> None:
        super().__init__(*args)
        self._pack_name = pack_name

    def __getitem__(self, key: str) -> Any:
        if key not in self:
            raise ValueError(
                f'Config for pack "{self._pack_name}" is missing key "{key}". Make sure that '
                f"configs/{self._pack_name}.yaml contains it, and that the config is registered."
            )
        return super().__getitem__(key)


def get_logger_for_python_runner_action(action_name: str, log_level: str = "debug") -> logging.Logger:
    """The logger of one action's class; it writes to stderr, which the execution's record keeps."""
    name = f"st2.actions.python.{action_name}"
    if name not in _loggers:
        level = getattr(logging, log_level.upper(), logging.DEBUG)
        handler = logging.StreamHandler()
        handler.setLevel(level)
        handler.setFormatter(logging.Formatter("%(name)-12s: %(levelname)-8s %(message)s"))
        _loggers[name] = logging.getLogger(name)
        _loggers[name].addHandler(handler)
        _loggers[name].setLevel(level)
    return _loggers[name]


def get_action_class_instance(action_cls: Any, config: Any = None, action_service: Any = None) -> Any:
    """An action made of its class; one whose constructor takes no service gets it afterwards."""
    try:
        return action_cls(config=config, action_service=action_service)
    except TypeError as error:
        if "unexpected keyword argument 'action_service'" not in str(error):
            raise
        instance = action_cls(config=config)
        instance.action_service = action_service
        return instance
