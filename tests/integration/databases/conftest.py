import pytest

from tests.unit.actions.chains import run_action, run_chain
from tests.unit.actions.platform import Platform, wait_until_served


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """A current cluster, and one of version 1.7."""
    platform = Platform(tmp_path_factory.mktemp("databases"))
    try:
        platform.start()
        platform.add_old_cluster()
        platform.config["databases"] = {
            "allow": {
                "engines": {"mysql": [], "mariadb": ["10.11"], "postgres": [], "aurora-mysql": []},
                "classes": ["db.t3.micro", "db.t3.small", "db.r6g.large"],
                "max_storage_gib": 100,
                "max_read_replicas": 2,
                "deletion_policies": ["Retain", "Snapshot", "Delete"],
            },
            "deletion_follows_policy": True,
        }
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


@pytest.fixture
def chain(platform):
    """Run a chain on an object; whether it succeeded. What its tasks said is shown where a test fails."""

    def chain(namespace, name, cluster="paasA", *, of="db_create_chain", **more):
        parameters = {"cluster": cluster, "namespace": namespace, "name": name, **more}
        succeeded, done = run_chain(of, config=platform.config, parameters=parameters)
        print(*done, sep="\n")
        return succeeded

    return chain


@pytest.fixture
def act(platform):
    """Run an action; its result, which is checked for success."""

    def act(action, *, succeeds=True, **parameters):
        succeeded, result = run_action(action, config=platform.config, parameters=parameters)
        assert succeeded == succeeds, result
        return result

    return act
