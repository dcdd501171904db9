import re

from hypothesis import given
from hypothesis import strategies as st

from paas.database import identifiers

# What an API server lets pass as a name, and anything else beside it.
names = st.one_of(st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", fullmatch=True), st.text(max_size=300))


@given(names, names)
def test_a_claim_is_always_a_valid_rds_identifier(namespace, name):
    claim = identifiers.mint_claim(namespace=namespace, name=name)
    assert 1 <= len(claim) <= 63
    assert re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", claim)
    assert "--" not in claim


@given(names, names)
def test_two_claims_of_one_object_differ(namespace, name):
    assert len({identifiers.mint_claim(namespace=namespace, name=name) for _ in range(20)}) == 20


@given(names, names)
def test_a_minted_claim_is_known_as_the_objects_own(namespace, name):
    assert identifiers.is_claim_of(
        identifiers.mint_claim(namespace=namespace, name=name), namespace=namespace, name=name
    )


@given(st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text()), st.just("a" * 2_000_000)))
def test_what_was_never_minted_is_no_claim(value):
    assert not identifiers.is_claim_of(value, namespace="shop", name="orders")


def test_a_claim_of_another_name_is_not_the_objects_own():
    claim = identifiers.mint_claim(namespace="bank", name="orders")
    assert not identifiers.is_claim_of(claim, namespace="shop", name="orders")


def test_names_that_differ_only_in_punctuation_get_two_claims():
    one = identifiers.mint_claim(namespace="a-b", name="c")
    other = identifiers.mint_claim(namespace="a", name="b-c")
    assert one != other


@given(names)
def test_a_default_database_name_is_valid_for_every_engine(name):
    derived = identifiers.default_database_name(name)
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", derived)
    assert not identifiers.is_reserved(derived)


def test_a_reserved_word_is_not_taken_as_a_database_name():
    assert identifiers.default_database_name("order") == "order_db"


def test_a_plain_name_is_taken_as_it_is():
    assert identifiers.default_database_name("orders") == "orders"
