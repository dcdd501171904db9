import string

import pytest

from paas.database import passwords


@pytest.fixture(scope="module")
def drawn():
    return [passwords.generate().reveal() for _ in range(500)]


def test_rds_takes_every_password(drawn):
    assert all(8 <= len(each) <= 41 and not set(each) & set('/"@ ') and each.isascii() for each in drawn)


def test_every_password_has_each_class_of_characters(drawn):
    for each in drawn:
        for group in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_."):
            assert set(each) & set(group)


def test_no_password_comes_twice(drawn):
    assert len(set(drawn)) == len(drawn)


def test_a_password_does_not_show_itself():
    assert repr(passwords.generate()) == f"{passwords.generate()}" == "***"
