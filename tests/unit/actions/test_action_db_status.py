from db_status import DbStatus

from tests.unit.actions.cases import DatabaseActionTestCase

REFUSAL = {"error": "Refused", "message": "engine oracle is not allowed", "setting": "databases.allow.engines"}
OUTAGE = {"error": "Unavailable", "message": "Vault paasA answered 503 to read it: Vault is sealed", "status": 503}


class DbStatusTestCase(DatabaseActionTestCase):
    __test__ = True
    action_cls = DbStatus

    def setUp(self):
        super().setUp()
        self.platform.create(self.name)

    def test_a_report_stands_on_the_object(self):
        report = {"phase": "Available", "message": "published", "endpoint": "db.example.com", "port": 3306}
        succeeded, _ = self.run_action(report=report)
        assert succeeded
        assert (self.status["phase"], self.status["endpoint"], self.status["port"]) == (
            "Available",
            "db.example.com",
            3306,
        )

    def test_a_refusal_stands_on_the_object_and_the_chain_has_done_its_work(self):
        succeeded, _ = self.run_action(failure=REFUSAL)
        assert succeeded
        assert self.status["phase"] == "Refused"
        assert self.status["conditions"][0]["message"] == REFUSAL["message"]

    def test_a_failure_stands_on_the_object_and_the_chain_has_failed(self):
        succeeded, result = self.run_action(failure=OUTAGE)
        assert not succeeded
        assert result["message"] == OUTAGE["message"]
        assert self.status["phase"] == "Failed"

    def test_what_a_deletion_says_is_not_said_on_an_object_that_nobody_deleted(self):
        succeeded, result = self.run_action(failure=OUTAGE, going=True)
        assert (succeeded, result["written"]) == (True, False)
        assert "is not being deleted" in result["message"]
        assert self.status == {}

    def test_a_step_without_an_answer_is_a_failure(self):
        succeeded, _ = self.run_action(failure={})
        assert not succeeded
        assert self.status["phase"] == "Failed"

    def test_an_event_that_came_too_late_says_nothing(self):
        succeeded, result = self.run_action(failure={"error": "Outdated", "message": "gone"})
        assert (succeeded, result) == (True, {"written": False, "message": "gone"})
        assert self.status == {}

    def test_an_object_that_went_meanwhile_is_no_failure(self):
        self.platform.delete(self.name)
        succeeded, result = self.run_action(report={"phase": "Creating"})
        assert (succeeded, result["written"]) == (True, False)

    def test_an_object_of_another_claim_is_left_alone(self):
        succeeded, result = self.run_action(claim="default-orders-aaaaaaaaaa", report={"phase": "Creating"})
        assert (succeeded, result["written"]) == (True, False)
        assert self.status == {}

    def test_neither_report_nor_failure_is_said_before_anything_is_touched(self):
        succeeded, result = self.run_action()
        assert (succeeded, result["error"]) == (False, "InvalidInput")

    def test_a_phase_that_there_is_none_of_is_named(self):
        succeeded, result = self.run_action(report={"phase": "Done"})
        assert not succeeded
        assert "Pending, Creating, Available" in result["message"]
