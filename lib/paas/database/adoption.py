"""An object without a claim finds the database that is its own by AWS's tags, before another one is ordered for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from paas.database.instances import Instance
from paas.database.objects import ObjectRef, mapping
from paas.errors import PaasError, Refused

# Left by a migration on what it made: JSON with the source's name as `cluster`, and what it did as `did`.
MIGRATED_ANNOTATION = "paas.internal/migrated"
_MADE = ("create", "recreate")


def earlier_claim(found: Mapping[str, Any], ref: ObjectRef, ours: Iterable[Instance], *, engine: str) -> str | None:
    """The claim of the database that an object had before its claim was lost.

    Objects come back without their annotations when a CRD was deleted by mistake and everything is applied again; a
    copy may have been made by a migration before its original had a claim to take along.

    Args:
        found: The object, which has no claim.
        ref: The same, by its identity.
        ours: Every database of the platform.
        engine: The engine that the object asks for.

    Returns:
        The claim; None where the object never had a database.

    Raises:
        Refused: There are several, and nobody but a person knows which one is meant; or it is of another engine.
        PaasError: It is the copy of an object whose own database is not there yet.
    """
    original = _copied_from(found)
    group = ref.api_version.rpartition("/")[0]
    engines = {
        owner.claim: each.engine
        for each in ours
        if (owner := each.owner) is not None
        and (owner.namespace, owner.name, owner.kind) == (ref.namespace, ref.name, ref.kind)
        and owner.api_version.rpartition("/")[0] == group
        and owner.cluster in (ref.cluster, original)
        and not each.is_retiring
    }
    claims = sorted(engines)
    if len(claims) > 1:
        raise Refused(
            f"{ref} has no claim, and {', '.join(claims)} were made for an object of that name; "
            "set the annotation paas.internal/claim to the one that is meant"
        )
    if not claims and original is not None:
        raise PaasError(
            f"{ref} is a copy of the one in {original}, whose database is not there yet; it is taken over once it is. "
            f"To make one of its own, remove the annotation {MIGRATED_ANNOTATION}"
        )
    if claims and engines[claims[0]] != engine:
        raise Refused(
            f"{ref} asks for {engine}, and {claims[0]}, which was kept of an earlier object of that name, is "
            f"{engines[claims[0]]}: ask for that engine, name the object differently, or delete {claims[0]}"
        )
    return claims[0] if claims else None


def _copied_from(found: Mapping[str, Any]) -> str | None:
    """The cluster of the object that a migration made this one from."""
    text = mapping(mapping(found.get("metadata")).get("annotations")).get(MIGRATED_ANNOTATION)
    try:
        mark = mapping(json.loads(text)) if isinstance(text, str) else {}
    except ValueError:
        return None
    cluster = mark.get("cluster")
    return cluster if isinstance(cluster, str) and cluster and mark.get("did", "create") in _MADE else None
