"""Which keys a pair carries, and what they are called on the destination."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from paas.settings import RESERVED, SyncPair

#: Keys that every Vault keeps at the root of its storage.
VAULT_MARKS = ("core/seal-config", "core/keyring")


class Scope:
    """The prefixes, exclusions and names of one pair.

    A folder that is named more exactly counts more: `vault/` among the prefixes carries it although it is excluded.

    Args:
        pair: The pair.
        vaults: Folders found to be a Vault's own storage; excluded unless they are named.

    Attributes:
        reads: The folders of the source to read; none lies in another.
        writes: The folders of the destination where the keys arrive.
        vaults: The folders that were found to be a Vault's own storage.
    """

    def __init__(self, pair: SyncPair, *, vaults: Iterable[str] = ()) -> None:
        self._prefixes = pair.prefixes
        self.vaults = tuple(vaults)
        named = [root for root in self.vaults if not any(prefix.startswith(root) for prefix in pair.prefixes)]
        self._exclude = (*pair.exclude, *named)
        # Most keys lie in none of these.
        self._special = (RESERVED, *self._exclude)
        self._rules = sorted(pair.key_map.items(), key=lambda rule: -len(rule[0]))
        self.reads = outermost(pair.prefixes)
        inside = [target for origin, target in self._rules for read in self.reads if origin.startswith(read)]
        self.writes = outermost([*(self._renamed(read) for read in self.reads), *inside])

    def destination_of(self, key: str) -> str | None:
        """A source key's name on the destination, None where it is not carried."""
        if not (self._included(key) if key.startswith(self._special) else key.startswith(self._prefixes)):
            return None
        if not self._rules:
            return key
        name = self._renamed(key)
        return None if name.startswith(RESERVED) else name

    def origin_of(self, name: str) -> str | None:
        """The source key that would have this name on the destination, None where no key that is carried would."""
        for origin, target in self._rules:
            if name.startswith(target):
                key = origin + name[len(target) :]
                if self.destination_of(key) == name:
                    return key
        return name if self.destination_of(name) == name else None

    def _included(self, key: str) -> bool:
        """Whether a key is carried that is the sync's own or lies in a folder that is excluded."""
        if key.startswith(RESERVED):
            return False
        most = max(len(each) for each in self._exclude if key.startswith(each))
        return any(key.startswith(each) and len(each) >= most for each in self._prefixes)

    def _renamed(self, key: str) -> str:
        for origin, target in self._rules:
            if key.startswith(origin):
                return target + key[len(origin) :]
        return key


def outermost(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes that no other one covers, each once."""
    given = sorted(set(prefixes))
    return tuple(each for each in given if not any(each != other and each.startswith(other) for other in given))


def marks_vault(key: str) -> bool:
    """Whether a key may make the folder that it lies in a Vault's storage."""
    return key.endswith(VAULT_MARKS)


def vault_roots(keys: Collection[str]) -> tuple[str, ...]:
    """Folders in which a Vault keeps its own storage: what it wrote is of no use, and dangerous, elsewhere."""
    mark, other = VAULT_MARKS
    roots = {key.removesuffix(mark) for key in keys if key.endswith(mark)}
    return tuple(sorted(root for root in roots if root and f"{root}{other}" in keys))
