import pytest

from tests.contract.kube.differences import DIFFERENCES


@pytest.mark.parametrize("difference", DIFFERENCES, ids=str)
def test_the_stand_in_differs_as_it_says(kube, difference):
    difference.check(kube)
