"""What StackStorm accepts in each metadata file of a pack: the attributes, which are needed, and of what type."""

from __future__ import annotations

from typing import Any

from lab.stackstorm.schemas import PARAMETER

_TEXT = {"type": "string"}
_NEEDED = {"type": "string", "required": True}
_FLAG = {"type": "boolean", "default": True}
_TAGS = {"type": "array", "items": {"type": "object"}}
_MAP = {"type": "object"}
_NAMED = {"ref": _TEXT, "uid": _TEXT, "id": _TEXT, "pack": _TEXT, "description": _TEXT, "metadata_file": _TEXT}
_PARAMETERS = {
    "type": "object",
    "patternProperties": {r"^\w+$": PARAMETER},
    "additionalProperties": False,
    "default": {},
}
_NOTICE = {
    "type": "object",
    "properties": {"message": _TEXT, "data": _MAP, "routes": {"type": "array"}, "channels": {"type": "array"}},
    "additionalProperties": False,
}
_NOTIFY = {
    "type": "object",
    "properties": {"on-complete": _NOTICE, "on-failure": _NOTICE, "on-success": _NOTICE},
    "additionalProperties": False,
}
_ANY_PARAMETER = {"anyOf": [{"type": kind} for kind in ("array", "boolean", "integer", "number", "object", "string")]}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {**_NAMED, **properties}, "additionalProperties": False}


_DOTTED = r"[\da-z\-]+(?:\.[\da-z\-]+)*"
_SEMVER = rf"^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-{_DOTTED})?(?:\+{_DOTTED})?$"
_TEXTS = {"type": "array", "items": _TEXT}

PACK = {
    "type": "object",
    "properties": {
        "name": _NEEDED,
        "ref": {"type": "string", "pattern": r"^[a-z0-9_]+$"},
        "description": _NEEDED,
        "keywords": _TEXTS,
        "version": {"type": "string", "pattern": _SEMVER, "required": True},
        "stackstorm_version": {
            "type": "string",
            "pattern": r"^((>?>|>=|=|=|<=|<?<)\s*[0-9]+\.[0-9]+\.[0-9]+?(\s*,)?\s*)+$",
        },
        "python_versions": {
            "type": "array",
            "items": {"type": "string", "enum": ["2", "3"]},
            "minItems": 1,
            "maxItems": 2,
            "uniqueItems": True,
        },
        "author": _NEEDED,
        "email": _TEXT,
        "contributors": {"type": "array", "items": {"type": "string", "maxLength": 100}},
        "files": _TEXTS,
        "dependencies": _TEXTS,
        "system": _MAP,
        "path": _TEXT,
    },
    "additionalProperties": True,  # StackStorm lets a pack.yaml say more than it knows
}

CONFIG_SCHEMA = {"type": "object", "patternProperties": {r"^\w+$": PARAMETER}, "additionalProperties": False}

ACTION = _closed(
    {
        "name": _NEEDED,
        "enabled": _FLAG,
        "runner_type": _NEEDED,
        "entry_point": {"type": "string", "default": ""},
        "parameters": _PARAMETERS,
        "output_schema": _MAP,
        "tags": _TAGS,
        "notify": _NOTIFY,
    }
)

TRIGGER_TYPE = _closed(
    {
        "name": _NEEDED,
        "payload_schema": {"type": "object", "default": {}},
        "parameters_schema": {"type": "object", "default": {}},
        "tags": _TAGS,
    }
)

SENSOR = _closed(
    {
        "class_name": _NEEDED,
        "entry_point": _NEEDED,
        "artifact_uri": _TEXT,
        "enabled": _FLAG,
        "trigger_types": {"type": "array", "items": TRIGGER_TYPE, "default": []},
        "poll_interval": {"type": "number"},
    }
)

RULE = _closed(
    {
        "name": _NEEDED,
        "type": {
            "type": "object",
            "properties": {"ref": _NEEDED, "parameters": _MAP},
            "additionalProperties": False,
        },
        "trigger": {
            "type": "object",
            "required": True,
            "properties": {"type": _NEEDED, "parameters": {"type": "object", "default": {}}},
            "additionalProperties": True,
        },
        "criteria": {"type": "object", "default": {}},
        "action": {
            "type": "object",
            "required": True,
            "properties": {"ref": _NEEDED, "description": _TEXT, "parameters": _MAP},
            "additionalProperties": False,
        },
        "enabled": {"type": "boolean", "default": False},
        "context": _MAP,
        "tags": _TAGS,
    }
)

ALIAS = _closed(
    {
        "name": _NEEDED,
        "enabled": _FLAG,
        "action_ref": _NEEDED,
        "formats": {
            "type": "array",
            "required": True,  # StackStorm's schema leaves it out, and then its registration fails without it
            "items": {
                "anyOf": [
                    _TEXT,
                    {"type": "object", "properties": {"display": _TEXT, "representation": _TEXTS}},
                ]
            },
        },
        "ack": {
            "type": "object",
            "properties": {
                "enabled": {"type": "boolean"},
                "format": _TEXT,
                "extra": _MAP,
                "append_url": {"type": "boolean"},
            },
        },
        "result": {
            "type": "object",
            "properties": {"enabled": {"type": "boolean"}, "format": _TEXT, "extra": _MAP},
        },
        "extra": _MAP,
        "immutable_parameters": _MAP,
    }
)

POLICY = _closed(
    {
        "name": _NEEDED,
        "enabled": _FLAG,
        "resource_ref": _NEEDED,
        "policy_type": _NEEDED,
        "parameters": {
            "type": "object",
            "patternProperties": {r"^\w+$": _ANY_PARAMETER},
            "additionalProperties": False,
        },
    }
)

_THRESHOLD = {"type": "integer", "required": True}
_CONCURRENCY = {"threshold": _THRESHOLD, "action": {"type": "string", "enum": ["delay", "cancel"], "default": "delay"}}
_ATTRIBUTES = {"type": "array", "uniqueItems": True, "items": {"type": "string", "minLength": 1}}
POLICY_TYPES: dict[str, dict[str, Any]] = {
    "action.concurrency": _CONCURRENCY,
    "action.concurrency.attr": {**_CONCURRENCY, "attributes": _ATTRIBUTES},
    "action.retry": {
        "retry_on": {"type": "string", "required": True, "enum": ["failure", "timeout"]},
        "max_retry_count": {"type": "integer", "required": True, "minimum": 1, "maximum": 5, "default": 2},
        "delay": {"type": "number", "required": False, "minimum": 0, "maximum": 120},
    },
}

_NODE = {
    "type": "object",
    "properties": {
        "name": _NEEDED,
        "ref": _NEEDED,
        "params": _MAP,
        "parameters": _MAP,
        "on-success": {"type": "string", "default": ""},
        "on-failure": {"type": "string", "default": ""},
        "publish": _MAP,
        "notify": _NOTIFY,
    },
    "additionalProperties": False,
}

CHAIN = {
    "type": "object",
    "properties": {
        "chain": {"type": "array", "items": _NODE, "required": True},
        "default": _TEXT,
        "vars": _MAP,
    },
    "additionalProperties": False,
}
