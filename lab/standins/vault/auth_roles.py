"""What the roles of AppRole and Kubernetes auth have in common: the token_* settings and the token they lead to."""

from __future__ import annotations

from typing import Any

from lab.standins.vault.answers import VaultError
from lab.standins.vault.times import named_list, seconds
from lab.standins.vault.tokens import Token, Tokens, made_up

TOKEN_SETTINGS: dict[str, Any] = {
    "token_bound_cidrs": [],
    "token_explicit_max_ttl": 0,
    "token_max_ttl": 0,
    "token_no_default_policy": False,
    "token_num_uses": 0,
    "token_period": 0,
    "token_policies": [],
    "token_ttl": 0,
    "token_type": "default",
}
TIMES = ("token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl", "secret_id_ttl")
LISTS = ("token_bound_cidrs", "token_policies", "bound_service_account_names", "bound_service_account_namespaces")
# Names from before Vault 1.2, still taken.
OLDER = {"policies": "token_policies", "period": "token_period", "ttl": "token_ttl", "max_ttl": "token_max_ttl"}


def updated(role: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """A role with the settings of a request; what a role does not have is ignored.

    Raises:
        VaultError: 400; the lifetimes contradict each other.
    """
    role = dict(role)
    for name, value in data.items():
        field = OLDER.get(name, name)
        if field not in role:
            continue
        if field in TIMES:
            role[field] = seconds(value)
        elif field in LISTS:
            role[field] = named_list(value)
        else:
            role[field] = value
    if role["token_max_ttl"] and role["token_ttl"] > role["token_max_ttl"]:
        raise VaultError(400, "token_ttl should not be greater than token_max_ttl")
    return role


def issue(
    tokens: Tokens, role: dict[str, Any], *, path: str, display_name: str, meta: dict[str, str], entity: str
) -> Token:
    """The token that a login by this role leads to; `entity` is who logged in. The mount leads the display name."""
    mount = path.removeprefix("auth/").removesuffix("/login")
    policies = {name.lower() for name in role["token_policies"]}
    if not role["token_no_default_policy"]:
        policies.add("default")
    return tokens.issue(
        policies=sorted(policies),
        path=path,
        display_name=f"{mount}-{display_name}" if display_name else mount,
        ttl=role["token_ttl"],
        max_ttl=role["token_max_ttl"],
        explicit_max_ttl=role["token_explicit_max_ttl"],
        period=role["token_period"],
        num_uses=int(role["token_num_uses"]),
        meta=meta,
        entity_id=entity or made_up(),
    )
