"""What the Vault stand-in does otherwise than Vault 1.14."""

from __future__ import annotations

import itertools

import requests

from tests.contract.differences import Difference

NUMBERS = itertools.count(1)


def _words_about_a_bad_policy(vault) -> str:
    return vault.put("sys/policies/acl/differences", json={"policy": "path {"}).json()["errors"][0]


def _deleted_after(vault) -> str:
    """The deletion time of a version whose secret says that versions live for an hour."""
    path = f"differences/after-{next(NUMBERS)}"
    vault.post(f"secret/metadata/{path}", {"delete_version_after": "1h"})
    return vault.post(f"secret/data/{path}", {"data": {"k": "v"}}).json()["data"]["deletion_time"][:1]


def _bound_to_an_address(vault) -> int:
    """Looks itself up with a token that is bound to another machine's address."""
    name = f"differences-{next(NUMBERS)}"
    vault.post(f"auth/token/roles/{name}", {"token_bound_cidrs": ["192.0.2.0/24"], "allowed_policies": ["default"]})
    token = vault.post(f"auth/token/create/{name}", {}).json()["auth"]["client_token"]
    return vault.get("auth/token/lookup-self", headers={"X-Vault-Token": token}).status_code


def _own_secret_path(vault) -> int:
    return vault.post("cubbyhole/a", {"k": "v"}).status_code


def _wrapped(vault) -> bool:
    headers = {**vault.headers, "X-Vault-Wrap-TTL": "60s"}
    return vault.get("auth/token/lookup-self", headers=headers).json().get("wrap_info") is not None


def _identity_in_a_policy(vault) -> int:
    text = 'path "secret/data/{{identity.entity.id}}/*" { capabilities = ["read"] }'
    name = f"differences-{next(NUMBERS)}"
    vault.put(f"sys/policies/acl/{name}", json={"policy": text})
    token = vault.post("auth/token/create", {"policies": [name]}).json()["auth"]["client_token"]
    path = "secret/data/{{identity.entity.id}}/a"
    return vault.get(path, headers={"X-Vault-Token": token}).status_code


def _batch_token(vault) -> str:
    return vault.post("auth/token/create", {"type": "batch", "policies": ["default"]}).json()["auth"]["token_type"]


def _allowed_parameters(vault) -> int:
    """Writes a value that a policy's `allowed_parameters` do not allow, in KV version 1."""
    name = f"differences-{next(NUMBERS)}"
    text = f'path "kv1/{name}" {{ capabilities = ["create", "update"] allowed_parameters = {{ "k" = ["good"] }} }}'
    vault.put(f"sys/policies/acl/{name}", json={"policy": text})
    token = vault.post("auth/token/create", {"policies": [name]}).json()["auth"]["client_token"]
    return vault.post(f"kv1/{name}", {"k": "bad"}, headers={"X-Vault-Token": token}).status_code


def _faults(vault) -> int:
    return requests.get(f"{vault.url}/__lab__/faults", timeout=10).status_code


DIFFERENCES = [
    Difference(
        "words about a policy that does not parse",
        "The stand-in has a parser of its own. The status and the beginning of the words are the same.",
        _words_about_a_bad_policy,
        real="failed to parse policy: At 1:8: object expected closing RBRACE got: EOF",
        stand_in="failed to parse policy: object expected closing '}', got the end",
    ),
    Difference(
        "versions that delete themselves",
        "delete_version_after is taken and ignored: nothing here sets it.",
        _deleted_after,
        real="2",
        stand_in="",
    ),
    Difference(
        "tokens bound to addresses",
        "Bound CIDRs are kept and not enforced: everything in a lab comes from 127.0.0.1.",
        _bound_to_an_address,
        real=403,
        stand_in=200,
    ),
    Difference(
        "a token's own secrets",
        "There is no cubbyhole.",
        _own_secret_path,
        real=204,
        stand_in=404,
    ),
    Difference(
        "response wrapping",
        "X-Vault-Wrap-TTL is ignored.",
        _wrapped,
        real=True,
        stand_in=False,
    ),
    Difference(
        "identities in policies",
        "Templated paths are taken as they are written; Vault drops such a rule for a token without an identity.",
        _identity_in_a_policy,
        real=403,
        stand_in=404,
    ),
    Difference(
        "batch tokens",
        "Every token is a service token.",
        _batch_token,
        real="batch",
        stand_in="service",
    ),
    Difference(
        "parameters in policies",
        "allowed_parameters, denied_parameters and required_parameters are read and not enforced.",
        _allowed_parameters,
        real=403,
        stand_in=204,
    ),
    Difference(
        "faults on request",
        "Only the stand-in can be told to fail; before the real one stands the fault proxy.",
        _faults,
        real=404,
        stand_in=200,
    ),
]
