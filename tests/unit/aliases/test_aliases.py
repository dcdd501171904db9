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


class ConsulDiff(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_diff"
    commands = {"consul diff a-to-b": {"pair": "a-to-b"}}


class ConsulSync(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_sync"
    commands = {
        "consul sync a-to-b": {"pair": "a-to-b"},
        "consul sync a-to-b duration=60": {"pair": "a-to-b", "duration": "60"},
    }


class ConsulSyncStatus(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_sync_status"
    commands = {"consul status a-to-b": {"pair": "a-to-b"}}


class ConsulSyncEnable(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_sync_enable"
    commands = {"consul enable a-to-b": {"pair": "a-to-b"}}


class ConsulSyncDisable(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_sync_disable"
    commands = {"consul disable a-to-b": {"pair": "a-to-b"}}


class ConsulGet(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_get"
    commands = {"consul get shop/a of paasA show=true": {"key": "shop/a", "consul": "paasA", "show": "true"}}


class ConsulPut(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_put"
    commands = {
        "consul put shop/a in paasA value=1": {"key": "shop/a", "consul": "paasA", "value": "1"},
        'consul put shop/a in paasA value="two words"': {"key": "shop/a", "consul": "paasA", "value": "two words"},
    }


class ConsulDelete(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_delete"
    commands = {"consul delete shop/ in paasA recurse=true": {"key": "shop/", "consul": "paasA", "recurse": "true"}}


class ConsulExport(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_export"
    commands = {
        "consul export shop/ of paasA file=/tmp/x.json": {"prefix": "shop/", "consul": "paasA", "file": "/tmp/x.json"}
    }


class ConsulImport(Commands, BaseActionAliasTestCase):
    action_alias_name = "consul_import"
    commands = {"consul import /tmp/x.json into paasB": {"file": "/tmp/x.json", "consul": "paasB"}}


class VaultWrite(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_write"
    commands = {
        "vault write secret/shop/a in paasA from_secret=paasA/shop/a": {
            "path": "secret/shop/a",
            "vault": "paasA",
            "from_secret": "paasA/shop/a",
        }
    }


class VaultRead(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_read"
    commands = {
        "vault read secret/shop/a of paasA into paasB shop orders": {
            "path": "secret/shop/a",
            "vault": "paasA",
            "cluster": "paasB",
            "namespace": "shop",
            "secret": "orders",
        }
    }


class VaultCopy(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_copy"
    commands = {
        "vault copy secret/shop/ from paasA to paasB versions=all": {
            "path": "secret/shop/",
            "source": "paasA",
            "destination": "paasB",
            "versions": "all",
        }
    }


class VaultLoad(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_load"
    commands = {"vault load /etc/tree.yaml into paasA": {"file": "/etc/tree.yaml", "vault": "paasA"}}


class VaultDelete(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_delete"
    commands = {
        "vault delete secret/shop/a in paasA undelete=true": {
            "path": "secret/shop/a",
            "vault": "paasA",
            "undelete": "true",
        }
    }


class VaultStatus(Commands, BaseActionAliasTestCase):
    action_alias_name = "vault_status"
    commands = {"vault status paasA": {"vault": "paasA"}}
