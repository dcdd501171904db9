"""What people say in Slack to move traffic; what touches live needs the plan that was shown."""

import yaml
from st2tests.base import BaseActionAliasTestCase

from tests.unit.aliases.test_aliases import ALIASES, Commands

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


def test_the_line_that_a_plan_prints_is_the_one_that_confirms_it():
    for name in ("cutover", "switch_back"):
        shown = yaml.safe_load((ALIASES / f"elb_plan_{name}.yaml").read_text())["result"]["format"]
        confirmed = yaml.safe_load((ALIASES / f"elb_confirm_{name}.yaml").read_text())["formats"][0]
        line = shown.partition("`")[2].partition("`")[0]
        for field in ("cluster", "environment", "plan"):
            line = line.replace(f"{{{{ execution.result.result.{field} }}}}", f"{{{{{field}}}}}")
        assert line in confirmed["representation"]
