"""What an object asks for, checked against what its tenant may have."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from paas.database import identifiers
from paas.database.objects import mapping
from paas.errors import InvalidInput, Refused
from paas.settings import AllowedDatabases, DatabaseSettings

# Fields of a Database's spec; a third-party object has the same in its annotations and labels, as text.
_TEXT_FIELDS = ("engine", "version", "class", "databaseName", "deletionPolicy", "snapshot")
_NUMBER_FIELDS = ("storageGiB", "backupRetentionDays", "readReplicas")
_FLAG_FIELDS = ("multiAZ",)
ENGINE_LABEL = "type"
FIELD_ANNOTATION_PREFIX = "paas.internal/"

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SNAPSHOT = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9]){0,254}")
_DATABASE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_LEAST_STORAGE_GIB = 20  # RDS's own minimum for MySQL, MariaDB and PostgreSQL on SSD storage
_MOST_RETENTION_DAYS = 35  # RDS's own maximum
_MOST_REPLICAS = 5  # what every engine takes; newer versions and Aurora take more
_POLICIES = ("Retain", "Snapshot", "Delete")
_MAY_BE_LEFT_OUT = {"version", "snapshot", "read_replicas"}


@dataclass(frozen=True, kw_only=True)
class DatabaseSpec:
    """A database that may be made: every field decided."""

    engine: str
    version: str | None
    instance_class: str
    storage_gib: int
    multi_az: bool
    database_name: str
    username: str
    backup_retention_days: int
    deletion_policy: str
    read_replicas: int = 0
    snapshot: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, without what is left to AWS."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DatabaseSpec:
        """Read back what `as_dict` gave.

        Raises:
            InvalidInput: It is something else.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if set(values) - known or known - set(values) - _MAY_BE_LEFT_OUT:
            raise InvalidInput("spec", sorted(values), f"the keys {', '.join(sorted(known))}")
        return cls(**{"version": None, **values})

    @property
    def is_aurora(self) -> bool:
        """Whether the engine runs as a cluster with members."""
        return is_aurora(self.engine)


def is_aurora(engine: str) -> bool:
    """Whether an engine runs as a cluster with members."""
    return engine.startswith("aurora-")


def read_spec(found: Mapping[str, Any], *, name: str, settings: DatabaseSettings) -> DatabaseSpec:
    """Read what an object asks for, fill in what it leaves out, and check it.

    Args:
        found: The object as the API server gave it; nothing about its shape is taken for granted.
        name: The object's name.
        settings: Defaults and what is allowed.

    Raises:
        InvalidInput: A field cannot be used.
        Refused: A field asks for what is not allowed; `setting` would allow it.
    """
    asked = _asked(found)
    defaults = settings.defaults
    engine = _text(asked, "engine") or defaults.engine
    spec = DatabaseSpec(
        engine=engine,
        version=_text(asked, "version") or _default_version(engine, settings),
        instance_class=_text(asked, "class") or defaults.instance_class,
        storage_gib=_number(asked, "storageGiB", defaults.storage_gib, _LEAST_STORAGE_GIB, None),
        multi_az=_flag(asked, "multiAZ", defaults.multi_az),
        database_name=_database_name(asked, name),
        username=defaults.username,
        backup_retention_days=_number(
            asked, "backupRetentionDays", defaults.backup_retention_days, 0, _MOST_RETENTION_DAYS
        ),
        deletion_policy=_text(asked, "deletionPolicy") or defaults.deletion_policy,
        read_replicas=_number(asked, "readReplicas", 0, 0, _MOST_REPLICAS),
        snapshot=_text(asked, "snapshot", _SNAPSHOT),
    )
    if spec.deletion_policy not in _POLICIES:
        raise InvalidInput("deletionPolicy", spec.deletion_policy, f"one of {', '.join(_POLICIES)}")
    _check(spec, settings.allow)
    return spec


