import dataclasses

import pytest

from paas.database.credentials import ensure_credentials, fetch_password
from paas.errors import Conflict, PaasError, Refused

PATH = "secret/shop/orders/rds"
EARLIER = "shop-orders-aaaaaaaaaa"


@pytest.fixture
def ensure(vault, instances, owner):
    return lambda: ensure_credentials(vault, instances, path=PATH, owner=owner)


def test_a_password_is_created_with_its_claim_in_the_same_write(ensure, vault, owner):
    assert ensure().created
    assert set(vault.secrets[PATH].data) == {"rds_password", "rds_claim"}
    assert vault.secrets[PATH].data["rds_claim"] == owner.claim


def test_the_owner_is_noted_beside_it(ensure, vault, owner):
    ensure()
    assert vault.secrets[PATH].metadata == {
        "rds_claim": owner.claim,
        "cluster": "paasA",
        "namespace": "shop",
        "name": "orders",
    }


def test_twice_is_once(ensure, vault):
    ensure()
    password = vault.secrets[PATH].data["rds_password"]
    assert not ensure().created
    assert vault.secrets[PATH].data["rds_password"] == password
    assert vault.secrets[PATH].version == 1


def test_a_note_that_a_crash_left_out_is_made_up_for(ensure, vault):
    ensure()
    vault.secrets[PATH].metadata = {}
    ensure()
    assert vault.secrets[PATH].metadata["namespace"] == "shop"


def test_a_secret_that_somebody_else_made_is_refused(ensure, vault):
    vault.put(PATH, {"rds_password": "theirs"})
    with pytest.raises(Refused, match="did not make"):
        ensure()
    assert vault.secrets[PATH].data == {"rds_password": "theirs"}


def test_a_deleted_secret_that_somebody_else_made_is_refused(ensure, vault):
    vault.put(PATH, None, version=3)
    with pytest.raises(Refused):
        ensure()


def test_a_secret_of_an_earlier_database_that_is_gone_gives_way_to_a_new_version(ensure, vault, owner):
    vault.put(PATH, {"rds_password": "old", "rds_claim": EARLIER}, version=4)
    assert ensure().created
    assert vault.secrets[PATH].version == 5
    assert vault.secrets[PATH].data["rds_claim"] == owner.claim
    assert vault.secrets[PATH].data["rds_password"] != "old"


def test_a_secret_of_an_earlier_database_that_still_exists_is_refused(ensure, vault, account, owner):
    account.add(dataclasses.replace(owner, claim=EARLIER))
    vault.put(PATH, {"rds_password": "old", "rds_claim": EARLIER})
    with pytest.raises(Refused, match="still exists"):
        ensure()


def test_a_secret_of_another_objects_database_is_refused_even_when_that_is_gone(ensure, vault):
    note = {"rds_claim": "shop-other-aaaaaaaaaa", "namespace": "shop", "name": "other"}
    vault.put(PATH, {"rds_password": "old", "rds_claim": "shop-other-aaaaaaaaaa"}, metadata=note)
    with pytest.raises(Refused, match="another object"):
        ensure()


def test_our_own_secret_that_was_deleted_before_there_was_a_database_is_made_again(ensure, vault, owner):
    vault.put(PATH, None, version=2, metadata={"rds_claim": owner.claim, "namespace": "shop", "name": "orders"})
    assert ensure().created
    assert vault.secrets[PATH].version == 3


def test_a_lost_password_of_an_existing_database_is_said_and_never_made_up(ensure, vault, account, owner):
    account.add(owner)
    with pytest.raises(PaasError, match="does not hold its password"):
        ensure()
    assert vault.writes == []


def test_a_database_that_another_cluster_owns_gets_no_password_here(ensure, vault, account, elsewhere):
    account.add(elsewhere)
    made = ensure()
    assert (made.created, made.owned) == (False, False)
    assert vault.writes == []


def test_an_instance_of_somebody_else_under_our_claim_is_refused(ensure, vault, account, somebody_else):
    account.add(somebody_else)
    with pytest.raises(Refused, match="bank/orders"):
        ensure()
    assert vault.writes == []


def test_the_faster_of_two_runs_decides_the_password(ensure, vault, owner):
    vault.before_write = lambda fake: fake.put(PATH, {"rds_password": "first", "rds_claim": owner.claim})
    assert not ensure().created
    assert vault.secrets[PATH].data["rds_password"] == "first"


def test_somebody_else_in_between_is_a_conflict(ensure, vault):
    vault.before_write = lambda fake: fake.put(PATH, {"rds_password": "theirs"})
    with pytest.raises(Conflict):
        ensure()
    assert vault.secrets[PATH].data == {"rds_password": "theirs"}


def test_the_password_is_fetched_where_it_is_used(ensure, vault, owner):
    ensure()
    fetched = fetch_password(vault, path=PATH, owner=owner)
    assert fetched.reveal() == vault.secrets[PATH].data["rds_password"]


@pytest.mark.parametrize("data", [None, {}, {"rds_claim": EARLIER, "rds_password": "x"}, {"rds_password": "x"}])
def test_another_databases_password_is_never_used(vault, owner, data):
    vault.put(PATH, data)
    with pytest.raises(PaasError, match="does not hold the password"):
        fetch_password(vault, path=PATH, owner=owner)


def test_no_refusal_repeats_a_value(ensure, vault):
    vault.put(PATH, {"rds_password": "planted-value"})
    with pytest.raises(Refused) as refused:
        ensure()
    assert "planted-value" not in str(refused.value)
