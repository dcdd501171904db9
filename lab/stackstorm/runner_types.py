"""The runners that the lab has, with the parameters that each adds to every action of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STRING = {"type": "string"}
_OBJECT = {"type": "object"}
_LEVELS = ["AUDIT", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"]
_SHELL: dict[str, Any] = {
    "cwd": _STRING,
    "env": _OBJECT,
    "kwarg_op": {"type": "string", "default": "--"},
    "sudo": {"type": "boolean", "default": False},
    "sudo_password": {"type": "string", "default": None, "secret": True, "required": False},
    "timeout": {"type": "integer", "default": 60},
}


@dataclass(frozen=True)
class RunnerType:
    """One kind of action.

    Attributes:
        name: What `runner_type` in an action's metadata says.
        parameters: Schemas of the runner's own parameters.
        output_key: Under which key of the result the action's own output lies.
        workflow: Whether it starts other actions.
        needs_file: Whether `entry_point` must name a file.
    """

    name: str
    parameters: Mapping[str, Any]
    output_key: str = ""
    workflow: bool = False
    needs_file: bool = True


RUNNER_TYPES: Mapping[str, RunnerType] = {
    runner.name: runner
    for runner in (
        RunnerType(
            "python-script",
            {
                "debug": {"type": "boolean", "required": False, "default": False},
                "content_version": {"type": "string", "required": False},
                "env": _OBJECT,
                "timeout": {"type": "integer", "default": 600},
                "log_level": {"type": "string", "default": "DEBUG", "enum": _LEVELS},
            },
            output_key="result",
        ),
        RunnerType(
            "action-chain",
            {
                "display_published": {"type": "boolean", "default": True},
                "skip_notify": {"type": "array", "default": []},
            },
            output_key="published",
            workflow=True,
        ),
        RunnerType(
            "orquesta",
            {
                "notify": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {"type": "string", "minLength": 1, "pattern": r"^\w+$"},
                    "default": [],
                }
            },
            output_key="output",
            workflow=True,
        ),
        RunnerType(
            "inquirer",
            {
                "schema": {
                    "type": "object",
                    "required": True,
                    "default": {
                        "title": "response_data",
                        "type": "object",
                        "properties": {
                            "continue": {
                                "type": "boolean",
                                "description": "Would you like to continue the workflow?",
                                "required": True,
                            }
                        },
                    },
                },
                "route": {"type": "string", "default": "", "required": False},
                "roles": {"type": "array", "default": [], "required": False},
                "users": {"type": "array", "default": [], "required": False},
                "ttl": {"type": "integer", "default": 1440, "required": True},
            },
            needs_file=False,
        ),
        RunnerType("noop", {}, needs_file=False),
        RunnerType("local-shell-cmd", {"cmd": _STRING, **_SHELL}, output_key="stdout", needs_file=False),
        RunnerType(
            "local-shell-script",
            {
                "debug": {"type": "boolean", "required": False, "default": False},
                "content_version": {"type": "string", "required": False},
                **_SHELL,
            },
            output_key="stdout",
        ),
        RunnerType(
            "http-request",
            {
                "url": {"type": "string", "required": True},
                "headers": _OBJECT,
                "cookies": _OBJECT,
                "username": _STRING,
                "password": {"type": "string", "secret": True},
                "allow_redirects": {"type": "boolean", "default": False},
                "verify_ssl_cert": {"type": "boolean", "default": True},
            },
            output_key="body",
            needs_file=False,
        ),
    )
}
