"""What people say in Slack, and what each alias makes of it."""

import itertools
from pathlib import Path

import yaml
from st2tests.base import BaseActionAliasTestCase

ALIASES = Path(__file__).resolve().parents[3] / "aliases"


def representations(file: Path) -> list[str]:
    return list(
        itertools.chain.from_iterable(each["representation"] for each in yaml.safe_load(file.read_text())["formats"])
    )


ALL = list(itertools.chain.from_iterable(representations(file) for file in sorted(ALIASES.glob("*.yaml"))))


class Commands:
    """Each command's parameters; StackStorm refuses a command that two representations of any alias match."""

    commands: dict[str, dict[str, str]] = {}

    def _get_base_pack_path(self) -> Path:  # it expects the tests right below tests/
        return ALIASES.parent

    def test_a_command_gives_its_parameters_and_means_nothing_else(self):
        own = representations(ALIASES / f"{self.action_alias_name}.yaml")
        for number, (command, parameters) in enumerate(self.commands.items()):
            self.assertCommandMatchesExactlyOneFormatString(ALL, command)
            self.assertExtractedParametersMatch(own[number % len(own)], command, parameters)


class MigratePlan(Commands, BaseActionAliasTestCase):
    action_alias_name = "migrate_plan"
    commands = {
        "migrate plan paasA to paasB": {"source": "paasA", "destination": "paasB"},
        "plan migration from paasA to paasB": {"source": "paasA", "destination": "paasB"},
    }


class MigrateCluster(Commands, BaseActionAliasTestCase):
    action_alias_name = "migrate_cluster"
    commands = {
        "migrate cluster paasA to paasB": {"source": "paasA", "destination": "paasB"},
        "migrate cluster paasA to paasB workers=4": {"source": "paasA", "destination": "paasB", "workers": "4"},
    }


class MigrateNamespace(Commands, BaseActionAliasTestCase):
    action_alias_name = "migrate_namespace"
    commands = {
        "migrate namespace shop from paasA to paasB": {
            "namespace": "shop",
            "source": "paasA",
            "destination": "paasB",
        },
        "migrate namespace shop from paasA to paasB new_name=shop2": {
            "namespace": "shop",
            "source": "paasA",
            "destination": "paasB",
            "new_name": "shop2",
        },
    }


class MigrateVerify(Commands, BaseActionAliasTestCase):
    action_alias_name = "migrate_verify"
    commands = {
        "migrate verify paasA and paasB": {"source": "paasA", "destination": "paasB"},
        "compare paasA with paasB": {"source": "paasA", "destination": "paasB"},
    }


class MigrateUndo(Commands, BaseActionAliasTestCase):
    action_alias_name = "migrate_undo"
    commands = {
        "migrate undo 20261123-162503-zbvs in paasB": {"run": "20261123-162503-zbvs", "destination": "paasB"},
    }
