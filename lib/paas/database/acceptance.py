"""The first stop: what an object asks for is checked, and the object gets its claim."""

from __future__ import annotations

from dataclasses import dataclass

from paas.database.claims import ensure_claim
from paas.database.objects import DatabaseObject, mapping
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


def accept(target: DatabaseObject, settings: DatabaseSettings) -> Accepted:
    """Check what an object asks for, and write its claim on it. Nothing is made outside.

    Raises:
        InvalidInput: A field cannot be used.
        Refused: A field asks for what is not allowed, or the object bears a claim that is not its own.
        Outdated: The object is gone, is being deleted, or is another one by now.
        ServerError: The API server did not answer.
    """
    ref = target.ref
    found = target.read()
    spec = read_spec(found, name=ref.name, settings=settings)
    where = {"cluster": ref.cluster, "namespace": ref.namespace, "name": ref.name}
    prefix, path = settings.keys.consul_prefix(**where), settings.keys.vault_path(**where)
    generation = mapping(found.get("metadata")).get("generation")
    pending = Report(
        phase="Pending",
        message="accepted; its password and its RDS instance come next",
        fields={"consulPrefix": prefix, "vaultPath": path},
        generation=generation if isinstance(generation, int) else None,
    )
    return Accepted(claim=ensure_claim(target, report=pending), spec=spec, consul_prefix=prefix, vault_path=path)
