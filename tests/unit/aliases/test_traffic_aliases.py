"""What people say in Slack to move traffic; what touches live needs the plan that was shown."""

import jinja2
import pytest
import yaml
from st2tests.base import BaseActionAliasTestCase

from lab.stackstorm import alias_formats
from paas.traffic import Options
from tests.unit.aliases.test_aliases import ALIASES, Commands
from tests.unit.traffic.scenes import Scene

PRD = {"environment": "prd"}


class ElbStatus(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_status"
    commands = {"elb status": {}, "elb status of prd": PRD}


class ElbStage(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_stage"
    commands = {
        "elb stage paasB in prd": {"cluster": "paasB", **PRD},
        "elb stage paasB in prd min_healthy=80%": {"cluster": "paasB", **PRD, "min_healthy": "80%"},
    }


class ElbPlanCutover(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_plan_cutover"
    commands = {"elb plan cutover to paasB in prd": {"cluster": "paasB", **PRD}}


class ElbConfirmCutover(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_confirm_cutover"
    commands = {"elb confirm cutover to paasB in prd plan 0badcafe": {"cluster": "paasB", **PRD, "plan": "0badcafe"}}


class ElbPlanSwitchBack(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_plan_switch_back"
    commands = {"elb plan switch back in prd": PRD}


class ElbConfirmSwitchBack(Commands, BaseActionAliasTestCase):
    action_alias_name = "elb_confirm_switch_back"
    commands = {"elb confirm switch back in prd plan 0badcafe": {**PRD, "plan": "0badcafe"}}


class SmokeTest(Commands, BaseActionAliasTestCase):
    action_alias_name = "smoke_test"
    commands = {"smoke test prd": PRD, "smoke test prd url=https://prelive": {**PRD, "url": "https://prelive"}}


def test_whatever_moves_live_only_looks_or_names_a_plan():
    for file in ALIASES.glob("*.yaml"):
        alias = yaml.safe_load(file.read_text())
        if alias["action_ref"] in ("kubernetes.elb_cutover", "kubernetes.elb_switch_back", "kubernetes.migrate_lb"):
            looks = (alias.get("immutable_parameters") or {}).get("dry_run") is True
            named = all("{{plan}}" in text for each in alias["formats"] for text in each["representation"])
            assert looks or named, file.name


def said(alias, result):
    """What Slack shows of a result, line by line."""
    shown = yaml.safe_load((ALIASES / f"{alias}.yaml").read_text())["result"]["format"]
    execution = {"status": "succeeded", "result": {"result": result}}
    template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(shown)
    return template.render(execution=execution).splitlines()


def understood(alias, line):
    """The parameters that a line gives an alias."""
    (each,) = yaml.safe_load((ALIASES / f"{alias}.yaml").read_text())["formats"]
    return alias_formats.extract(each["representation"][0], line)


@pytest.mark.parametrize("name", ["cutover", "switch_back"])
def test_the_line_that_a_plan_prints_is_the_one_that_confirms_it(name):
    scene = Scene("weighted")
    if name == "switch_back":
        scene.cutover("paasB")
    how = {"min_healthy": "60%", "options": Options(steps=(10, 100))}
    plan = getattr(scene, name)(dry_run=True, **how)
    (line,) = [each for each in said(f"elb_plan_{name}", plan) if each.startswith("To do exactly this: `")]
    given = understood(f"elb_confirm_{name}", line.split("`")[1])
    wanted = {"environment": "prd", "plan": plan["plan"], "min_healthy": "60%", "steps": "[10,100]"}
    assert given == wanted | ({"cluster": "paasB"} if name == "cutover" else {})
    assert getattr(scene, name)(plan=given["plan"], **how)["changed"]


def test_a_plan_shows_each_call_with_its_servers_but_not_the_journal():
    shown = "\n".join(said("elb_plan_cutover", Scene("classic").cutover("paasB", dry_run=True)))
    assert "RegisterInstancesWithLoadBalancer    ingress-live     i-b1, i-b2, i-b3" in shown
    assert "PutObject" not in shown


def test_after_a_cutover_it_says_how_to_go_back():
    lines = said("elb_confirm_cutover", Scene("classic").cutover("paasB"))
    assert lines == [
        "prd: paasB is live; 4 calls on ingress-live, ingress-prelive.",
        "From here: `elb plan switch back in prd`",
    ]
