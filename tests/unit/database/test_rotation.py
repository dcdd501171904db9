import pytest

from paas.database import rotate
from paas.errors import Incomplete, PaasError, Refused, Unavailable
from tests.unit.database.conftest import FakeVault, refusal

PATH = "secret/shop/orders/rds"


@pytest.fixture
def sent(account):
    """The passwords that AWS was told."""
    return lambda: [request["MasterUserPassword"] for name, request in account.asked if "MasterUserPassword" in request]


@pytest.fixture
def turn(vault, instances, account, owner):
    account.add(owner)
    vault.put(PATH, {"rds_password": "old", "rds_claim": owner.claim})
    return lambda **more: rotate(vault, instances, path=PATH, owner=owner, **more)


def test_vault_and_aws_have_the_same_new_password(turn, vault, sent):
    assert turn() == {"rotated": True, "resumed": False, "copies": []}
    assert vault.secrets[PATH].data["rds_password"] == sent()[0] != "old"
    assert set(vault.secrets[PATH].data) == {"rds_password", "rds_claim"}


def test_vault_has_it_before_aws_does(turn, vault, account, sent):
    seen = {}

    def look(**changes):
        seen.update(vault.secrets[PATH].data)

    account.modify_db_instance = look
    turn()
    assert (seen["rds_password"], seen["rds_password_next"]) == ("old", sent()[0])


def test_a_run_that_died_before_its_end_is_finished_with_the_same_password(turn, account, vault, sent):
    def down(**changes):
        raise refusal(Unavailable)

    there, account.modify_db_instance = account.modify_db_instance, down
    with pytest.raises(Unavailable):
        turn()
    on_its_way = vault.secrets[PATH].data["rds_password_next"]
    account.modify_db_instance = there
    assert turn() == {"rotated": True, "resumed": True, "copies": []}
    assert sent() == [on_its_way, on_its_way]
    assert vault.secrets[PATH].data["rds_password"] == on_its_way


def test_a_password_that_is_lost_is_not_made_up_unasked(turn, vault, sent):
    vault.secrets.clear()
    with pytest.raises(PaasError, match="lost=true"):
        turn()
    assert sent() == []


def test_said_so_it_is(turn, vault, sent):
    vault.secrets.clear()
    turn(lost=True)
    assert vault.secrets[PATH].data["rds_password"] == sent()[0]


def test_a_secret_whose_version_was_deleted_gets_a_new_one(turn, vault, sent, owner):
    vault.secrets[PATH].data = None
    turn(lost=True)
    assert vault.secrets[PATH].data == {"rds_password": sent()[0], "rds_claim": owner.claim}


def test_another_databases_secret_is_left_alone(turn, vault, sent):
    vault.put(PATH, {"rds_password": "theirs", "rds_claim": "shop-orders-zzzzzzzzzz"})
    with pytest.raises(PaasError, match="left alone"):
        turn(lost=True)
    assert sent() == []


def test_only_the_owner_rotates(turn, account, elsewhere, sent, vault):
    account.add(elsewhere)
    with pytest.raises(Refused, match="owned by paasB"):
        turn()
    assert (sent(), vault.writes) == ([], [])


def test_a_database_that_aws_works_on_is_left_for_later(turn, account, owner, vault):
    account.add(owner, status="modifying")
    with pytest.raises(PaasError, match="is modifying"):
        turn()
    assert vault.writes == []


def test_a_dry_run_writes_nothing(turn, vault, sent):
    turn(dry_run=True)
    assert (vault.writes, sent()) == ([], [])


def test_no_password_is_in_the_result(turn, sent):
    assert sent() == []
    result = str(turn())
    assert sent()[0] not in result and "old" not in result


@pytest.fixture
def other():
    """The Vault of the other cluster."""
    return FakeVault()


def test_the_copy_that_a_hand_over_left_is_renewed(turn, vault, other, owner):
    other.put(PATH, {"rds_password": "old", "rds_claim": owner.claim, "note": "theirs"})
    assert turn(copies={"paasB": (other, PATH)})["copies"] == ["paasB"]
    assert other.secrets[PATH].data == {**vault.secrets[PATH].data, "note": "theirs"}


@pytest.mark.parametrize("data", [None, {"rds_password": "x", "rds_claim": "shop-orders-aaaaaaaaaa"}, {"theirs": "x"}])
def test_no_other_secret_is_touched_there(turn, other, data):
    other.put(PATH, data)
    assert turn(copies={"paasB": (other, PATH)})["copies"] == []
    assert (other.secrets[PATH].data, other.writes) == (data, [])


def test_a_copy_that_cannot_be_renewed_is_named_and_the_owner_has_the_new_one(turn, vault, other, sent):
    def sealed(path):
        raise refusal(Unavailable, "Vault is sealed")

    other.read = sealed
    with pytest.raises(Incomplete, match=r"paasB: .*Vault is sealed.*vault_copy") as left:
        turn(copies={"paasB": (other, PATH)})
    assert left.value.as_result()["rotated"]
    assert vault.secrets[PATH].data["rds_password"] == sent()[0]
