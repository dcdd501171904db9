"""How far a database has come, as its object will say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.database.instances import Instances, failure, recognised
from paas.database.owners import Owner
from paas.database.publishing import KeyStore, publish
from paas.database.status import Report
from paas.errors import PaasError

# What a developer can put right alone; everything else is for the platform's operators.
_REFUSALS = ("Refused", "InvalidInput")


def advance(keys: KeyStore, instances: Instances, *, owner: Owner, prefix: str) -> tuple[Report, tuple[str, ...]]:
    """Look at a database and publish it if it is available and this cluster owns it.

    Args:
        keys: The Consul of the owner's cluster.
        instances: AWS.
        owner: Whose database it is, seen from this cluster.
        prefix: The folder in Consul.

    Returns:
        What to say on the object, and the full names of the keys that were written.

    Raises:
        PaasError: There is no such instance, or AWS says that it has failed.
        Refused: The instance or the keys are somebody else's.
        ServerError: AWS or Consul did not answer.
    """
    instance = instances.find(owner.claim)
    if instance is None:
        raise PaasError(f"AWS has no RDS instance {owner.claim}; db_create_chain makes it")
    there = recognised(instance, owner).owner
    assert there is not None
    if instance.has_failed:
        raise failure(instance, instances.why(owner.claim))
    connection = {"endpoint": instance.endpoint, "port": instance.port, "owner": there.cluster}
    if there.cluster != owner.cluster:
        message = f"{there.cluster} owns this database: it is published, changed and deleted from there alone"
        phase = "Available" if instance.is_available else "Creating"
        return Report(phase=phase, reason="OwnedElsewhere", message=message, fields=connection), ()
    if not instance.is_available:
        return Report(phase="Creating", message=f"AWS says {instance.status}", fields={"owner": there.cluster}), ()
    written = publish(keys, instances, instance, prefix=prefix)
    return Report(phase="Available", message=f"published in Consul under {prefix}/", fields=connection), written


def report_of_failure(failed: Mapping[str, Any]) -> Report | None:
    """What to say about a task that failed.

    Args:
        failed: Its result, as `PaasError.as_result` gave it; {} where it ended without one, as at a timeout.

    Returns:
        The report; None where there is nothing to say, because the object is gone or is another one by now.
    """
    kind = failed.get("error")
    if kind == "Outdated":
        return None
    message = failed.get("message") or "a step ended without an answer; see the execution of its chain in StackStorm"
    return Report(
        phase="Refused" if kind in _REFUSALS else "Failed", reason=str(kind or "NoAnswer"), message=str(message)
    )
