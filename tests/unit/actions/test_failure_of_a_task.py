"""What a chain hands on of a task that failed, whichever way it ended."""

import itertools
from pathlib import Path

import jinja2
import pytest
import yaml

from lab.stackstorm.casts import cast_each
from lab.stackstorm.filters import FILTERS

ACTIONS = Path(__file__).resolve().parents[3] / "actions"
DECLARED = yaml.safe_load((ACTIONS / "db_status.yaml").read_text())["parameters"]
REFUSED = {"error": "Conflict", "message": 'it said "no" to {{ this }}'}


def reports() -> list[tuple[str, str]]:
    """Each failed task's name, and the template that reports it."""
    chains = [yaml.safe_load(file.read_text()) for file in (ACTIONS / "workflows").glob("db_*_chain.yaml")]
    tasks = list(itertools.chain.from_iterable(chain["chain"] for chain in chains))
    templates = {task["name"]: task["parameters"].get("failure") for task in tasks}
    return [(task["name"], templates[task["on-failure"]]) for task in tasks if "on-failure" in task]


def said(task: str, template: str, outcome: dict) -> object:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters.update(FILTERS)
    text = environment.from_string(template).render({task: outcome})
    return cast_each({"failure": text}, DECLARED)["failure"]


@pytest.mark.parametrize(("task", "template"), reports())
def test_an_answer_is_handed_on_as_it_is(task: str, template: str) -> None:
    assert said(task, template, {"exit_code": 1, "result": REFUSED}) == REFUSED


@pytest.mark.parametrize(("task", "template"), reports())
def test_a_task_that_was_killed_has_the_text_none_for_a_result(task: str, template: str) -> None:
    assert said(task, template, {"exit_code": -9, "result": "None"}) == {}


@pytest.mark.parametrize(("task", "template"), reports())
def test_a_task_whose_parameters_were_refused_has_no_result(task: str, template: str) -> None:
    assert said(task, template, {"error": "not valid", "traceback": "..."}) == {}
