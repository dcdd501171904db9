"""The Python runner: an action's class in a process of its own, with the import paths that StackStorm gives it."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from lab.stackstorm import executions as states
from lab.stackstorm import processes
from lab.stackstorm.jobs import Job, Outcome

#: Around the result on the wrapper's stdout; the same as in wrappers/action_wrapper.py.
DELIMITER = "%%%%%~=~=~=************=~=~=~%%%%"
WRAPPERS = Path(__file__).parent / "wrappers"
_INVALID_STATUS = 220
_MOST_ARGUMENT = 131072 - 15  # Linux limits one argument; what is longer goes by stdin


class PythonRunner:
    """Runs `python-script` actions.

    Args:
        api_url: Where the lab's API listens, for the datastore.
        token: Makes a token for one execution; a second function takes it back.
        revoke: Takes a token back.
        extra_env: What every action's environment has besides the lab's own.
    """

    def __init__(
        self,
        *,
        api_url: Callable[[], str],
        token: Callable[[], str],
        revoke: Callable[[str], None],
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self._api_url = api_url
        self._token = token
        self._revoke = revoke
        self._extra_env = dict(extra_env or {})

    def __call__(self, job: Job) -> Outcome:
        """Run one action.

        Raises:
            ValueError: The action returned a status that is neither true nor false.
        """
        token = self._token()
        try:
            return self._run(job, token)
        finally:
            self._revoke(token)

    def _run(self, job: Job, token: str) -> Outcome:
        parameters = orjson.dumps(dict(job.parameters)).decode()
        command = [
            sys.executable,
            "-u",
            str(WRAPPERS / "action_wrapper.py"),
            f"--pack={job.action.pack}",
            f"--file-path={job.action.file}",
            f"--user={job.execution.context.get('user')}",
        ]
        stdin = None
        if len(parameters) >= _MOST_ARGUMENT:
            stdin = f'{{"parameters": {parameters}}}\n'
            command.append("--stdin-parameters")
        else:
            command.append(f"--parameters={parameters}")
        if job.config:
            command.append(f"--config={orjson.dumps(job.config).decode()}")
        if job.runner_parameters.get("log_level", "DEBUG") != "DEBUG":
            command.append(f"--log-level={job.runner_parameters['log_level']}")
        timeout = job.runner_parameters.get("timeout", 600)
        done = processes.run(command, env=self._environment(job, token), timeout=timeout, stdin=stdin)
        return outcome(done, timeout=timeout)

    def _environment(self, job: Job, token: str) -> dict[str, str]:
        pack = job.actions.registry.packs[job.action.pack]
        env = {**os.environ, **self._extra_env}
        env["PATH"] = f"{Path(sys.executable).parent}:{env.get('PATH', '')}"
        env["PYTHONPATH"] = ":".join(action_path(pack.directory))
        own = job.runner_parameters.get("env") or {}
        env.update({str(name): str(value) for name, value in own.items() if str(name).lower() != "pythonpath"})
        env.update(
            ST2_ACTION_PACK_NAME=job.action.pack,
            ST2_ACTION_EXECUTION_ID=job.execution.id,
            ST2_ACTION_API_URL=self._api_url(),
            ST2_ACTION_DEBUG=str(bool(job.runner_parameters.get("debug"))),
            ST2_ACTION_AUTH_TOKEN=token,
            ST2_API_URL=self._api_url(),
            ST2_AUTH_TOKEN=token,
            PYTHONUNBUFFERED="1",
        )
        return env


def action_path(pack: Path) -> list[str]:
    """What is on an action's sys.path before StackStorm's own: the pack's virtualenv, then `actions/lib`."""
    site_packages = Path(sysconfig.get_path("platlib"))
    return [str(site_packages.parent), str(site_packages), str(pack / "actions" / "lib")]


def outcome(done: processes.Finished, *, timeout: float) -> Outcome:
    """The result of a wrapper that has ended, by StackStorm's rules.

    Raises:
        ValueError: The action returned a status that is neither true nor false, or printed the delimiter itself.
    """
    if done.exit_code == _INVALID_STATUS:
        raise ValueError(done.stderr)
    stdout, payload = done.stdout, ""
    if DELIMITER in stdout:
        parts = stdout.split(DELIMITER)
        if len(parts) != 3:
            raise ValueError(f"The result length should be 3, was {len(parts)}.")
        payload, stdout = parts[1].strip(), parts[0] + parts[2]
    result, status = _parsed(payload)
    record = {"stdout": stdout, "stderr": done.stderr, "exit_code": done.exit_code, "result": result}
    if done.timed_out:
        return Outcome(states.TIMED_OUT, {**record, "error": f"Action failed to complete in {timeout} seconds"})
    good = done.exit_code == 0 and status in (True, None)
    return Outcome(states.SUCCEEDED if good else states.FAILED, record)


def _parsed(payload: str) -> tuple[Any, bool | None]:
    """The result and the status that the wrapper printed; no result at all is the string `None`."""
    if not payload:
        return "None", None
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        found = re.search("'result': (.*?)$", payload)
        return (found[1] if found else payload), None
    if isinstance(document, dict):
        return document.get("result"), document.get("status")
    return document, None
