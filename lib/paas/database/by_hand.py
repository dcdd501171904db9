"""Databases asked for, looked at and retired by a person at a shell or in Slack, through their objects alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.database.account import Instances
from paas.database.deletion import Services
from paas.database.listing import Asking, row
from paas.database.objects import DatabaseObject, claims_on, is_going, mapping
from paas.database.retirement import decide
from paas.database.specs import read_spec
from paas.errors import Conflict, Refused
from paas.settings import DatabaseSettings


def ask_for(
    target: DatabaseObject, spec: Mapping[str, Any], *, settings: DatabaseSettings, dry_run: bool = False
) -> dict[str, Any]:
    """Create the object that asks for a database; the rules do the rest.

    Args:
        target: The object that shall be.
        spec: Its spec.
        settings: What may be asked for: what is refused is refused before the object is made.
        dry_run: Only check.

    Returns:
        Whether it was created, and the phase of the one that was there.

    Raises:
        InvalidInput: A field cannot be used.
        Refused: A field asks for what is not allowed, or there is an object of that name that asks for something else.
        ServerError: The API server did not take it.
    """
    ref = target.ref
    body = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"namespace": ref.namespace, "name": ref.name},
        "spec": dict(spec),
    }
    read_spec(body, name=ref.name, settings=settings)
    if dry_run:
        return {"created": False, "phase": None}
    try:
        target.create(body)
    except Conflict:
        there = target.read()
        if mapping(there.get("spec")) != body["spec"]:
            raise Refused(f"there is a {ref} already that asks for something else; edit that one") from None
        return {"created": False, "phase": mapping(there.get("status")).get("phase")}
    return {"created": True, "phase": None}


def look_at(target: DatabaseObject, instances: Instances) -> dict[str, Any]:
    """Everything that is known of one database: its object, its instance, where its connection lies, what was said.

    Raises:
        Outdated: There is no such object.
        ServerError: The API server or AWS did not answer.
    """
    each = Asking(cluster=target.ref.cluster, found=target.read())
    instance = instances.find(each.claim) if each.claim else None
    owner = instance.owner if instance else None
    is_its_own = owner is not None and (owner.namespace, owner.name) == (each.namespace, each.name)
    status = mapping(each.found.get("status"))
    conditions = status.get("conditions")
    return {
        **row(each, instance if is_its_own else None),
        "consul_prefix": status.get("consulPrefix"),
        "vault_path": status.get("vaultPath"),
        "conditions": [
            {key: str(mapping(said).get(key) or "") for key in ("type", "status", "reason", "message")}
            for said in (conditions if isinstance(conditions, list) else ())
        ],
    }


def retire(target: DatabaseObject, services: Services, *, claim: str | None, dry_run: bool) -> dict[str, Any]:
    """Delete the object of a database; what becomes of the database is its deletionPolicy's and the rules' affair.

    Args:
        target: The object, whether it is being deleted or not.
        services: What the end of a database needs, to tell what would become of it.
        claim: The claim that the caller means: without it nothing is deleted.
        dry_run: Only tell.

    Returns:
        The object, its claim, its deletion policy, and what becomes of the database, in words.

    Raises:
        Refused: The claim is not this object's.
        Outdated: There is no such object.
        ServerError: A server did not answer.
    """
    found = target.read()
    there = next((str(each) for each in claims_on(found) if each), "none")
    if not dry_run and claim != there:
        raise Refused(f"{target.ref} has the claim {there}, not {claim}; look at it once more before it is retired")
    verdict = decide(target, found, services.instances, settings=services.settings, copies=services.copies)
    where = {"cluster": target.ref.cluster, "namespace": target.ref.namespace, "name": target.ref.name}
    told = {**where, "claim": there, "policy": verdict.policy, "verdict": verdict.what, "message": verdict.message}
    if dry_run or is_going(found):
        return {**told, "deleted": False}
    target.delete(uid=str(mapping(found.get("metadata")).get("uid")))
    return {**told, "deleted": True}
