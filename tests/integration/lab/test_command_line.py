from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "tests" / "packs" / "sample"


class Lab:
    def __init__(self, directory: Path) -> None:
        self.directory = directory / "lab"
        self._env = {**os.environ, "XDG_STATE_HOME": str(directory / "xdg")}
        self._log = directory / "up.out"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [*self._command("up"), "--state-dir", str(self.directory), "--no-platform", "--pack", str(SAMPLE)],
                cwd=ROOT,
                env=self._env,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + 60
        while "ready" not in self._log.read_text():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "lab", *words]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self._command(*words)
        return subprocess.run(command, cwd=ROOT, env=self._env, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.process.send_signal(signal.SIGTERM)
    assert lab.process.wait(20) == 0
    assert not (lab.directory / "lab.json").exists()


def test_an_action_is_run_and_printed_as_one_json_document(lab: Lab) -> None:
    done = lab.call("run", "sample.greet", "Ann", "times=2", "tags=a,b", 'extra={"n": 1}')
    execution = json.loads(done.stdout)
    assert (done.returncode, execution["status"]) == (0, "succeeded")
    assert execution["result"]["result"] == {"text": "hello Ann hello Ann", "tags": ["a", "b"], "extra": {"n": 1}}


def test_a_failed_action_is_an_exit_status(lab: Lab) -> None:
    done = lab.call("run", "sample.behave", "how=fail")
    assert done.returncode == 1
    assert json.loads(done.stdout)["result"]["result"] == {"why": "told to"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "sample.nosuch"), "there is no action 'sample.nosuch'"),
        (("run", "sample.greet"), "'who' is a required property"),
        (("run", "sample.greet", "who=a", "times=often"), "times='often' is no integer"),
        (("run", "sample.greet", "who=a", "loose"), "'loose' is no parameter"),
        (("run", "sample.greet", "@who=/no/such/file"), "the file /no/such/file cannot be read"),
        (("emit", "sample.arrival", "{"), "the payload is no JSON"),
        (("emit", "sample.arrival", '{"door": 5}'), "does not fit"),
        (("rule", "enable", "sample.nosuch"), "there is no rule 'sample.nosuch'"),
        (("kv", "get", "nosuch"), "the datastore has no key 'nosuch'"),
        (("answer", "nosuch"), "there is no execution 'nosuch'"),
        (("chat", "what", "now"), "matched no patterns"),
    ],
)
def test_a_mistake_is_one_sentence_and_an_exit_status(lab: Lab, words: tuple[str, ...], sentence: str) -> None:
    done = lab.call(*words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_trigger_is_emitted_and_what_it_started_is_listed(lab: Lab) -> None:
    payload = {"door": "front", "person": {"name": "Eve", "age": 20}, "times": 1}
    assert lab.call("emit", "sample.arrival", json.dumps(payload)).returncode == 0
    deadline = time.monotonic() + 20
    found = []
    while not found and time.monotonic() < deadline:
        listed = json.loads(lab.call("executions", "--json", "--action", "sample.greet").stdout)
        found = [each for each in listed if (each.get("rule") or {}).get("ref") == "sample.greet_newcomer"]
    assert found[0]["parameters"]["who"] == "Eve"
    shown = lab.call("executions", found[0]["id"]).stdout
    assert "sample.greet_newcomer" in shown


def test_a_chain_is_shown_with_what_it_started(lab: Lab) -> None:
    execution = json.loads(lab.call("run", "sample.hail", "who=Bob").stdout)
    tree = json.loads(lab.call("executions", execution["id"], "--json").stdout)
    assert [child["action"]["ref"] for child in tree["children"]] == ["sample.greet", "sample.behave", "sample.greet"]


def test_the_datastore_is_written_and_read(lab: Lab) -> None:
    assert lab.call("kv", "set", "k", "open", "--encrypt").returncode == 0
    assert lab.call("kv", "get", "k", "--decrypt").stdout == "open\n"
    assert "open" not in lab.call("kv", "list").stdout


def test_a_question_is_answered(lab: Lab) -> None:
    execution = json.loads(lab.call("run", "core.ask").stdout)
    assert execution["status"] == "pending"
    assert execution["id"] in lab.call("inquiries").stdout
    answered = json.loads(lab.call("answer", execution["id"], "continue=true").stdout)
    assert answered["result"]["response"] == {"continue": True}


def test_chat_prints_what_slack_would_show(lab: Lab) -> None:
    done = lab.call("chat", "--user", "ann", "greet Ann times 2")
    assert done.stdout == "@ann: greeting *Ann*\n@ann: hello Ann hello Ann\n"


def test_sensors_rules_and_triggers_are_listed(lab: Lab) -> None:
    assert "sample.DoorSensor" in lab.call("sensors").stdout
    assert "sample.greet_newcomer" in lab.call("rules").stdout
    assert "sample.arrival" in lab.call("triggers").stdout


def test_a_second_lab_in_the_same_directory_is_refused(lab: Lab) -> None:
    done = lab.call("up", "--state-dir", str(lab.directory))
    assert done.returncode == 1
    assert "a lab is up" in done.stderr


def test_a_directory_that_is_no_labs_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    done = lab.call("up", "--state-dir", str(tmp_path))
    assert done.returncode == 1
    assert "is not empty and no lab's" in done.stderr


def test_only_the_owner_may_read_the_token(lab: Lab) -> None:
    assert (lab.directory / "lab.json").stat().st_mode & 0o077 == 0


def test_a_lab_that_was_killed_leaves_nothing_behind_after_the_next_start(tmp_path: Path) -> None:
    from lab import orphans
    from lab.processes import Server

    server = Server("sleeper", ["sleep", "60"], directory=tmp_path)
    server.start()
    orphans.record(tmp_path, [server])
    assert orphans.end(tmp_path) == [server.pid]
    assert server.process is not None
    assert server.process.wait(10) == -signal.SIGKILL
    assert orphans.end(tmp_path) == []
    server.kill()


def test_a_process_that_took_over_the_pid_is_left_alone(tmp_path: Path) -> None:
    from lab import orphans, state

    state.write(tmp_path / "servers.json", json.dumps({str(os.getpid()): "1"}))
    assert orphans.end(tmp_path) == []
