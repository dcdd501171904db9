"""The key-value store: strings by name, some of them encrypted, some of them for a time only."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from lab.stackstorm.database import Database
from lab.stackstorm.errors import Invalid, NotFound

SYSTEM = "st2kv.system"
USER = "st2kv.user"
_SCOPES = {"system": SYSTEM, SYSTEM: SYSTEM, "user": USER, USER: USER}


@dataclass(frozen=True)
class Key:
    """One item; `value` is ciphertext where it is `secret` and was not asked to be decrypted."""

    name: str
    value: str
    scope: str = SYSTEM
    secret: bool = False
    encrypted: bool = False
    expires: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The item as StackStorm's API shows it."""
        return {
            "name": self.name,
            "value": self.value,
            "scope": self.scope,
            "secret": self.secret,
            "encrypted": self.encrypted,
            "expire_timestamp": self.expires,
        }


class Datastore:
    """The store.

    Args:
        database: Where the items are kept.
        key_file: The file of the encryption key, made with mode 0600 where it is missing.
        clock: Seconds since the epoch, for what expires.
    """

    def __init__(self, database: Database, *, key_file: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._crypt = Fernet(_key(key_file))
        database.execute(
            "CREATE TABLE IF NOT EXISTS keys (scope TEXT, name TEXT, value TEXT, secret INTEGER, expires REAL,"
            " PRIMARY KEY (scope, name))"
        )

    def get(self, name: str, *, scope: str = SYSTEM, decrypt: bool = False) -> Key:
        """One item.

        Raises:
            NotFound: There is none of that name, or it has expired.
            Invalid: It was to be decrypted with another key than it was encrypted with.
        """
        self._expire()
        row = self._database.row(
            "SELECT value, secret, expires FROM keys WHERE scope = ? AND name = ?", (_scope(scope), name)
        )
        if row is None:
            raise NotFound(f"the datastore has no key {name!r}")
        value, secret = row["value"], bool(row["secret"])
        plain = decrypt and secret
        return Key(
            name, self.decrypt(value) if plain else value, _scope(scope), secret, secret and not plain, row["expires"]
        )

    def set(self, name: str, value: str, *, scope: str = SYSTEM, secret: bool = False, ttl: float | None = None) -> Key:
        """Write one item, over one of that name.

        Raises:
            Invalid: The name is empty, or the value is no string.
        """
        if not name or not isinstance(value, str):
            raise Invalid("a datastore item has a name, and a value that is a string")
        stored = self.encrypt(value) if secret else value
        expires = self._clock() + float(ttl) if ttl else None
        self._database.execute(
            "INSERT OR REPLACE INTO keys (scope, name, value, secret, expires) VALUES (?, ?, ?, ?, ?)",
            (_scope(scope), name, stored, int(secret), expires),
        )
        return Key(name, stored, _scope(scope), secret, secret, expires)

    def delete(self, name: str, *, scope: str = SYSTEM) -> None:
        """Delete one item.

        Raises:
            NotFound: There is none of that name.
        """
        if not self._database.execute("DELETE FROM keys WHERE scope = ? AND name = ?", (_scope(scope), name)):
            raise NotFound(f"the datastore has no key {name!r}")

    def list(self, *, prefix: str = "", scope: str = SYSTEM, limit: int = 100, offset: int = 0) -> list[Key]:
        """A page of items whose names begin with `prefix`, by name, secrets as ciphertext."""
        self._expire()
        rows = self._database.rows(
            "SELECT name, value, secret, expires FROM keys WHERE scope = ? AND substr(name, 1, ?) = ?"
            " ORDER BY name LIMIT ? OFFSET ?",
            (_scope(scope), len(prefix), prefix, limit, offset),
        )
        return [
            Key(row["name"], row["value"], _scope(scope), bool(row["secret"]), bool(row["secret"]), row["expires"])
            for row in rows
        ]

    def encrypt(self, plain: str) -> str:
        """The plain text as ciphertext."""
        return self._crypt.encrypt(plain.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        """The ciphertext as plain text.

        Raises:
            Invalid: It is no ciphertext of this store's key.
        """
        try:
            return self._crypt.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise Invalid("the value is not encrypted with this datastore's key; is it decrypted twice?") from None

    def _expire(self) -> None:
        self._database.execute("DELETE FROM keys WHERE expires IS NOT NULL AND expires <= ?", (self._clock(),))


def _scope(scope: str) -> str:
    if scope not in _SCOPES:
        raise Invalid(f"the scope {scope!r} is none of {', '.join(_SCOPES)}")
    return _SCOPES[scope]


def _key(path: Path) -> bytes:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
    return path.read_bytes()
