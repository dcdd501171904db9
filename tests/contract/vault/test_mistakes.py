"""Mistakes put into the stand-in on purpose: the suite must see each, or it guards nothing."""

import threading

import pytest

from lab.standins.httpd import HttpServer
from lab.standins.vault.kv2 import KvTwo
from lab.standins.vault.policies import Policies, Rule
from lab.standins.vault.server import Vault
from lab.standins.vault.tokens import Tokens
from tests.contract.subjects import STAND_IN, Subject
from tests.contract.vault import test_kv2, test_policies, test_tokens


@pytest.fixture
def vault(tmp_path):
    """A stand-in in this process, so that a mistake can be put into it."""
    stand_in = Vault(directory=tmp_path)
    made = stand_in.seal.initialise({"secret_shares": 1, "secret_threshold": 1})
    stand_in.seal.unseal({"key": made["keys"][0]})
    stand_in.mounts.mount("secret", "secret/", {"type": "kv", "options": {"version": "2"}})
    server = HttpServer(stand_in.respond)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield Subject(STAND_IN, f"http://127.0.0.1:{server.port}", {"X-Vault-Token": made["root_token"]})
    server.shutdown()
    server.server_close()


def cas_that_compares_nothing(monkeypatch):
    monkeypatch.setattr(KvTwo, "_check", lambda backend, call, secret: None)


def deletion_that_forgets_the_version(monkeypatch):
    monkeypatch.setattr(KvTwo, "_soft_delete", lambda backend, secret, numbers: secret.update(versions={}, current=0))


def deny_that_adds_up_with_the_rest(monkeypatch):
    decide = Policies._decide
    monkeypatch.setattr(Policies, "_decide", lambda policies, rules, path: decide(policies, rules, path) - {"deny"})


def first_rule_that_fits(monkeypatch):
    monkeypatch.setattr(Rule, "rank", property(lambda rule: (0, False, 0, 0, "")))


def orphans_by_mistake(monkeypatch):
    revoke = Tokens.revoke
    monkeypatch.setattr(Tokens, "revoke", lambda tokens, token, children=True: revoke(tokens, token, children=False))


@pytest.mark.parametrize(
    ("mistake", "test", "more"),
    [
        (cas_that_compares_nothing, test_kv2.test_cas_0_only_creates, {}),
        (deletion_that_forgets_the_version, test_kv2.test_a_soft_deleted_secret_is_not_created_anew_with_cas_0, {}),
        (deny_that_adds_up_with_the_rest, test_policies.test_deny_is_stronger_than_what_another_policy_allows, {}),
        (
            first_rule_that_fits,
            test_policies.test_the_narrower_rule_decides,
            {"wide": "{}/*", "narrow": "{}/a", "where": "{}/a"},
        ),
        (orphans_by_mistake, test_tokens.test_children_go_with_their_parent, {}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_mistake_is_caught(vault, path, name, as_token, monkeypatch, mistake, test, more):
    arguments = {"vault": vault, "path": path, "name": name, "as_token": as_token, **more}
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    given = {argument: arguments[argument] for argument in wanted}
    test(**given)
    mistake(monkeypatch)
    if "path" in given:
        given["path"] += "-mistaken"
    with pytest.raises(AssertionError):
        test(**given)