def _asked(found: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an object sets: those of its spec, else of its annotations, else of its labels."""
    metadata = mapping(found.get("metadata"))
    labels, annotations = mapping(metadata.get("labels")), mapping(metadata.get("annotations"))
    spec = found.get("spec")
    if spec is not None and not isinstance(spec, dict):
        raise InvalidInput("spec", spec, "a mapping")
    asked: dict[str, Any] = {}
    for name in (*_TEXT_FIELDS, *_NUMBER_FIELDS, *_FLAG_FIELDS):
        said = [mapping(spec).get(name)]
        if found.get("kind") != "Database":  # which says everything in its spec; its labels are the developer's own
            said += [
                annotations.get(FIELD_ANNOTATION_PREFIX + name),
                labels.get(ENGINE_LABEL if name == "engine" else name),
            ]
        asked[name] = next((value for value in said if value is not None), None)
    return asked


def deletion_policy(found: Mapping[str, Any], *, settings: DatabaseSettings) -> str | None:
    """The policy of an object that goes, whatever the rest of its spec says by now; None where it cannot be used."""
    try:
        policy = _text(_asked(found), "deletionPolicy") or settings.defaults.deletion_policy
    except InvalidInput:
        return None
    return policy if policy in settings.allow.deletion_policies else None


def _text(asked: Mapping[str, Any], name: str, pattern: re.Pattern[str] = _PLAIN) -> str | None:
    value = asked[name]
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        expected = "up to 64 letters, digits, dots, hyphens and underscores"
        raise InvalidInput(name, value, expected if pattern is _PLAIN else "the name of an RDS snapshot")
    return value


def _number(asked: Mapping[str, Any], name: str, default: int, least: int, most: int | None) -> int:
    value = asked[name]
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if value is None:
        value = default
    if not isinstance(value, int) or isinstance(value, bool) or value < least or (most is not None and value > most):
        raise InvalidInput(name, value, f"a whole number from {least}" + (f" to {most}" if most is not None else " up"))
    return value


def _flag(asked: Mapping[str, Any], name: str, default: bool) -> bool:
    value = asked[name]
    if value is None:
        return default
    value = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    if not isinstance(value, bool):
        raise InvalidInput(name, value, "true or false")
    return value


def _database_name(asked: Mapping[str, Any], name: str) -> str:
    value = asked["databaseName"]
    if value is None:
        return identifiers.default_database_name(name)
    if not isinstance(value, str) or not _DATABASE_NAME.fullmatch(value):
        raise InvalidInput("databaseName", value, "up to 63 letters, digits and underscores, a letter first")
    if identifiers.is_reserved(value):
        raise InvalidInput("databaseName", value, "a word that the engine does not reserve")
    return value


def _default_version(engine: str, settings: DatabaseSettings) -> str | None:
    """The default's version for the default's engine, else the first that may be asked for, else AWS's own choice."""
    if engine == settings.defaults.engine and settings.defaults.version:
        return settings.defaults.version
    return next(iter(settings.allow.engines.get(engine, ())), None)


def _check(spec: DatabaseSpec, allow: AllowedDatabases) -> None:
    if spec.engine not in allow.engines:
        raise _refusal("engine", spec.engine, "engines", sorted(allow.engines))
    versions = allow.engines[spec.engine]
    if versions and not any(covers(allowed, spec.version) for allowed in versions):
        raise _refusal("version", spec.version, f"engines.{spec.engine}", versions)
    if spec.instance_class not in allow.classes:
        raise _refusal("class", spec.instance_class, "classes", allow.classes)
    if spec.storage_gib > allow.max_storage_gib:
        raise _refusal("storageGiB", spec.storage_gib, "max_storage_gib", f"at most {allow.max_storage_gib}")
    if spec.backup_retention_days > allow.max_backup_retention_days:
        most = f"at most {allow.max_backup_retention_days}"
        raise _refusal("backupRetentionDays", spec.backup_retention_days, "max_backup_retention_days", most)
    if spec.deletion_policy not in allow.deletion_policies:
        raise _refusal("deletionPolicy", spec.deletion_policy, "deletion_policies", allow.deletion_policies)
    if spec.multi_az and not allow.multi_az:
        raise _refusal("multiAZ", "true", "multi_az", "false")
    if spec.read_replicas > allow.max_read_replicas:
        raise _refusal("readReplicas", spec.read_replicas, "max_read_replicas", f"at most {allow.max_read_replicas}")
    if spec.read_replicas and not spec.is_aurora and not spec.backup_retention_days:
        raise InvalidInput(
            "backupRetentionDays", 0, "at least 1 where there are read replicas: AWS makes them of backups"
        )


def covers(allowed: str, version: str | None) -> bool:
    """Whether a version may be asked for: 8.0 allows 8.0 and 8.0.36, and not 8.01."""
    return version is not None and (version == allowed or version.startswith(f"{allowed}."))


def _refusal(field: str, value: object, setting: str, allowed: str | Iterable[str]) -> Refused:
    key = f"databases.allow.{setting}"
    shown = allowed if isinstance(allowed, str) else ", ".join(allowed) or "nothing"
    return Refused(f"{field} {value} is not allowed: the setting {key} allows {shown}", setting=key)
