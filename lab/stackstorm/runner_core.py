"""The small runners behind StackStorm's own `core` pack: noop, shell commands and scripts, and HTTP."""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

import orjson
import requests

from lab.stackstorm import executions as states
from lab.stackstorm import processes
from lab.stackstorm.jobs import Job, Outcome

_GOOD_STATUSES = frozenset({200, 201, 202, 203, 204, 205, 206, 207})


def run_noop(_: Job) -> Outcome:
    """Succeed."""
    return Outcome(states.SUCCEEDED, {"failed": False, "succeeded": True, "return_code": 0})


def run_shell(job: Job) -> Outcome:
    """Run a shell command, or a script with the action's parameters as arguments.

    Raises:
        ValueError: The command is missing, or asks for sudo, which the lab has not.
    """
    if job.runner_parameters.get("sudo"):
        raise ValueError("the lab runs nothing with sudo")
    command = job.runner_parameters.get("cmd")
    if job.action.file is not None:
        command = " ".join([shlex.quote(str(job.action.file)), *_arguments(job)])
    if not command:
        raise ValueError("there is no command to run; give it as `cmd`")
    timeout = job.runner_parameters.get("timeout", 60)
    own = {str(name): str(value) for name, value in (job.runner_parameters.get("env") or {}).items()}
    env = {**os.environ, **own, "ST2_ACTION_EXECUTION_ID": job.execution.id, "ST2_ACTION_PACK_NAME": job.action.pack}
    done = processes.run(command, env=env, timeout=timeout, cwd=job.runner_parameters.get("cwd"))
    result: dict[str, Any] = {
        "failed": done.exit_code != 0,
        "succeeded": done.exit_code == 0,
        "return_code": done.exit_code,
        "stdout": _read(_stripped(done.stdout)),
        "stderr": _read(_stripped(done.stderr)),
    }
    if done.timed_out:
        return Outcome(states.TIMED_OUT, {**result, "error": f"Action failed to complete in {timeout} seconds"})
    ended = {0: states.SUCCEEDED, -15: states.ABANDONED}
    return Outcome(ended.get(done.exit_code, states.FAILED), result)


def _arguments(job: Job) -> list[str]:
    """Parameters with a position first, in its order; the others as options."""
    schemas = job.action.parameters
    operator = job.runner_parameters.get("kwarg_op", "--")
    positional = sorted(
        (schemas[name]["position"], value)
        for name, value in job.parameters.items()
        if "position" in (schemas.get(name) or {})
    )
    words = [shlex.quote("" if value is None else _word(value)) for _, value in positional]
    for name, value in job.parameters.items():
        if "position" in (schemas.get(name) or {}) or value in (None, False):
            continue
        words.append(f"{operator}{name}" + ("" if value is True else f"={shlex.quote(_word(value))}"))
    return words


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


def _stripped(text: str) -> str:
    """Without one newline at the end."""
    return re.sub(r"(\r\n|\r|\n)$", "", text)


def _read(text: str) -> Any:
    """Output that is JSON is read, as StackStorm does it."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def run_http(job: Job) -> Outcome:
    """Send one HTTP request; a status that is no 2xx is a failure.

    Raises:
        requests.RequestException: The server cannot be reached.
    """
    said, given = job.runner_parameters, job.parameters
    body = given.get("body")
    try:
        response = requests.request(
            given.get("method") or ("POST" if body else "GET"),
            str(said["url"]),
            params=given.get("params"),
            data=body.encode() if isinstance(body, str) else None,
            headers={**(said.get("headers") or {}), **(given.get("headers") or {}), "User-Agent": "st2/lab"},
            cookies=said.get("cookies"),
            auth=(said["username"], said.get("password") or "") if said.get("username") else None,
            timeout=float(given.get("timeout") or 60),
            allow_redirects=bool(said.get("allow_redirects")),
            verify=bool(said.get("verify_ssl_cert", True)),
        )
    except requests.Timeout as error:
        return Outcome(states.TIMED_OUT, {"error": str(error)})
    read = _read(response.text) if "application/json" in response.headers.get("Content-Type", "") else response.text
    result = {
        "status_code": response.status_code,
        "body": read,
        "parsed": not isinstance(read, str),
        "headers": dict(response.headers),
    }
    return Outcome(states.SUCCEEDED if response.status_code in _GOOD_STATUSES else states.FAILED, result)
