"""The actions as StackStorm runs them: parameters in, plain JSON out."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from st2common.runners.utils import get_action_class_instance

from tests.integration.traffic.test_calls import counted, printed

ACTIONS = Path(__file__).resolve().parents[3] / "actions"
NAMES = ("elb_status", "elb_stage", "elb_cutover", "elb_switch_back", "migrate_lb", "smoke_test")


@pytest.fixture
def world(make):
    world = make(kind="classic")
    world.ready()
    return world


@pytest.fixture
def run(world, monkeypatch):
    """Runs an action with every declared parameter, as StackStorm does, and returns (ok, result)."""
    monkeypatch.setenv("PLANTED_KEY", "planted")

    def run(name, **given):
        declared = yaml.safe_load((ACTIONS / f"{name}.yaml").read_text())["parameters"]
        assert set(given) <= set(declared)
        parameters = {
            key: given.get(key, each.get("default")) for key, each in declared.items() if key not in ("timeout",)
        }
        module = importlib.import_module(name)
        action_cls = next(each for each in vars(module).values() if getattr(each, "__module__", "") == name)
        config = {
            "clusters": {each: {"server": "https://127.0.0.1:1"} for each in ("paasA", "paasB")},
            "aws": {
                "region": world.endpoint.region,
                "endpoint_url": world.endpoint.url,
                "access_key_id": "env:PLANTED_KEY",
                "secret_access_key": "env:PLANTED_KEY",
            },
            "traffic": {world.name: world.built.settings},
        }
        action = get_action_class_instance(action_cls, config=config, action_service=None)
        succeeded, result = action.run(**parameters)
        assert "planted" not in json.dumps(result)
        return succeeded, result

    return run


def test_an_upgrade_from_stage_to_switch_back(run, world, capsys):
    assert run("elb_stage", cluster="paasB")[0]
    succeeded, plan = run("elb_cutover", cluster="paasB", dry_run=True)
    assert succeeded
    assert world.live() == world.a
    succeeded, done = run("elb_cutover", cluster="paasB", plan=plan["plan"])
    assert (succeeded, done["changed"], world.live()) == (True, True, world.b)
    assert "prove: the new servers must be healthy there" in capsys.readouterr().out
    assert run("elb_switch_back")[0]
    assert world.live() == world.a


def test_the_team_knows_the_clusters_by_their_letters(run, world):
    shown = run("migrate_lb", cluster="b", dry_run=True)[1]
    world.control("DELETE", "calls")
    succeeded, result = run("migrate_lb", cluster="b")
    assert (succeeded, result["cluster"], world.live()) == (True, "paasB", world.b)
    assert counted(world) == printed(shown)


def test_status_is_a_table(run, world):
    succeeded, result = run("elb_status", environment=world.name)
    assert (succeeded, result["live"], result["prelive"]) == (True, "paasA", "nobody")
    assert "role     side" in result["table"]


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("elb_cutover", {"cluster": "paasC"}, "`cluster` is 'paasC'; expected one of paasA, paasB"),
        ("migrate_lb", {"cluster": "c"}, "`cluster` is 'c'; expected one of paasA, paasB"),
        ("elb_stage", {"cluster": "paasB", "environment": "tst"}, "config `traffic.tst`: there is no 'tst' in"),
        ("elb_stage", {"cluster": "paasA"}, "paasA is live in role ingress"),
        ("elb_cutover", {"cluster": "paasB", "min_healthy": "most"}, "`min_healthy` is 'most'; expected a number"),
        ("elb_cutover", {"cluster": "paasB", "steps": [50, 10]}, "`steps` is [50, 10]; expected rising percentages"),
        ("elb_switch_back", {}, "knows of no cutover"),
        ("smoke_test", {}, "`url` is None; expected the URL of pre-live"),
        ("smoke_test", {"cronjob": "smoke"}, "`cluster` is None; expected the job's cluster"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(run, name, given, words):
    succeeded, result = run(name, **given)
    assert not succeeded
    assert words in result["message"]


def test_a_smoke_test_asks_what_is_behind_prelive(run, world):
    url = f"http://127.0.0.1:{world.backends.of[min(world.b)].port}"
    succeeded, result = run("smoke_test", url=url, checks=[{"path": "/", "text": min(world.b)}])
    assert (succeeded, result["checks"][0]["status"]) == (True, 200)
    assert result["message"].startswith(f"1 checks of {url} passed, the slowest in 0.")
    world.backends.ready("paasB", ready=False)
    world.built.settings["smoke"] = {"attempts": 1}
    succeeded, result = run("smoke_test", url=url, checks=[{"path": "/"}])
    assert (succeeded, result["error"]) == (False, "SmokeFailed")
    assert "status 503, expected 200" in result["message"]


@pytest.mark.parametrize("name", [*NAMES, "nodes_label_zones", "s3_sync_config"])
def test_an_entry_file_imports_nothing_heavy(name):
    heavy = ("boto3", "botocore", "requests", "kubernetes", "consul", "hvac", "paas.traffic.moving")
    program = (
        "import sys; from lab.stackstorm import lent; lent.lend(); "
        f"import {name}; print([each for each in {heavy!r} if each in sys.modules])"
    )
    root = ACTIONS.parent
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{root}:{root / 'lib'}:{ACTIONS}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert found.stdout.strip() == "[]"
