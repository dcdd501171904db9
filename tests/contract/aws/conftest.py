import boto3
import pytest
from botocore.config import Config

import lab.aws
from tests.contract.subjects import folder_of

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=5, connect_timeout=5)


class Account:
    """AWS as a client sees it, and the hand that makes it fail."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self._clients = {}

    def client(self, service, **more):
        """A client that never tries twice, so that every fault shows."""
        options = {
            "endpoint_url": self.endpoint.url,
            "region_name": self.endpoint.region,
            "aws_access_key_id": self.endpoint.access_key_id,
            "aws_secret_access_key": self.endpoint.secret_access_key,
            "config": ONE_ATTEMPT,
            **more,
        }
        return boto3.client(service, **options)

    def __getattr__(self, service):
        if service not in self._clients:
            self._clients[service] = self.client(service)
        return self._clients[service]

    def control(self, method, what, body=None):
        return lab.aws.control(self.endpoint, method, what, body)

    def rule(self, **rule):
        return self.control("POST", "rules", rule)

    def later(self, seconds):
        self.control("POST", "clock", {"advance": seconds})

    def database(self, name, **more):
        wanted = {
            "DBInstanceIdentifier": name,
            "Engine": "mysql",
            "DBInstanceClass": "db.t3.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "paas",
            "MasterUserPassword": "planted-password",
        }
        return self.rds.create_db_instance(**{**wanted, **more})["DBInstance"]

    def statuses(self):
        found = self.rds.describe_db_instances()["DBInstances"]
        return {each["DBInstanceIdentifier"]: each["DBInstanceStatus"] for each in found}


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    servers, endpoint = lab.aws.launch(directory=tmp_path_factory.mktemp("aws"))
    yield Account(endpoint)
    for server in reversed(servers):
        server.stop()


@pytest.fixture
def account(running):
    """One AWS, empty and without faults."""
    running.control("POST", "reset", {"aws": True})
    return running


@pytest.fixture
def folder(request):
    return folder_of(request)
