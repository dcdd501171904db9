"""A write's options: dry run, field manager, validation of unknown fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ApiError, bad_request, invalid, unsupported


@dataclass(frozen=True)
class WriteOptions:
    """What a write's query asks for.

    Attributes:
        named: Whether the request itself named its field manager.
        manager: Who writes, for managedFields: the parameter, or the client's own name.
        force: Server-side apply takes fields from others.
        strict: Unknown fields are an error.
        warn: Unknown fields are told in a Warning header.
    """

    dry_run: bool = False
    named: bool = False
    manager: str = "unknown"
    force: bool = False
    strict: bool = False
    warn: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str], headers: Mapping[str, str]) -> WriteOptions:
        """Read them.

        Raises:
            ApiError: 400 or 422, an option has a value it cannot have.
        """
        dry_run = query.get("dryRun", "")
        validation = query.get("fieldValidation", "")
        if dry_run not in ("", "All"):
            raise _options_invalid("dryRun", [dry_run], ["All"])
        if validation not in ("", "Ignore", "Warn", "Strict"):
            raise _options_invalid("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"])
        manager = query.get("fieldManager") or headers.get("user-agent", "unknown").split("/")[0]
        return cls(
            dry_run=dry_run == "All",
            named=bool(query.get("fieldManager")),
            manager=manager[:128] or "unknown",
            force=query.get("force", "").lower() in ("1", "true"),
            strict=validation == "Strict",
            warn=validation in ("", "Warn"),
        )


def _options_invalid(field: str, value: object, supported: list[str]) -> ApiError:
    return invalid("meta.k8s.io", "CreateOptions", "", [unsupported(field, value, supported)])


def number(name: str, value: str) -> int:
    """A number of the query.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        return int(value)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax') from None
