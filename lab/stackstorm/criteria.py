"""The operators of a rule's criteria, each as StackStorm has it: surprising ones included.

An operator takes the payload's value and the pattern, and says whether they match. Most say no where the pattern is
null, and none converts types: `"5"` equals `5` nowhere.
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from dateutil import parser

from lab.stackstorm.errors import Invalid

Operator = Callable[[Any, Any], bool]


def _text(value: Any) -> Any:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _with_pattern(check: Callable[[Any, Any], Any]) -> Operator:
    return lambda value, pattern: pattern is not None and bool(check(_text(value), _text(pattern)))


def _ignoring_case(check: Callable[[Any, Any], Any]) -> Operator:
    return _with_pattern(lambda value, pattern: check(value.lower(), pattern.lower()))


def _age(compare: Callable[[float, float], bool]) -> Operator:
    """Seconds since the payload's moment, compared with the pattern; a moment without a zone is UTC."""

    def check(value: Any, pattern: Any) -> bool:
        moment = parser.parse(str(value))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return compare((datetime.now(timezone.utc) - moment).total_seconds(), float(pattern))

    return _with_pattern(check)


def _holds(container: Any, item: Any) -> bool:
    return item in container


_equals = _with_pattern(operator.eq)
_younger, _older = _age(operator.lt), _age(operator.gt)
_less, _greater = _with_pattern(operator.lt), _with_pattern(operator.gt)
_inside = _with_pattern(lambda value, pattern: value in pattern)
_outside = _with_pattern(lambda value, pattern: value not in pattern)


def _differs(value: Any, pattern: Any) -> bool:
    return bool(_text(value) != _text(pattern))


OPERATORS: Mapping[str, Operator | None] = {
    "matchwildcard": _with_pattern(lambda value, pattern: fnmatch.fnmatch(value, pattern)),
    "matchregex": _with_pattern(lambda value, pattern: re.compile(pattern, re.DOTALL).match(value)),
    "regex": _with_pattern(lambda value, pattern: re.search(pattern, value)),
    "iregex": _with_pattern(lambda value, pattern: re.search(pattern, value, re.IGNORECASE)),
    "eq": _equals,
    "equals": _equals,
    "neq": _differs,
    "nequals": _differs,
    "ieq": _ignoring_case(operator.eq),
    "iequals": _ignoring_case(operator.eq),
    "contains": _with_pattern(_holds),
    "icontains": _ignoring_case(_holds),
    "ncontains": _with_pattern(lambda value, pattern: pattern not in value),
    "incontains": _ignoring_case(lambda value, pattern: pattern not in value),
    "startswith": _with_pattern(lambda value, pattern: value.startswith(pattern)),
    "istartswith": _ignoring_case(lambda value, pattern: value.startswith(pattern)),
    "endswith": _with_pattern(lambda value, pattern: value.endswith(pattern)),
    "iendswith": _ignoring_case(lambda value, pattern: value.endswith(pattern)),
    "lt": _less,
    "lessthan": _less,
    "gt": _greater,
    "greaterthan": _greater,
    "td_lt": _younger,
    "timediff_lt": _younger,
    "td_gt": _older,
    "timediff_gt": _older,
    "exists": lambda value, _: value is not None,
    "nexists": lambda value, _: value is None,
    "in": _inside,
    "inside": _inside,
    "nin": _outside,
    "ninside": _outside,
    "search": None,  # it needs its child criteria: see `search`
}


def search(items: Any, *, condition: str | None, matches: Callable[[Any, str], bool], keys: list[str]) -> bool:
    """The `search` operator: whether any or all items match any or all child criteria.

    Args:
        items: A list of the payload, or one object of it.
        condition: `any`, `all`, `all2any` or `any2any`; the first word is about items, the second about criteria.
        matches: Whether one item matches the child criterion of that key.
        keys: The child criteria's keys.

    Raises:
        Invalid: The condition is none of the four.
    """
    quantifiers: dict[str | None, tuple[Any, Any]] = {
        "any": (any, all),
        "all": (all, all),
        "all2any": (all, any),
        "any2any": (any, any),
    }
    if condition not in quantifiers:
        raise Invalid(f"the condition {condition!r} of a search is none of any, all, all2any, any2any")
    of_items, of_criteria = quantifiers[condition]
    each = [items] if isinstance(items, dict) else items
    return bool(of_items([of_criteria([matches(item, key) for key in keys]) for item in each]))
