"""What people say in Slack about databases."""

from st2tests.base import BaseActionAliasTestCase

from tests.unit.aliases.test_aliases import Commands


class DbList(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_list"
    commands = {"db list": {}, "db list in shop": {"namespace": "shop"}}


WHERE = {"name": "orders", "namespace": "shop", "cluster": "paasA"}


class DbRequest(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_request"
    commands = {
        "db create orders in shop of paasA": WHERE,
        "db create orders in shop of paasA engine=postgres storage_gib=30": {
            **WHERE,
            "engine": "postgres",
            "storage_gib": "30",
        },
    }


class DbShow(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_show"
    commands = {"db show orders in shop of paasA": WHERE}


class DbPlanRetire(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_plan_retire"
    commands = {"db retire orders in shop of paasA": WHERE}


class DbConfirmRetire(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_confirm_retire"
    commands = {
        "db confirm retire orders in shop of paasA claim shop-orders-k3f7q2m4xa": {
            **WHERE,
            "claim": "shop-orders-k3f7q2m4xa",
        }
    }


class DbPlanHandOver(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_plan_hand_over"
    commands = {
        "db plan hand over paasA to paasB": {"source": "paasA", "destination": "paasB"},
        "db plan hand over paasA to paasB namespace=shop": {
            "source": "paasA",
            "destination": "paasB",
            "namespace": "shop",
        },
    }


class DbHandOver(Commands, BaseActionAliasTestCase):
    action_alias_name = "db_hand_over"
    commands = {"db hand over paasA to paasB": {"source": "paasA", "destination": "paasB"}}
