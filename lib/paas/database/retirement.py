"""The end of a database: what becomes of it when its object is deleted, decided once and carried out step by step.

An object holds our finalizer, so that it stays until this is done. Two actions act on it: `db_release` lets the object
go and keeps the database, `rds_delete_database` deletes the database first. Both decide here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from paas.database.account import Instances
from paas.database.instances import Instance
from paas.database.objects import FINALIZER, DatabaseObject, claims_on, finalizers_of, is_going, mapping
from paas.database.owners import Owner
from paas.database.specs import deletion_policy
from paas.errors import Outdated, Refused
from paas.settings import DatabaseSettings

KEEP, DELETE, GONE = "keep", "delete", "gone"


class Copies(Protocol):
    """Finds the copies of an object in the other clusters of the platform."""

    def __call__(self, claim: str) -> str | None:
        """The name of another cluster that has an object with that claim, None where none has.

        Raises:
            ServerError: A cluster did not answer.
        """


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a database whose object goes.

    Attributes:
        what: `keep`, `delete`, or `gone` where there is none (any more).
        reason: One CamelCase word.
        message: The sentence.
        policy: The object's deletion policy; None where it cannot be used.
        owner: Whose database it is; None where the object has no claim.
        instance: The database, where there is one of that identifier.
    """

    what: str
    reason: str
    message: str
    policy: str | None = None
    owner: Owner | None = None
    instance: Instance | None = None


def going(target: DatabaseObject) -> dict[str, Any]:
    """The object, re-read from the API server, if it is being deleted and waits for us.

    Raises:
        Refused: It is not being deleted.
        Outdated: It does not wait for us, or is gone.
        ServerError: The API server did not answer.
    """
    found = target.read()
    if not is_going(found):
        raise Refused(f"{target.ref} is not being deleted; delete the object, and its deletionPolicy is followed")
    if FINALIZER not in finalizers_of(found):
        raise Outdated(f"{target.ref} does not wait for its database: it has no finalizer {FINALIZER}")
    return found


def decide(
    target: DatabaseObject,
    found: Mapping[str, Any],
    instances: Instances,
    *,
    settings: DatabaseSettings,
    copies: Copies,
) -> Verdict:
    """Decide what becomes of the database of an object that goes; nothing is touched.

    Whatever is in doubt keeps the database: deleting is for an object whose deletion was meant, whose cluster owns
    the database, and that exists nowhere else.

    Args:
        target: The object.
        found: What `going` gave.
        instances: AWS.
        settings: The policies that may be asked for.
        copies: The same object in other clusters.

    Raises:
        ServerError: A server did not answer; nothing is decided then.
    """
    ref = target.ref
    claim = next((each for each in claims_on(found) if each), None)
    if claim is None:
        return Verdict(what=GONE, reason="NeverMade", message="there was no database")
    owner = Owner(
        claim=str(claim),
        cluster=ref.cluster,
        namespace=ref.namespace,
        name=ref.name,
        api_version=ref.api_version,
        kind=ref.kind,
    )
    policy = deletion_policy(found, settings=settings)
    instance = instances.find(owner.claim)
    known: dict[str, Any] = {"policy": policy, "owner": owner, "instance": instance}

    def keep(reason: str, message: str) -> Verdict:
        return Verdict(what=KEEP, reason=reason, message=f"the database {claim} is kept: {message}", **known)

    recorded = mapping(found.get("status")).get("owner")
    if instance is None:
        if recorded not in (None, ref.cluster):
            return keep("OwnedElsewhere", f"{recorded} owns it")
        if target.definition_is_going():
            return keep("DefinitionDeleted", "its kind itself is being deleted, and nothing is concluded from that")
        return Verdict(what=GONE, reason="Gone", message=f"AWS has no RDS instance {claim}", **known)
    if not owner.is_same_database(instance.owner):
        return keep("NotOurs", "it is not this object's")
    assert instance.owner is not None
    if instance.owner.cluster != ref.cluster:
        return keep("OwnedElsewhere", f"{instance.owner.cluster} owns it")
    if target.definition_is_going():
        return keep("DefinitionDeleted", "its kind itself is being deleted, and nothing is concluded from that")
    if policy is None:
        return keep("PolicyUnknown", "its deletionPolicy cannot be followed as it is")
    if policy == "Retain":
        return keep("Retained", "its deletionPolicy is Retain")
    if not settings.deletion_follows_policy:
        return keep("DeletionIsOff", "the setting databases.deletion_follows_policy is false")
    if (other := copies(owner.claim)) is not None:
        return keep("CopyElsewhere", f"{other} has the same object; kubernetes.db_hand_over gives it the database")
    return Verdict(what=DELETE, reason=policy, message=f"deleted by its deletionPolicy {policy}", **known)
