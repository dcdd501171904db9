"""The first stop: what an object asks for is checked, and the object gets its claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from paas.database.adoption import earlier_claim
from paas.database.claims import ensure_claim
from paas.database.instances import Instance
from paas.database.objects import DatabaseObject, claims_on, mapping
from paas.database.specs import DatabaseSpec, read_spec
from paas.database.status import Report
from paas.settings import DatabaseSettings


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A database that will be made: its claim, its spec, and where its connection and password will lie."""

    claim: str
    spec: DatabaseSpec
    consul_prefix: str
    vault_path: str


def accept(target: DatabaseObject, settings: DatabaseSettings, *, ours: Callable[[], Iterable[Instance]]) -> Accepted:
    """Check what an object asks for, and write its claim on it. Nothing is made outside.

    Args:
        target: The object.
        settings: What may be asked for.
        ours: Gives every database of the platform; asked only for an object without a claim, which may have had one.

    Raises:
        InvalidInput: A field cannot be used.
        Refused: A field asks for what is not allowed, or the object bears a claim that is not its own.
        Outdated: The object is gone, is being deleted, or is another one by now.
        PaasError: It is the copy of an object whose own database is not there yet.
        ServerError: The API server or AWS did not answer.
    """
    ref = target.ref
    found = target.read()
    spec = read_spec(found, name=ref.name, settings=settings)
    where = {"cluster": ref.cluster, "namespace": ref.namespace, "name": ref.name}
    prefix, path = settings.keys.consul_prefix(**where), settings.keys.vault_path(**where)
    # Who names a snapshot wants its data: what an earlier database holds is not that.
    is_known = any(claims_on(found)) or spec.snapshot
    earlier = None if is_known else earlier_claim(found, ref, ours(), engine=spec.engine)
    comes = "its password and its RDS instance come next" if earlier is None else f"its database {earlier} is its own"
    generation = mapping(found.get("metadata")).get("generation")
    pending = Report(
        phase="Pending",
        message=f"accepted; {comes}",
        fields={"consulPrefix": prefix, "vaultPath": path},
        generation=generation if isinstance(generation, int) else None,
    )
    claim = ensure_claim(target, report=pending, earlier=earlier)
    return Accepted(claim=claim, spec=spec, consul_prefix=prefix, vault_path=path)
