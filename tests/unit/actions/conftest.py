import pytest

from tests.unit.actions.platform import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """Two clusters with their Consul and Vault, and AWS."""
    platform = Platform(tmp_path_factory.mktemp("platform"))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


@pytest.fixture
def given(request, platform, caplog):
    """The platform and a name of the test's own, on the test case."""
    caplog.set_level("DEBUG")
    request.instance.platform = platform
    request.instance.name = platform.new_name()
    request.instance.caplog = caplog
