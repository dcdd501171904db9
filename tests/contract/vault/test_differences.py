import pytest

from tests.contract.vault.differences import DIFFERENCES


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_the_stand_in_differs_as_it_says(vault, difference):
    difference.check(vault)


def test_keys_are_encrypted_for_their_holders_by_the_real_one_alone(new_vault):
    """The stand-in cannot encrypt with PGP: it refuses instead of giving the shares in the clear."""
    answer = new_vault.put("sys/init", json={"secret_shares": 1, "secret_threshold": 1, "pgp_keys": ["nonsense"]})
    assert answer.status_code == 400
    assert new_vault.get("sys/init").json() == {"initialized": False}
