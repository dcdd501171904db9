"""The claim: minted once, written on the object before anything is made outside, kept for the database's life."""

from __future__ import annotations

from typing import Any

from paas.database import identifiers
from paas.database.instances import NotItsOwn
from paas.database.objects import CLAIM_ANNOTATION, FINALIZER, DatabaseObject, claims_on, finalizers_of, mapping
from paas.database.status import Report, apply


def ensure_claim(target: DatabaseObject, *, report: Report, earlier: str | None = None) -> str:
    """Give the object a claim, or take the one that it has.

    The status comes first: a developer cannot write it, while the annotation is what an object keeps when it is
    recreated in another cluster. Whichever is there is used, and the other is completed. A kind without a status
    subresource gets both in one write. The finalizer comes with the annotation.

    Args:
        target: The object.
        report: What its status says with a new claim.
        earlier: The claim that it had before, where it has none any more; a new one is minted where it never had one.

    Returns:
        The claim, which stands on the object when this returns.

    Raises:
        NotItsOwn: The object has a claim that was never minted for it.
        Outdated: The object is gone or is another one by now.
        ServerError: The API server did not take it.
    """
    minted = earlier or identifiers.mint_claim(namespace=target.ref.namespace, name=target.ref.name)

    def claim_of(found: dict[str, Any]) -> str:
        in_status, in_annotation = claims_on(found)
        claim = in_status or in_annotation or minted
        if not identifiers.is_claim_of(claim, namespace=target.ref.namespace, name=target.ref.name):
            where = "status.claim" if in_status else f"annotation {CLAIM_ANNOTATION}"
            raise NotItsOwn(
                f"{target.ref}: its {where} was not minted for this object; remove it, or restore the right one"
            )
        return str(claim)

    def into_status(found: dict[str, Any]) -> None:
        claim = claim_of(found)
        if mapping(found.get("status")).get("claim") != claim:
            apply(found, report, has_generations=target.has_status)
            found["status"] = {**mapping(found.get("status")), "claim": claim}
        if not target.has_status:
            into_annotation(found)

    def into_annotation(found: dict[str, Any]) -> None:
        metadata = found["metadata"]
        metadata["annotations"] = {**mapping(metadata.get("annotations")), CLAIM_ANNOTATION: claim_of(found)}
        if FINALIZER not in finalizers_of(found):
            metadata["finalizers"] = [*finalizers_of(found), FINALIZER]

    written = target.change(into_status, status=True)
    if target.has_status:
        written = target.change(into_annotation, status=False)
    return claim_of(written)
