import pytest

from tests.unit.actions.platform import Platform, wait_until_served


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """A current cluster, and one of version 1.7."""
    platform = Platform(tmp_path_factory.mktemp("databases"))
    try:
        platform.start()
        platform.add_old_cluster()
        yield platform
    finally:
        platform.stop()


@pytest.fixture(scope="session")
def third_party(platform):
    """The collection of a third-party resource, RdsInstance, in the old cluster."""
    collection = "/apis/stable.example.com/v1/namespaces/default/rdsinstances"
    definition = {
        "apiVersion": "extensions/v1beta1",
        "kind": "ThirdPartyResource",
        "metadata": {"name": "rds-instance.stable.example.com"},
        "versions": [{"name": "v1"}],
    }
    platform.kube["paasOld"].create("/apis/extensions/v1beta1/thirdpartyresources", definition)
    wait_until_served(platform.kube["paasOld"], collection)
    return collection
