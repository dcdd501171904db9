"""A new password for the master user, without a moment in which it is known to nobody."""

from __future__ import annotations

from collections.abc import Mapping

from paas.database import passwords
from paas.database.account import Instances
from paas.database.credentials import CLAIM, PASSWORD, SecretStore, holds_password
from paas.database.instances import owned
from paas.database.owners import Owner
from paas.errors import Incomplete, PaasError

# The password that is on its way to AWS. A run that was killed left it here, and the next one sends the same again.
NEXT = "rds_password_next"


def rotate(
    store: SecretStore,
    instances: Instances,
    *,
    path: str,
    owner: Owner,
    copies: Mapping[str, tuple[SecretStore, str]] | None = None,
    lost: bool = False,
    dry_run: bool = False,
) -> dict[str, object]:
    """Give the master user of a database a new password.

    The order: the new one goes to Vault beside the old one, then to AWS, then to the copies that a hand-over left in
    other Vaults, then takes the old one's place. AWS applies it within seconds to minutes; a reader that is refused
    meanwhile reads the secret again, and finds both.

    Args:
        store: The Vault of the owner's cluster.
        instances: AWS.
        path: The secret's path.
        owner: Whose database it is.
        copies: The Vaults of the other clusters, each with the secret's path there; those that hold this database's
            password get the new one.
        lost: Also where Vault does not hold the present password any more.
        dry_run: Only look.

    Returns:
        `rotated`, `resumed` where an earlier run's password was sent on, and the clusters whose `copies` were renewed.

    Raises:
        Incomplete: It is rotated, and a copy in another Vault was not renewed.
        Refused: The database is somebody else's, or another cluster's.
        PaasError: There is no database, it takes no change now, or its password is lost and `lost` was not said.
        Conflict: Somebody else writes there too.
        ServerError: Vault or AWS did not do their part.
    """
    instance = instances.find(owner.claim)
    if instance is None:
        raise PaasError(f"AWS has no RDS instance {owner.claim}")
    owned(instance, owner)
    if not instance.is_available:
        raise PaasError(f"RDS instance {owner.claim} is {instance.status}; try again once it is available")
    found = store.read(path)
    held = holds_password(found, owner)
    if not held and not lost:
        raise PaasError(f"{path} does not hold the password of {owner.claim}; restore it, or say lost=true")
    if found is not None and not held and (found.data or {}).get(CLAIM) not in (None, owner.claim):
        raise PaasError(f"{path} holds another database's password; it is left alone")
    data = dict(found.data or {}) if found is not None and held else {CLAIM: owner.claim}
    resumed = NEXT in data
    if dry_run:
        return {"rotated": False, "resumed": resumed}
    if not resumed:
        data[NEXT] = passwords.generate().reveal()
        store.write(path, data, replaces=found)
        found = store.read(path)
    if found is None or found.data is None or NEXT not in found.data:
        raise PaasError(f"{path} changed while the password of {owner.claim} was rotated; run it again")
    # What Vault holds is sent, not what was generated: another run may have been faster.
    new = found.data[NEXT]
    instances.modify(instance, {"MasterUserPassword": new, "ApplyImmediately": True})
    renewed, left = _renew(copies or {}, owner=owner, password=new)
    settled = {name: value for name, value in found.data.items() if name != NEXT}
    store.write(path, {**settled, PASSWORD: new}, replaces=found)
    result: dict[str, object] = {"rotated": True, "resumed": resumed, "copies": renewed}
    if left:
        said = "; ".join(f"{cluster}: {why}" for cluster, why in left.items())
        raise Incomplete(
            f"the password of {owner.claim} is rotated, and a copy of it may still be the old one ({said}); "
            f"kubernetes.vault_copy with path={path} and overwrite=true brings it there",
            result=result,
        )
    return result


def _renew(
    copies: Mapping[str, tuple[SecretStore, str]], *, owner: Owner, password: str
) -> tuple[list[str], dict[str, str]]:
    """Put the new password into the copies of the old one; the clusters that have it now, and why others have not."""
    renewed, left = [], {}
    for cluster, (store, path) in copies.items():
        try:
            found = store.read(path)
            if found is None or found.data is None or not holds_password(found, owner):
                continue
            if found.data[PASSWORD] != password:
                store.write(path, {**found.data, PASSWORD: password}, replaces=found)
            renewed.append(cluster)
        except PaasError as error:
            # The database has the new one already, and whoever owns it must find it: a copy does not hold that up.
            left[cluster] = str(error)
    return renewed, left
