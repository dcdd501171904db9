from db_publish import DbPublish

import lab.aws
from tests.unit.actions.cases import DatabaseActionTestCase


class DbPublishTestCase(DatabaseActionTestCase):
    __test__ = True
    action_cls = DbPublish

    def test_an_available_database_is_published_in_its_clusters_consul(self):
        claim = self.request()
        succeeded, result = self.run_action(claim=claim)
        assert succeeded
        assert result["report"]["phase"] == "Available"
        endpoint = self.platform.instance(claim)["Endpoint"]
        assert self.platform.keys(self.name) == {
            "rds_endpoint": endpoint["Address"],
            "rds_port": str(endpoint["Port"]),
            "rds_dbname": self.name.replace("-", "_"),
            "rds_username": "paas",
            "rds_claim": claim,
        }
        assert self.platform.keys(self.name, cluster="paasB") == {}
        self.assert_no_secret_in(self.platform.everything_outside_vault(self.name))

    def test_twice_is_once(self):
        claim = self.request()
        self.run_action(claim=claim)
        succeeded, result = self.run_action(claim=claim)
        assert (succeeded, result["keys_written"]) == (True, [])

    def test_a_database_that_aws_is_still_making_is_not_published(self):
        lab.aws.control(self.platform.aws_endpoint, "PUT", "delays", {"creating": 300})
        try:
            claim = self.request()
            succeeded, result = self.run_action(claim=claim)
        finally:
            lab.aws.control(self.platform.aws_endpoint, "PUT", "delays", {"creating": 0})
        assert (succeeded, result["report"]["phase"]) == (True, "Creating")
        assert self.platform.keys(self.name) == {}

    def test_an_object_that_went_meanwhile_is_not_published(self):
        claim = self.request()
        self.platform.delete(self.name)
        succeeded, result = self.run_action(claim=claim)
        assert (succeeded, result["error"]) == (False, "Outdated")
        assert self.platform.keys(self.name) == {}

    def test_the_copy_in_the_other_cluster_is_shown_whose_it_is_and_not_published(self):
        claim = self.request()
        copy = {"annotations": {"paas.internal/claim": claim}}
        self.platform.create(self.name, cluster="paasB", metadata=copy)
        accepted = self.run_other("db_rds_spec", cluster="paasB")
        assert accepted["claim"] == claim
        assert not self.run_other("db_credentials", cluster="paasB", claim=claim)["owned"]
        assert not self.run_other("rds_create_database", cluster="paasB", claim=claim, spec=accepted["spec"])["created"]
        succeeded, result = self.run_action(cluster="paasB", claim=claim)
        assert succeeded
        assert (result["report"]["phase"], result["report"]["owner"]) == ("Available", "paasA")
        assert self.platform.keys(self.name, cluster="paasB") == {}
        assert self.platform.password(self.name, cluster="paasB") is None
