"""Where a secret lies, said without the secret.

Parameters and configuration travel through argv, logs and execution records, so they carry references only. An
action fetches the value where it is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from paas.errors import ConfigError

PATTERN = r"^(datastore|file|env):.+$"


class Secret:
    """A value that does not show itself: printing, formatting or logging it gives `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; call this only where it is handed to the place where it belongs."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class References:
    """Fetches what a reference names.

    Args:
        datastore: Reads one decrypted key of StackStorm's datastore; None where the key is absent.
    """

    def __init__(self, datastore: Callable[[str], str | None] | None = None) -> None:
        self._datastore = datastore

    def fetch(self, reference: str, *, key: str = "reference") -> Secret:
        """Fetch one secret.

        Args:
            reference: `datastore:NAME`, `file:/path` or `env:NAME`.
            key: The setting that holds the reference, for the error.

        Raises:
            ConfigError: The reference is malformed, or names nothing.
        """
        kind, _, name = reference.partition(":")
        if not name or kind not in ("datastore", "file", "env"):
            # The text is not repeated: somebody may have put the secret itself here.
            raise ConfigError(key, "is no reference; expected datastore:NAME, file:/PATH or env:NAME")
        value = getattr(self, f"_from_{kind}")(name, key)
        if not value:
            raise ConfigError(key, f"{reference} is empty; store the secret there first")
        return Secret(value)

    def _from_datastore(self, name: str, key: str) -> str:
        if self._datastore is None:
            raise ConfigError(key, f"datastore:{name} cannot be read here; use file: or env: outside StackStorm")
        value = self._datastore(name)
        if value is None:
            raise ConfigError(key, f"the datastore has no key {name}; `st2 key set --encrypt {name} VALUE` makes it")
        return value

    @staticmethod
    def _from_file(name: str, key: str) -> str:
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(key, f"file:{name} cannot be read: {error.strerror}") from error

    @staticmethod
    def _from_env(name: str, key: str) -> str:
        value = os.environ.get(name)
        if value is None:
            raise ConfigError(key, f"the environment has no variable {name}")
        return value
