from db_rds_spec import DbRdsSpec

from tests.unit.actions.cases import DatabaseActionTestCase


class DbRdsSpecTestCase(DatabaseActionTestCase):
    __test__ = True
    action_cls = DbRdsSpec

    def test_an_object_becomes_a_spec_and_gets_its_claim(self):
        self.platform.create(self.name, storageGiB=30)
        succeeded, result = self.run_action()
        assert succeeded
        assert result["spec"]["storage_gib"] == 30
        assert self.status["claim"] == result["claim"]
        assert self.platform.object(self.name)["metadata"]["annotations"]["paas.internal/claim"] == result["claim"]
        assert self.status["phase"] == "Pending"
        assert (result["consul_prefix"], result["vault_path"]) == (
            f"default/{self.name}",
            f"secret/default/{self.name}/rds",
        )

    def test_twice_is_once(self):
        self.platform.create(self.name)
        _, first = self.run_action()
        before = self.platform.object(self.name)
        assert self.run_action() == (True, first)
        assert self.platform.object(self.name) == before

    def test_nothing_is_made_outside_the_cluster(self):
        self.platform.create(self.name)
        _, result = self.run_action()
        assert result["claim"] not in self.platform.instances()
        assert self.platform.password(self.name) is None
        assert self.platform.keys(self.name) == {}

    def test_what_the_allow_list_does_not_hold_is_refused_and_gets_no_claim(self):
        self.platform.create(self.name, engine="oracle-ee")
        succeeded, result = self.run_action()
        assert not succeeded
        assert (result["error"], result["setting"]) == ("Refused", "databases.allow.engines")
        assert self.status == {}

    def test_an_object_that_is_gone_is_outdated(self):
        succeeded, result = self.run_action()
        assert (succeeded, result["error"]) == (False, "Outdated")

    def test_an_object_that_was_made_anew_is_outdated(self):
        self.platform.create(self.name)
        succeeded, result = self.run_action(uid="00000000-0000-0000-0000-000000000000")
        assert (succeeded, result["error"]) == (False, "Outdated")
        assert self.status == {}

    def test_a_kind_that_the_cluster_does_not_serve_is_a_failure(self):
        succeeded, result = self.run_action(object_kind="Absent")
        assert (succeeded, result["error"]) == (False, "NotFound")
        assert "is its CRD installed?" in result["message"]

    def test_a_cluster_that_is_not_configured_is_named(self):
        succeeded, result = self.run_action(cluster="paasX")
        assert (succeeded, result["error"]) == (False, "ConfigError")
        assert "paasA, paasB" in result["message"]

    def test_a_template_in_an_object_does_not_reach_the_workflow(self):
        self.platform.create(self.name, metadata={"annotations": {"paas.internal/claim": "{{ st2kv.system.token }}"}})
        _, result = self.run_action(api_version="{{ st2kv.system.token }}")
        assert "{{" not in result["message"]
