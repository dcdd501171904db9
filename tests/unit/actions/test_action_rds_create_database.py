from rds_create_database import RdsCreateDatabase

from tests.unit.actions.cases import DatabaseActionTestCase


class RdsCreateDatabaseTestCase(DatabaseActionTestCase):
    __test__ = True
    action_cls = RdsCreateDatabase

    def prepared(self):
        accepted = self.accept()
        self.run_other("db_credentials", claim=accepted["claim"])
        return {"claim": accepted["claim"], "spec": accepted["spec"]}

    def test_an_instance_is_made_under_its_claim_and_tagged(self):
        prepared = self.prepared()
        succeeded, result = self.run_action(**prepared)
        assert succeeded
        assert (result["identifier"], result["created"]) == (prepared["claim"], True)
        tags = {tag["Key"]: tag["Value"] for tag in self.platform.instance(prepared["claim"])["TagList"]}
        assert tags == {
            "paas.internal/claim": prepared["claim"],
            "paas.internal/cluster": "paasA",
            "paas.internal/namespace": "default",
            "paas.internal/name": self.name,
            "paas.internal/api-version": "paas.internal/v1",
            "paas.internal/kind": "Database",
        }

    def test_the_password_reaches_aws_and_shows_nowhere(self):
        prepared = self.prepared()
        self.run_action(**prepared)
        self.assert_no_secret_in(self.platform.everything_outside_vault(self.name))

    def test_twice_is_once(self):
        prepared = self.prepared()
        self.run_action(**prepared)
        succeeded, result = self.run_action(**prepared)
        assert (succeeded, result["created"]) == (True, False)

    def test_an_object_that_went_meanwhile_gets_no_instance(self):
        prepared = self.prepared()
        self.platform.delete(self.name)
        succeeded, result = self.run_action(**prepared)
        assert (succeeded, result["error"]) == (False, "Outdated")
        assert prepared["claim"] not in self.platform.instances()

    def test_a_claim_that_is_not_the_objects_gets_no_instance(self):
        prepared = self.prepared()
        succeeded, result = self.run_action(**{**prepared, "claim": "default-orders-aaaaaaaaaa"})
        assert (succeeded, result["error"]) == (False, "Outdated")

    def test_what_aws_refuses_is_told_in_its_own_words(self):
        prepared = self.prepared()
        prepared["spec"]["engine"] = "no-such-engine"
        succeeded, result = self.run_action(**prepared)
        assert not succeeded
        assert "AWS rds" in result["message"]
        assert "no-such-engine" in result["message"]
