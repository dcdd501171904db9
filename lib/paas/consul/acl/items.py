"""ACL policies, roles and tokens as they are carried: their content, with links by names that both sides share."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from paas.consul.wire import Wire
from paas.errors import Forbidden, Refused

Kind = Literal["policy", "role", "token"]
#: In the order in which they are made; they are deleted the other way round.
KINDS: tuple[Kind, ...] = ("policy", "role", "token")
_BUILT_IN = "00000000-0000-0000-0000-"
_MANAGEMENT = f"{_BUILT_IN}000000000001"
# Whoever may write ACLs may make a management token.
_WRITES_ACLS = re.compile(r'^\s*acl\s*[:=]\s*"write"', re.MULTILINE)
_FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "policy": ("Name", "Description", "Rules", "Datacenters"),
    "role": ("Name", "Description", "Policies", "ServiceIdentities", "NodeIdentities"),
    "token": (
        "AccessorID",
        "SecretID",
        "Description",
        "Policies",
        "Roles",
        "ServiceIdentities",
        "NodeIdentities",
        "Local",
        "ExpirationTime",
    ),
}


@dataclass(frozen=True)
class Item:
    """One policy, role or token.

    Attributes:
        kind: What it is.
        name: Its name; a token's accessor id. No secret.
        id: Its id on this Consul.
        content: What is written; a token's secret id is in it, so it does not show itself.
    """

    kind: Kind
    name: str
    id: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """A short digest of the content."""
        text = json.dumps(self.content, sort_keys=True).encode()
        return base64.b64encode(blake2b(text, digest_size=15).digest()).decode("ascii")


@dataclass(frozen=True)
class Acls:
    """What there is on one Consul, by kind and name, without what is never carried.

    Attributes:
        items: What may be carried.
        left_out: Why tokens are not, with how many.
    """

    items: Mapping[tuple[Kind, str], Item]
    left_out: Mapping[str, int]


def read_acls(wire: Wire, *, with_secrets: bool) -> Acls:
    """Read the policies, roles and tokens of a Consul, but for those that are built in, that manage, or are the pack's.

    Args:
        wire: The Consul.
        with_secrets: Whether the secret ids are needed; the token must be allowed to write ACLs then.

    Raises:
        Refused: ACLs are off, or the secret ids are hidden.
        ServerError: Consul did not answer.
    """
    try:
        policies = [_read(wire, f"acl/policy/{each['ID']}") for each in _read(wire, "acl/policies")]
    except Forbidden as error:
        if "support disabled" in error.words:
            raise Refused(f"Consul {wire.profile} has its ACLs switched off, so there are none to carry") from None
        raise
    roles, stubs = _read(wire, "acl/roles"), _read(wire, "acl/tokens")
    own = _read(wire, "acl/token/self")["AccessorID"]
    managing = {each["ID"] for each in policies if each["ID"] == _MANAGEMENT or _WRITES_ACLS.search(each["Rules"])}
    managing_roles = {each["ID"] for each in roles if _links(each, "Policies") & managing}
    items: dict[tuple[Kind, str], Item] = {}
    left_out: dict[str, int] = {}
    for policy in policies:
        if policy["ID"] not in managing and not policy["ID"].startswith(_BUILT_IN):
            items["policy", policy["Name"]] = _item("policy", policy)
    for role in roles:
        if role["ID"] not in managing_roles:
            items["role", role["Name"]] = _item("role", role)
    for stub in stubs:
        reason = _reason(stub, own, managing, managing_roles)
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        token = _read(wire, f"acl/token/{stub['AccessorID']}")
        if with_secrets and token.get("SecretID", "<hidden>") == "<hidden>":
            raise Refused(
                f'Consul {wire.profile} hides the tokens from consul.{wire.profile}.token; it needs acl = "write"'
            )
        items["token", token["AccessorID"]] = _item("token", token)
    return Acls(items, left_out)


def _reason(token: Mapping[str, Any], own: str, managing: set[str], managing_roles: set[str]) -> str:
    """Why a token is not carried, "" where it is."""
    if token["AccessorID"] == own:
        return "the_packs_own"
    if token["AccessorID"].startswith(_BUILT_IN):
        return "anonymous"
    if _links(token, "Policies") & managing or _links(token, "Roles") & managing_roles:
        return "management"
    return "signed_in" if token.get("AuthMethod") else ""


def _read(wire: Wire, path: str) -> Any:
    answer = wire.ask("GET", path, operation="read", target=path, parameters=(("consistent", ""),))
    return json.loads(answer.body)


def _links(item: Mapping[str, Any], field_name: str) -> set[str]:
    return {each["ID"] for each in item.get(field_name) or ()}


def _item(kind: Kind, found: Mapping[str, Any]) -> Item:
    name = found["AccessorID"] if kind == "token" else found["Name"]
    content = {key: _shared(found[key]) for key in _FIELDS[kind] if found.get(key) not in (None, [], "", False)}
    return Item(kind, name, found["AccessorID"] if kind == "token" else found["ID"], content)


def _shared(value: Any) -> Any:
    """A value without what differs from one Consul to the other: links go by name."""
    if isinstance(value, list):
        return sorted((_link(each) for each in value), key=json.dumps)
    return value


def _link(each: Any) -> Any:
    return {"Name": each["Name"]} if isinstance(each, Mapping) and "Name" in each else each


def names(items: Iterable[Item]) -> dict[str, list[str]]:
    """The names of items by kind; accessor ids are no secrets."""
    said: dict[str, list[str]] = {}
    for each in items:
        said.setdefault(each.kind, []).append(each.name)
    return {kind: sorted(found) for kind, found in said.items()}
