from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab.stackstorm.errors import MetadataError
from lab.stackstorm.metadata import read_pack, read_rule

PACK = {"name": "small", "description": "d", "version": "1.0.0", "author": "a"}
ACTION = {"name": "act", "runner_type": "noop"}
RULE = {"name": "r", "trigger": {"type": "core.st2.webhook"}, "action": {"ref": "core.noop"}}


def write(directory: Path, **files: dict[str, object]) -> Path:
    for name, said in {"pack": PACK, **files}.items():
        path = directory / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(said))
    return directory


def test_the_sample_pack_is_read_whole() -> None:
    pack = read_pack(Path(__file__).resolve().parents[2] / "packs" / "sample")
    assert pack.ref == "sample"
    assert {action.ref for action in pack.actions} >= {"sample.greet", "sample.hail"}
    assert {kind.name for kind in pack.trigger_types} >= {"arrival", "knock", "corner_event"}


def test_this_repositorys_own_pack_is_read_without_an_error() -> None:
    assert read_pack(Path(__file__).resolve().parents[3]).ref == "kubernetes"


@pytest.mark.parametrize(
    ("pack", "sentence"),
    [
        ({"version": "1.0"}, "version"),
        ({"ref": "with-dash"}, "ref"),
        ({"python_versions": ["4"]}, "python_versions.0"),
        ({"stackstorm_version": ">=3.9"}, "stackstorm_version"),
        ({"description": None}, "description"),
        ({"keywords": "one"}, "keywords"),
    ],
)
def test_a_pack_yaml_that_stackstorm_refuses_is_named(tmp_path: Path, pack: dict[str, object], sentence: str) -> None:
    with pytest.raises(MetadataError, match=rf"^pack\.yaml: {sentence}"):
        read_pack(write(tmp_path, pack={**PACK, **pack}))


def test_a_pack_yaml_may_say_more_than_stackstorm_knows(tmp_path: Path) -> None:
    assert read_pack(write(tmp_path, pack={**PACK, "mascot": "newt"})).ref == "small"


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"nmae": "x"}, "Additional properties are not allowed"),
        ({"runner_type": "mistral-v2"}, "runner_type: 'mistral-v2' is none of"),
        ({"runner_type": "python-script", "entry_point": "gone.py"}, "entry_point: there is no file 'gone.py'"),
        ({"pack": "other"}, "pack: is 'other'"),
        ({"parameters": {"a": {"typ": "string"}}}, "parameters.a: Additional properties"),
        ({"parameters": {"a": {"type": ["string", "null"]}}}, "parameters.a.type"),
        ({"parameters": {"a": {"type": "string", "format": "email"}}}, "parameters.a: Additional properties"),
        ({"parameters": {"a": {"type": "object", "required": ["b"]}}}, "parameters.a.required"),
        ({"parameters": {"a-b": {"type": "string"}}}, "parameters"),
        ({"parameters": {"a": {"position": 0}, "b": {"position": 0}}}, "parameters.b.position: 0 is that of a"),
        ({"parameters": {"a": {"position": 0}, "b": {"position": 2}}}, "leave a gap"),
        ({"parameters": {"a": {"immutable": True}}}, "parameters.a: is immutable and needs a default"),
    ],
)
def test_an_action_that_stackstorm_refuses_is_named(tmp_path: Path, action: dict[str, object], sentence: str) -> None:
    with pytest.raises(MetadataError, match=r"^actions/act\.yaml: ") as error:
        read_pack(write(tmp_path, actions__act={**ACTION, **action}))
    assert sentence in str(error.value)


def test_an_action_may_override_a_runner_parameters_default_but_not_its_type(tmp_path: Path) -> None:
    action = {"name": "act", "runner_type": "local-shell-cmd", "parameters": {"timeout": {"default": 5}}}
    (made,) = read_pack(write(tmp_path, actions__act=action)).actions
    assert made.schemas["timeout"] == {"type": "integer", "default": 5}
    action["parameters"] = {"timeout": {"type": "string"}}
    with pytest.raises(MetadataError, match=r"parameters\.timeout\.type"):
        read_pack(write(tmp_path, actions__act=action))


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"criteria": {"trigger.x": {"type": "like", "pattern": "a"}}}, "criteria.trigger.x.type: 'like' is none of"),
        ({"criteria": {"trigger.x": {"type": "Equals", "pattern": "a"}}}, "criteria.trigger.x.type"),
        ({"criteria": {"trigger.x": {"type": "exists"}}}, "criteria.trigger.x.pattern: is missing"),
        ({"action": {"ref": "core.noop", "params": {}}}, "Additional properties"),
        ({"trigger": {}}, "is a required property"),
    ],
)
def test_a_rule_that_stackstorm_refuses_is_named(rule: dict[str, object], sentence: str) -> None:
    with pytest.raises(MetadataError) as error:
        read_rule({**RULE, **rule})
    assert sentence in str(error.value)


def test_a_rule_is_off_unless_it_says_otherwise() -> None:
    assert not read_rule(RULE).enabled


def test_a_policy_is_checked_against_its_type(tmp_path: Path) -> None:
    policy = {
        "name": "p",
        "resource_ref": "small.act",
        "policy_type": "action.retry",
        "parameters": {"retry_on": "luck"},
    }
    with pytest.raises(MetadataError, match=r"policies/p\.yaml: parameters"):
        read_pack(write(tmp_path, policies__p=policy))


def test_a_sensors_poll_interval_is_whole_seconds(tmp_path: Path) -> None:
    (tmp_path / "sensors").mkdir()
    (tmp_path / "sensors" / "s.py").touch()
    with pytest.raises(MetadataError, match=r"poll_interval: 0\.5 must be whole seconds"):
        read_pack(write(tmp_path, sensors__s={"class_name": "S", "entry_point": "s.py", "poll_interval": 0.5}))
