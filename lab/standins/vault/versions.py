"""A versioned secret: its shape in the storage, how it is shown, and what its metadata may be."""

from __future__ import annotations

from typing import Any

from lab.standins.vault.answers import Call, VaultError
from lab.standins.vault.times import written

MERGE_PATCH = "application/merge-patch+json"
FAILED = "custom_metadata validation failed"

Secret = dict[str, Any]


def fresh(now: float) -> Secret:
    """A secret without a version."""
    return {
        "created": now,
        "updated": now,
        "current": 0,
        "oldest": 0,
        "max_versions": 0,
        "cas_required": False,
        "custom_metadata": None,
        "versions": {},
    }


def merged(into: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7396) applied."""
    result = dict(into)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def about(secret: Secret, number: int) -> dict[str, Any]:
    """What a read and a write show of one version."""
    version = secret["versions"][str(number)]
    return {
        "created_time": written(version["created"]),
        "custom_metadata": secret["custom_metadata"],
        "deletion_time": "" if version["deleted"] is None else written(version["deleted"]),
        "destroyed": version["destroyed"],
        "version": number,
    }


def described(secret: Secret) -> dict[str, Any]:
    """What a read of the metadata shows."""
    shown = ("created_time", "deletion_time", "destroyed")
    versions = {number: about(secret, int(number)) for number in secret["versions"]}
    versions = {number: {field: version[field] for field in shown} for number, version in versions.items()}
    return {
        "cas_required": secret["cas_required"],
        "created_time": written(secret["created"]),
        "current_version": secret["current"],
        "custom_metadata": secret["custom_metadata"],
        "delete_version_after": "0s",
        "max_versions": secret["max_versions"],
        "oldest_version": secret["oldest"],
        "updated_time": written(secret["updated"]),
        "versions": versions,
    }


def require_merge_patch(call: Call) -> None:
    """Refuse a patch of any other kind.

    Raises:
        VaultError: 415.
    """
    given = call.request.headers.get("content-type", "")
    if given.split(";")[0] != MERGE_PATCH:
        raise VaultError(415, f"PATCH requires Content-Type of {MERGE_PATCH}, provided {given}")


def validate(custom: dict[str, Any]) -> None:
    """Vault's limits on custom metadata: 64 keys, names of 1 to 128, values of 1 to 512 characters.

    Raises:
        VaultError: 400; it names every limit that is passed.
    """
    errors: list[str] = []
    if len(custom) > 64:
        errors.append(f"{FAILED}: payload must contain at most 64 keys, provided {len(custom)}")
    else:
        for key, value in custom.items():
            if not 0 < len(key) <= 128:
                errors.append(f'{FAILED}: length of key "{key}" is {len(key)} but must be 0 < len(key) <= 128')
            size = len(str(value))
            if not 0 < size <= 512:
                errors.append(f'{FAILED}: length of value for key "{key}" is {size} but must be 0 < len(value) <= 512')
    if errors:
        plural = "error" if len(errors) == 1 else "errors"
        raise VaultError(
            400, f"{len(errors)} {plural} occurred:\n" + "".join(f"\t* {words}\n" for words in errors) + "\n"
        )
