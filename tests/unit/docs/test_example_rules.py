"""The rules of `rules/examples/`, a folder that StackStorm does not read: nothing watches for what nobody asked for."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from lab.stackstorm import schemas
from lab.stackstorm.metadata import read_pack, read_rule
from lab.stackstorm.registry import Registry

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((REPOSITORY / "rules/examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def pack():
    return read_pack(REPOSITORY)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_rule_can_be_created_as_it_is_and_starts_nothing_before_it_is_enabled(file, pack):
    rule = read_rule(yaml.safe_load(file.read_text(encoding="utf-8")))
    registry = Registry()
    registry.add(dataclasses.replace(pack, rules=(rule,)))
    kind = registry.trigger_type(rule.trigger_type)
    assert rule.name == file.stem
    assert rule.enabled is False
    assert registry.action(rule.action) if rule.action.startswith("kubernetes.") else rule.action.startswith("core.")
    assert not list(schemas.errors(rule.trigger_parameters, kind.parameters_schema))


def test_no_rule_of_the_pack_itself_makes_the_sensor_watch_anything(pack):
    assert [rule.name for rule in pack.rules if rule.trigger_type == "kubernetes.resource_event"] == []
