import moto
import pytest

from paas import aws
from paas.references import References
from paas.settings import AwsSettings


@pytest.fixture
def keys(monkeypatch):
    """Keys by reference; what the machine itself may have is hidden."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return References({"id": "planted-id", "secret": "planted-secret", "external": "planted-external"}.get)


@pytest.fixture
def connect(keys):
    def connect(**settings):
        given = {"access_key_id": "datastore:id", "secret_access_key": "datastore:secret", **settings}
        return aws.connect(AwsSettings(**given), keys)

    return connect


@pytest.fixture
def account(connect):
    """An account of moto's, in this process."""
    with moto.mock_aws():
        yield connect()


@pytest.fixture
def instance():
    """What `create_db_instance` needs."""
    return {
        "DBInstanceIdentifier": "one",
        "Engine": "mysql",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": 20,
        "MasterUsername": "paas",
        "MasterUserPassword": "planted-password",
    }
