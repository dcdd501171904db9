import itertools
import json

import pytest

import lab.aws
from tests.unit.actions.chains import run_chain
from tests.unit.actions.platform import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """Two clusters with their Consul and Vault, and AWS; timeouts are short, so that what hangs is soon given up."""
    platform = Platform(tmp_path_factory.mktemp("faults"))
    try:
        platform.start()
        # AWS's first answer takes seconds on a busy machine, as its stand-in loads RDS then; a test that meets it
        # within the short timeout below is told of AWS, whatever it has broken.
        platform.instances()
        for section in ("consul", "vault"):
            for profile in platform.config[section].values():
                profile["timeout"] = 1.0
        platform.config["aws"]["timeout"] = 1.0
        platform.config["databases"]["allow"]["deletion_policies"] = ["Retain", "Snapshot", "Delete"]
        platform.config["databases"]["deletion_follows_policy"] = True
        yield platform
    finally:
        platform.stop()


@pytest.fixture(autouse=True)
def no_fault(whole):
    """Whatever a test breaks is whole again after it."""
    yield
    whole()


@pytest.fixture
def broken(platform):
    """Put a fault in force: `broken("vault", {...})`."""

    def broken(system, fault):
        if system == "aws":
            lab.aws.control(platform.aws_endpoint, "POST", "rules", fault)
        else:
            platform.order(system, "POST", "faults", fault)

    return broken


@pytest.fixture
def whole(platform):
    """Take every fault away."""

    def whole():
        for system, cluster in itertools.product(("kube", "consul", "vault"), ("paasA", "paasB")):
            platform.order(system, "DELETE", "faults", cluster=cluster)
        lab.aws.control(platform.aws_endpoint, "DELETE", "rules")

    return whole


@pytest.fixture
def name(platform):
    """An object of the test's own."""
    name = platform.new_name()
    platform.create(name)
    return name


@pytest.fixture
def chain(platform, name, caplog, whole):
    """Run `db_create_chain` on the test's object; no secret may show in what it says."""
    caplog.set_level("DEBUG")
    said = []

    def chain(**more):
        parameters = {"cluster": "paasA", "namespace": "default", "name": name}
        succeeded, done = run_chain("db_create_chain", config=platform.config, parameters=parameters, **more)
        said.append(json.dumps(done))
        return succeeded, done

    yield chain
    whole()
    password = platform.password(name)
    for secret in [*platform.planted, *([password] if password else [])]:
        assert secret not in "".join(said)
        assert secret not in caplog.text


@pytest.fixture
def status(platform, name):
    """The status of the test's object."""
    return lambda: platform.object(name).get("status", {})
