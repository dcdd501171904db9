import dataclasses

import pytest

from paas.database.publishing import publish
from paas.errors import Conflict, PaasError, Refused

PREFIX = "shop/orders"
EARLIER = "shop-orders-aaaaaaaaaa"


@pytest.fixture
def available(account, instances, owner):
    account.add(owner)
    return instances.find(owner.claim)


@pytest.fixture
def put_out(consul, instances, available):
    return lambda: publish(consul, instances, available, prefix=PREFIX)


def test_a_connection_is_four_keys_and_whose_they_are(put_out, consul, owner):
    put_out()
    assert consul.values == {
        "shop/orders/rds_endpoint": f"{owner.claim}.rds.example.com",
        "shop/orders/rds_port": "3306",
        "shop/orders/rds_dbname": "orders",
        "shop/orders/rds_username": "paas",
        "shop/orders/rds_claim": owner.claim,
    }


def test_all_keys_come_in_one_transaction(put_out, consul):
    put_out()
    assert len(consul.writes) == 1


def test_twice_is_once(put_out, consul):
    put_out()
    assert put_out() == ()
    assert len(consul.writes) == 1


def test_a_key_of_ours_that_a_hand_changed_is_put_right(put_out, consul):
    put_out()
    consul.put("shop/orders/rds_port", "1")
    assert put_out() == ("shop/orders/rds_port",)
    assert consul.values["shop/orders/rds_port"] == "3306"


def test_a_neighbours_key_in_the_folder_is_left_alone(put_out, consul):
    consul.put("shop/orders/feature", "on")
    put_out()
    assert consul.values["shop/orders/feature"] == "on"


def test_a_foreign_key_is_never_written_over(put_out, consul):
    consul.put("shop/orders/rds_endpoint", "theirs")
    with pytest.raises(Refused, match="rds_endpoint"):
        put_out()
    assert consul.values == {"shop/orders/rds_endpoint": "theirs"}


def test_keys_of_an_earlier_database_that_is_gone_give_way(put_out, consul, owner):
    consul.put("shop/orders/rds_claim", EARLIER)
    consul.put("shop/orders/rds_endpoint", "old")
    put_out()
    assert consul.values["shop/orders/rds_claim"] == owner.claim
    assert consul.values["shop/orders/rds_endpoint"] != "old"


def test_keys_of_a_database_that_still_exists_are_left_alone(put_out, consul, account, owner):
    account.add(dataclasses.replace(owner, claim=EARLIER))
    consul.put("shop/orders/rds_claim", EARLIER)
    with pytest.raises(Refused, match="still exists"):
        put_out()


def test_a_change_in_between_is_read_again(put_out, consul, owner):
    consul.before_write = lambda fake: fake.put("shop/orders/rds_claim", owner.claim)
    put_out()
    assert consul.values["shop/orders/rds_port"] == "3306"


def test_a_foreign_owner_in_between_is_seen(put_out, consul, account, owner):
    account.add(dataclasses.replace(owner, claim=EARLIER))
    consul.before_write = lambda fake: fake.put("shop/orders/rds_claim", EARLIER)
    with pytest.raises(Refused):
        put_out()
    assert consul.values == {"shop/orders/rds_claim": EARLIER}


def test_a_folder_that_never_rests_ends_in_a_conflict(put_out, consul, owner):
    def restless(fake):
        fake.put("shop/orders/rds_claim", owner.claim)
        fake.before_write = restless

    consul.before_write = restless
    with pytest.raises(Conflict):
        put_out()


@pytest.mark.parametrize("status", ["creating", "failed", "deleting"])
def test_what_is_not_available_is_not_published(consul, instances, account, owner, status):
    account.add(owner, status=status)
    with pytest.raises(PaasError, match="cannot be published"):
        publish(consul, instances, instances.find(owner.claim), prefix=PREFIX)
    assert consul.writes == []
