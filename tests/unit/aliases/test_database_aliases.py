"""What people say in Slack about databases."""

from st2tests.base import BaseActionAliasTestCase

from tests.unit.aliases.test_aliases import Commands


class DbList(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_list"
    commands = {"db list": {}, "db list in shop": {"namespace": "shop"}}
