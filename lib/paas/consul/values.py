"""What the actions on keys are made of: one key or many, values by reference, and what a result may show."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from paas.consul.bulk import Imported, export_keys, import_keys
from paas.consul.kv_format import Exported, as_text, read_file, write_file
from paas.consul.single import FoundKey, delete_found, folder_to_delete, get_key, key_to_delete, put_key
from paas.consul.wire import Wire, shown
from paas.errors import InvalidInput, Refused
from paas.references import References

__all__ = [
    "Export",
    "delete",
    "folder_to_delete",
    "get_key",
    "given_value",
    "import_keys",
    "key_to_delete",
    "put_key",
    "read_file",
    "shown_value",
]
_SHOWN_AT_MOST = 64 * 1024
_NAMES_AT_MOST = 20


def given_value(value: str | None, value_from: str | None, references: References) -> bytes:
    """The value that a parameter holds, or that a reference names.

    Raises:
        InvalidInput: Both or none of them are given.
        ConfigError: The reference names nothing.
    """
    if (value is None) == (value_from is None):
        raise InvalidInput("value", "given twice" if value is not None else None, "exactly one of value, value_from")
    if value is not None:
        return value.encode()
    assert value_from is not None
    return references.fetch(value_from, key="value_from").reveal().encode()


def shown_value(found: FoundKey, *, never: tuple[str, ...]) -> str:
    """A value as text for a result.

    Args:
        found: The key.
        never: Prefixes of keys whose values no result shows.

    Raises:
        Refused: Its value is never shown.
        InvalidInput: It is no text, or too long for a result.
    """
    if found.key.startswith(never):
        raise Refused(f"the value of {shown(found.key)} comes into no result", setting="consul.<profile>.never_show")
    if len(found.value) > _SHOWN_AT_MOST:
        raise InvalidInput("show", True, f"a value of at most {_SHOWN_AT_MOST} bytes; it has {len(found.value)}")
    try:
        return found.value.decode()
    except UnicodeDecodeError:
        raise InvalidInput("show", True, "a value that is text; consul_export writes any to a file") from None


def delete(wire: Wire, found: list[FoundKey], *, backup_file: str | None, dry_run: bool) -> dict[str, Any]:
    """Delete keys that are still what was read.

    Args:
        wire: The Consul.
        found: The keys as they were read.
        backup_file: Where they are written first, for `consul_import`.
        dry_run: Only look.

    Returns:
        `count` and `keys` of what was deleted (or would be), `changed_meanwhile`, and `undo`, which says how.

    Raises:
        InvalidInput: The backup cannot be written; nothing was deleted.
        ServerError: Consul did not answer.
    """
    undo = f"consul_import file={backup_file}" if backup_file else "none: there is no backup_file"
    if backup_file and not dry_run:
        kept = (Exported(each.key, base64.b64encode(each.value).decode("ascii"), each.flags) for each in found)
        write_file(backup_file, as_text(kept), parameter="backup_file")
    deleted, changed = ([shown(each.key) for each in found], []) if dry_run else delete_found(wire, found)
    return {
        "count": len(deleted),
        "keys": deleted[:_NAMES_AT_MOST],
        "changed_meanwhile": changed[:_NAMES_AT_MOST],
        "undo": undo,
        "dry_run": dry_run,
    }


@dataclass(frozen=True)
class Export:
    """The keys below a prefix.

    Attributes:
        keys: The keys.
        unnamed: Names that are no UTF-8, which the format cannot hold.
    """

    keys: list[Exported] = field(repr=False)
    unnamed: list[str]

    @classmethod
    def read(cls, wire: Wire, prefix: str) -> Export:
        """Read them from the leader.

        Raises:
            ServerError: Consul did not answer with them.
        """
        return cls(*export_keys(wire, prefix))

    def write(self, file: str) -> None:
        """Write them as `consul kv export` does.

        Raises:
            InvalidInput: The file cannot be written.
        """
        write_file(file, as_text(self.keys), parameter="file")

    def copy(self, wire: Wire, *, overwrite: bool, dry_run: bool) -> Imported:
        """Write them to another Consul.

        Raises:
            ServerError: It did not answer.
        """
        return import_keys(wire, self.keys, overwrite=overwrite, dry_run=dry_run)

    def shown(self, *, never: tuple[str, ...]) -> str:
        """The export as text for a result.

        Args:
            never: Prefixes of keys whose values no result shows.

        Raises:
            Refused: It holds such keys.
            InvalidInput: It is too long for a result.
        """
        hidden = [each.key for each in self.keys if each.key.startswith(never)]
        if hidden:
            raise Refused(
                f"{len(hidden)} of the keys, such as {shown(hidden[0])}, come into no result",
                setting="consul.<profile>.never_show",
            )
        text = as_text(self.keys)
        if len(text) > _SHOWN_AT_MOST:
            raise InvalidInput("show", True, f"an export of at most {_SHOWN_AT_MOST} characters; write it to a file")
        return text

    def as_dict(self) -> dict[str, Any]:
        """Counts and the first names, without values."""
        names = [shown(each.key) for each in sorted(self.keys)[:_NAMES_AT_MOST]]
        return {"count": len(self.keys), "keys": names, "not_utf8": [shown(name) for name in self.unnamed]}
