"""Asks a StackStorm, real or the lab's, for one case of the corpus, and writes down what it did in a form to compare.

Both speak the same API. What differs at every run is left out or replaced: identifiers, moments, paths, stacks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
import yaml

CASES = Path(__file__).parent / "cases.yaml"
RECORDED = Path(__file__).parent / "recorded"
TRIGGER = "corpus.event"

_DONE = ("succeeded", "failed", "timeout", "abandoned", "canceled")
_STOPPED = (*_DONE, "paused", "pending")
_IDENTIFIER = re.compile(r"\b[0-9a-f]{24}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
_ADDRESS = re.compile(r"0x[0-9a-f]+")
#: Words of libraries, which differ between their versions.
_WORDS = (
    (re.compile(r"unexpected character[^:]*: line"), "unexpected character: line"),
    (re.compile(r"'[\w.]*[dD]ict object'"), "'dict object'"),
    (re.compile(r"\n\nFailed validating.*", re.DOTALL), ""),
    (re.compile(r"(must either be True or False, got: \w+)\n.*", re.DOTALL), r"\1"),
    (re.compile(r"Key(Value)?Lookup"), "KeyLookup"),
)
_USERS = frozenset({"user", "paused_by", "resumed_by"})
_LEFT_OUT = frozenset({"traceback", "trace_context", "start_timestamp", "end_timestamp", "created_at", "updated_at"})


def cases() -> dict[str, dict[str, Any]]:
    """Every case by its name; a dispatched payload is whole."""
    said = yaml.safe_load(CASES.read_text())
    found: dict[str, dict[str, Any]] = said["cases"]
    for case in found.values():
        if "dispatch" in case:
            case["dispatch"] = {**said["payload"], **case["dispatch"]}
    return found


def keys() -> dict[str, str]:
    """What must be in the datastore."""
    found: dict[str, str] = yaml.safe_load(CASES.read_text())["keys"]
    return found


class Target:
    """One StackStorm.

    Args:
        url: Its API, such as `http://127.0.0.1:9101/v1`.
        token: Goes into X-Auth-Token; empty where sign-in is off.
        patience: Seconds that a case may take.
    """

    def __init__(self, url: str, *, token: str = "", patience: float = 60.0) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["X-Auth-Token"] = token
        self._patience = patience

    def _call(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        answer = self._session.request(method, f"{self._url}{path}", json=body, params=query, timeout=30)
        return answer.status_code, answer.json() if answer.content else None

    def prepare(self) -> None:
        """Write the keys that the cases read."""
        for name, value in keys().items():
            status, answer = self._call(
                "PUT", f"/keys/{name}", {"name": name, "value": value, "scope": "st2kv.system", "secret": False}
            )
            assert status == 200, answer

    def observe(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Do one case, and say what came of it."""
        if "run" in case:
            body = {"action": case["run"], "parameters": case.get("parameters") or {}}
            return self._followed(*self._call("POST", "/executions", body), case)
        if "chat" in case:
            said = {"command": case["chat"], "user": "ann", "source_channel": "c", "notification_route": "r"}
            status, answer = self._call("POST", "/aliasexecution/match_and_execute", said)
            if status >= 400:
                return {"refused": status}
            (result,) = answer["results"]
            return {"message": result["message"], **self._followed(status, result["execution"], case)}
        return self._dispatched(case["dispatch"])

    def _followed(self, status: int, answer: Any, case: Mapping[str, Any]) -> dict[str, Any]:
        if status >= 400:
            return {"refused": status}
        answers = []
        execution = self._wait(answer["id"])
        for response in case.get("answers") or []:
            asked = self._asked(execution)
            status, _ = self._call("PUT", f"/inquiries/{asked}", {"id": asked, "response": response})
            answers.append(status)
            if status < 400:
                execution = self._wait(answer["id"], _DONE)
        seen = self._seen(execution)
        return {"answers": answers, "execution": seen} if answers else {"execution": seen}

    def _asked(self, execution: Mapping[str, Any]) -> str:
        if execution["runner"]["name"] == "inquirer":
            return str(execution["id"])
        _, below = self._call("GET", f"/executions/{execution['id']}/children", depth=-1)
        return str(next(child["id"] for child in below if child["runner"]["name"] == "inquirer"))

    def _wait(self, identifier: str, until: tuple[str, ...] = _STOPPED) -> dict[str, Any]:
        deadline = time.monotonic() + self._patience
        while True:
            _, execution = self._call("GET", f"/executions/{identifier}")
            if execution["status"] in until:
                time.sleep(0.2)  # a workflow's last child may still be writing its own record
                return dict(self._call("GET", f"/executions/{identifier}")[1])
            if time.monotonic() > deadline:
                raise TimeoutError(f"execution {identifier} is still {execution['status']}")
            time.sleep(0.1)

    def _seen(self, execution: Mapping[str, Any]) -> dict[str, Any]:
        _, below = self._call("GET", f"/executions/{execution['id']}/children", depth=1)
        children = [self._seen(child) for child in sorted(below or [], key=lambda child: child["start_timestamp"])]
        seen = {
            "action": execution["action"]["ref"],
            "status": execution["status"],
            "parameters": comparable(execution.get("parameters") or {}),
            "result": comparable(execution.get("result")),
            "context": _context(execution.get("context") or {}),
            "log": [entry["status"] for entry in execution.get("log") or []],
        }
        if execution.get("rule"):
            seen["rule"] = execution["rule"]["ref"]
        if children:
            # Branches and items run side by side, so the order of their beginnings means nothing.
            seen["children"] = sorted(children, key=lambda child: str((child["context"].get("orquesta"), child)))
        return seen

    def _dispatched(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        before = self._latest_occurrence()
        status, _ = self._call("POST", "/webhooks/st2", {"trigger": TRIGGER, "payload": payload})
        if status >= 400:
            return {"refused": status}
        deadline = time.monotonic() + self._patience
        while (occurrence := self._latest_occurrence()) == before or occurrence[1] not in (
            "processed",
            "processing_failed",
        ):
            if time.monotonic() > deadline:
                raise TimeoutError("the trigger was not processed")
            time.sleep(0.1)
        _, enforced = self._call("GET", "/ruleenforcements", trigger_instance=occurrence[0], limit=100)
        found = []
        for each in sorted(enforced, key=lambda each: str(each["rule"]["ref"])):
            entry = {
                "rule": each["rule"]["ref"],
                "status": each["status"],
                "reason": comparable(each.get("failure_reason")),
            }
            if each.get("execution_id"):
                entry["execution"] = self._seen(self._wait(each["execution_id"]))
            found.append(entry)
        return {"occurrence": occurrence[1], "enforcements": found}

    def _latest_occurrence(self) -> tuple[str, str]:
        _, found = self._call("GET", "/triggerinstances", trigger=TRIGGER, limit=1)
        return (found[0]["id"], found[0]["status"]) if found else ("", "")


def comparable(value: Any) -> Any:
    """A value without what differs at every run."""
    if isinstance(value, dict):
        return {
            key: "(user)" if key in _USERS and isinstance(each, str) else comparable(each)
            for key, each in value.items()
            if key not in _LEFT_OUT
        }
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if not isinstance(value, str):
        return value
    if "Traceback (most recent call last)" in value:
        value = "(stack) " + value.strip().splitlines()[-1]
    for pattern, words in _WORDS:
        value = pattern.sub(words, value)
    value = _MOMENT.sub("(moment)", _IDENTIFIER.sub("(id)", value))
    return _ADDRESS.sub("(address)", value)


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = comparable({key: value for key, value in context.items() if key != "parent"})
    for named in ("rule", "action_alias_ref"):
        if named in shown:
            shown[named]["id"] = "(id)"  # the lab's are references
    if "parent" in context:
        shown["parent"] = _context(context["parent"])
    return shown
