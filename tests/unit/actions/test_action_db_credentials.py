from db_credentials import DbCredentials

from tests.unit.actions.cases import DatabaseActionTestCase


class DbCredentialsTestCase(DatabaseActionTestCase):
    __test__ = True
    action_cls = DbCredentials

    def test_a_password_lies_in_vault_and_nowhere_else(self):
        claim = self.accept()["claim"]
        succeeded, result = self.run_action(claim=claim)
        assert succeeded
        assert result == {"vault_path": f"secret/default/{self.name}/rds", "created": True, "owned": True}
        assert self.platform.password(self.name)
        self.assert_no_secret_in(self.platform.everything_outside_vault(self.name))

    def test_twice_is_once(self):
        claim = self.accept()["claim"]
        self.run_action(claim=claim)
        password = self.platform.password(self.name)
        succeeded, result = self.run_action(claim=claim)
        assert (succeeded, result["created"]) == (True, False)
        assert self.platform.password(self.name) == password

    def test_a_foreign_secret_is_refused_and_not_repeated(self):
        claim = self.accept()["claim"]
        path = f"secret/default/{self.name}/rds"
        self.platform.vault["paasA"].write(path, {"rds_password": "planted-foreign"}, replaces=None)
        succeeded, result = self.run_action(claim=claim)
        assert (succeeded, result["error"]) == (False, "Refused")
        assert self.platform.password(self.name) == "planted-foreign"

    def test_a_token_is_taken_from_the_datastore(self):
        claim = self.accept()["claim"]
        (reference,) = (self.platform.config["vault"]["paasA"]["auth"]["token"],)
        with open(reference.removeprefix("file:")) as file:
            self.action_service.set_value("vault.token", file.read(), local=False)
        config = {**self.platform.config, "vault": {**self.platform.config["vault"]}}
        config["vault"]["paasA"] = {
            **config["vault"]["paasA"],
            "auth": {"method": "token", "token": "datastore:vault.token"},
        }
        action = self.get_action_instance(config=config)
        succeeded, _ = action.run(
            cluster="paasA",
            api_version="paas.internal/v1",
            object_kind="Database",
            namespace="default",
            name=self.name,
            claim=claim,
        )
        assert succeeded
