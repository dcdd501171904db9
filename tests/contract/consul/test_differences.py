import pytest

from tests.contract.consul.differences import DIFFERENCES


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_the_stand_in_differs_as_it_says(consul, difference):
    difference.check(consul)
