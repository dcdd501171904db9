"""ACL policies, roles and tokens as they are written: what is checked, what is filled in."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import uuid
from typing import Any

from lab.standins import hcl
from lab.standins.consul.authorize import Rules
from lab.standins.consul.queries import HttpError
from lab.standins.consul.store import Change, State

KINDS = {"policy": "policies", "role": "roles", "token": "tokens"}
LEVELS = ("read", "list", "write", "deny")


def add_rules(rules: Rules, text: str) -> None:
    """Merge a policy's text into rules.

    Raises:
        hcl.BadPolicy: The text is none.
    """
    for name, labels, value in hcl.parse(text):
        level = value.get("policy", "deny") if isinstance(value, dict) else value
        if level not in LEVELS:
            raise hcl.BadPolicy(f"Invalid {name} policy: {value!r}")
        if not labels:
            rules.add(rules.plain, name, level)
        elif name.endswith("_prefix"):
            rules.add(rules.prefix.setdefault(name.removesuffix("_prefix"), {}), labels[0], level)
        else:
            rules.add(rules.exact.setdefault(name, {}), labels[0], level)


def save_policy(change: Change, item_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Write a policy.

    Raises:
        HttpError: 500, in Consul's words.
    """
    name = wanted.get("Name", "")
    if not name:
        raise HttpError(500, "Invalid Policy: no Name is set")
    same_name = named(change.state, "policy", name)
    if item_id and item_id not in change.state.acl["policy"]:
        raise HttpError(500, f"cannot find policy {item_id}")
    if same_name is not None and same_name["ID"] != item_id:
        raise HttpError(500, f'Invalid Policy: A Policy with Name "{name}" already exists')
    try:
        add_rules(Rules(), wanted.get("Rules", ""))
    except hcl.BadPolicy as error:
        raise HttpError(500, f"Failed to parse ACL rules: {error}") from None
    item_id = item_id or str(uuid.uuid4())
    item = {
        "ID": item_id,
        "Name": name,
        "Description": wanted.get("Description", ""),
        "Rules": wanted.get("Rules", ""),
    }
    if wanted.get("Datacenters"):
        item["Datacenters"] = wanted["Datacenters"]
    return put(change, "policy", item_id, item)


def save_role(change: Change, item_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Write a role.

    Raises:
        HttpError: 500, in Consul's words.
    """
    name = wanted.get("Name", "")
    if not name:
        raise HttpError(500, "Invalid Role: no Name is set")
    same_name = named(change.state, "role", name)
    if item_id and item_id not in change.state.acl["role"]:
        raise HttpError(500, f"cannot find role {item_id}")
    if same_name is not None and same_name["ID"] != item_id:
        raise HttpError(500, f'Invalid Role: A Role with Name "{name}" already exists')
    item_id = item_id or str(uuid.uuid4())
    item = {"ID": item_id, "Name": name, "Description": wanted.get("Description", "")}
    item |= _links(change.state, "policy", wanted.get("Policies"))
    return put(change, "role", item_id, item)


def save_token(change: Change, item_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Write a token.

    Raises:
        HttpError: 500, in Consul's words.
    """
    tokens = change.state.acl["token"]
    existing = tokens.get(item_id)
    if item_id and existing is None:
        raise HttpError(500, f'Cannot find token "{item_id}"')
    accessor = item_id or wanted.get("AccessorID") or str(uuid.uuid4())
    secret = wanted.get("SecretID") or (existing or {}).get("SecretID") or str(uuid.uuid4())
    for what, value in (("AccessorID", accessor), ("SecretID", secret)):
        if not _is_uuid(value) and value != (existing or {}).get(what):
            raise HttpError(500, f"Invalid Token: {what} - not a valid UUID")
    if existing is not None and secret != existing["SecretID"]:
        raise HttpError(500, "Changing a token's SecretID is not permitted")
    if existing is None and accessor in tokens:
        raise HttpError(500, "Invalid Token: AccessorID is already in use")
    if existing is None and any(token["SecretID"] == secret for token in tokens.values()):
        raise HttpError(500, "Invalid Token: SecretID is already in use")
    item = {"AccessorID": accessor, "SecretID": secret, "Description": wanted.get("Description", "")}
    item |= _links(change.state, "policy", wanted.get("Policies"))
    item |= _links(change.state, "role", wanted.get("Roles"))
    item["Local"] = bool(wanted.get("Local", False))
    if wanted.get("ExpirationTime"):
        item["ExpirationTime"] = wanted["ExpirationTime"]
    item["CreateTime"] = existing["CreateTime"] if existing else now()
    return put(change, "token", accessor, item)


def _links(state: State, kind: str, wanted: list[dict[str, str]] | None) -> dict[str, Any]:
    """Links to policies or roles with both id and name, whichever was given."""
    links = []
    for link in wanted or []:
        found = state.acl[kind].get(link.get("ID", "")) or named(state, kind, link.get("Name", ""))
        if found is None:
            shown = f'name "{link["Name"]}"' if link.get("Name") else f'ID "{link.get("ID", "")}"'
            raise HttpError(500, f"No such ACL {kind} with {shown}")
        links.append({"ID": found["ID"], "Name": found["Name"]})
    return {KINDS[kind].capitalize(): links} if links else {}


def unlink(change: Change, kind: str, item_id: str) -> None:
    """Take the links to a deleted policy or role out of whatever had them."""
    field = KINDS[kind].capitalize()
    for holder in ("role", "token"):
        for holder_id, item in list(change.state.acl[holder].items()):
            links = item.get(field) or []
            kept = [link for link in links if link["ID"] != item_id]
            if len(kept) < len(links):
                rest = {name: value for name, value in item.items() if name != field}
                change.put_acl(holder, holder_id, {**rest, **({field: kept} if kept else {})})


def put(change: Change, kind: str, item_id: str, item: dict[str, Any]) -> dict[str, Any]:
    """Put an item in place with its hash and its indexes."""
    existing = change.state.acl[kind].get(item_id)
    digest = hashlib.blake2b(json.dumps(item, sort_keys=True).encode(), digest_size=32).digest()
    indexes = {"CreateIndex": existing["CreateIndex"] if existing else change.index, "ModifyIndex": change.index}
    item = {**item, "Hash": base64.b64encode(digest).decode(), **indexes}
    change.put_acl(kind, item_id, item)
    return item


def named(state: State, kind: str, name: str) -> dict[str, Any] | None:
    """The item of this name, None where there is none."""
    return next((item for item in state.acl[kind].values() if item.get("Name") == name), None) if name else None


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def now() -> str:
    """The moment as the API writes it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
