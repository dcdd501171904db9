"""The filters that StackStorm adds to Jinja, under the names that packs use."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jsonpath_rw
import orjson
import semver
import yaml

#: What `use_none` writes for null, and what casting turns back into null.
NONE = "%*****__%NONE%__*****%"


@functools.lru_cache(maxsize=1024)
def jsonpath(expression: str) -> Any:
    """The compiled JSONPath; compiling takes milliseconds, so it is done once."""
    return jsonpath_rw.parse(expression)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _to_json(
    value: Any, indent: int | None = None, sort_keys: bool = False, separators: tuple[str, str] = (",", ": ")
) -> str:
    return json.dumps(value, indent=indent, sort_keys=sort_keys, separators=separators)


def _to_yaml(value: Any, indent: int | None = None, allow_unicode: bool = True) -> str:
    return yaml.safe_dump(value, default_flow_style=False, indent=indent, allow_unicode=allow_unicode)


def _jsonpath_query(value: Any, query: str) -> list[Any] | None:
    return [match.value for match in jsonpath(query).find(value)] or None


def _regex(check: Callable[..., Any]) -> Callable[..., bool]:
    def apply(value: Any, pattern: str, ignorecase: bool = False) -> bool:
        return bool(check(pattern, _text(value), re.IGNORECASE if ignorecase else 0))

    return apply


def _regex_replace(value: Any, pattern: str, replacement: str, ignorecase: bool = False) -> str:
    return re.sub(pattern, replacement, _text(value), flags=re.IGNORECASE if ignorecase else 0)


def _regex_substring(value: Any, pattern: str, result_index: int = 0, ignorecase: bool = False) -> Any:
    return re.findall(pattern, _text(value), re.IGNORECASE if ignorecase else 0)[result_index]


def _compare(value: str, pattern: str) -> int:
    return semver.Version.parse(value).compare(pattern)


def _bump(part: str) -> Callable[[str], str]:
    return lambda value: str(getattr(semver.Version.parse(value), f"bump_{part}")())


def _strip_patch(value: str) -> str:
    version = semver.Version.parse(value)
    return f"{version.major}.{version.minor}"


def _human_time(seconds: float) -> str:
    if seconds == 0:
        return "0s"
    if seconds < 1:
        return f"{seconds}\u03bcs"
    moment = datetime(1, 1, 1) + timedelta(seconds=round(seconds))
    parts = [moment.year - 1, moment.day - 1, moment.hour, moment.minute, moment.second]
    first = next((index for index, part in enumerate(parts) if part), len(parts) - 1)
    return "".join(f"{part}{unit}" for part, unit in zip(parts[first:], "ydhms"[first:], strict=True))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "from_json_string": lambda value: orjson.loads(_text(value)),
    "from_yaml_string": lambda value: yaml.safe_load(_text(value)),
    "json_escape": lambda value: json.dumps(value).strip('"'),
    "jsonpath_query": _jsonpath_query,
    "to_complex": json.dumps,
    "to_json_string": _to_json,
    "to_yaml_string": _to_yaml,
    "regex_match": _regex(re.match),
    "regex_replace": _regex_replace,
    "regex_search": _regex(re.search),
    "regex_substring": _regex_substring,
    "to_human_time_from_seconds": _human_time,
    "version_compare": _compare,
    "version_more_than": lambda value, pattern: _compare(value, pattern) == 1,
    "version_less_than": lambda value, pattern: _compare(value, pattern) == -1,
    "version_equal": lambda value, pattern: _compare(value, pattern) == 0,
    "version_match": lambda value, pattern: semver.Version.parse(value).match(pattern),
    "version_bump_major": _bump("major"),
    "version_bump_minor": _bump("minor"),
    "version_bump_patch": _bump("patch"),
    "version_strip_patch": _strip_patch,
    "use_none": lambda value: NONE if value is None else value,
    "basename": os.path.basename,
    "dirname": os.path.dirname,
}
