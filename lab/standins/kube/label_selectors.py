"""Label selectors: read as the server reads them, refused in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .errors import Json, bad_request

Matcher = Callable[[Json], bool]
Test = Callable[[Mapping[str, str]], bool]

_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
_SYMBOLS = ("==", "!=", "=", "!", ">", "<", ",", "(", ")")


def parse(selector: str) -> Matcher | None:
    """A matcher of objects by their labels; None for an empty selector, which matches all.

    Raises:
        ApiError: 400, the selector cannot be read.
    """
    tests = list(_Parser(selector).requirements())
    if not tests:
        return None

    def matches(value: Json) -> bool:
        found = value["metadata"].get("labels") or {}
        return all(test(found) for test in tests)

    return matches


def of_object(selector: Json) -> Matcher:
    """A matcher for a LabelSelector object (`matchLabels`, `matchExpressions`)."""
    tests = [_equal(key, value) for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        tests.append(_EXPRESSIONS[one["operator"]](one["key"], set(one.get("values") or ())))
    return lambda value: all(test(value["metadata"].get("labels") or {}) for test in tests)


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        symbol = next((one for one in _SYMBOLS if text.startswith(one, position)), "")
        end = position + len(symbol)
        while not symbol and end < len(text) and not text[end].isspace() and text[end] not in "=!<>,()":
            end += 1
        yield text[position:end]
        position = end
    yield ""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._position = 0

    def _next(self) -> str:
        word = self._tokens[self._position]
        self._position += word != ""
        return word

    def _peek(self) -> str:
        return self._tokens[self._position]

    def requirements(self) -> Iterator[Test]:
        if self._peek() == "":
            return
        while True:
            if self._peek() != "!" and self._peek() in (*_SYMBOLS, ""):
                raise bad_request(f"found '{self._peek()}', expected: !, identifier, or 'end of string'")
            yield self._requirement()
            word = self._next()
            if word == "":
                return
            if word != ",":
                raise bad_request(f"found '{word}', expected: ',' or 'end of string'")
            if self._peek() != "!" and self._peek() in (*_SYMBOLS, ""):
                raise bad_request(f"found '{self._peek()}', expected: identifier after ','")

    def _requirement(self) -> Test:
        absent = self._peek() == "!"
        if absent:
            self._next()
        if self._peek() in (*_SYMBOLS, ""):
            raise bad_request(f"unable to parse requirement: found '{self._peek()}', expected: identifier")
        key = self._next()
        if absent or self._peek() in (",", ""):
            return _exists(key, absent=absent)
        operator = self._next()
        if operator in ("in", "notin"):
            values = self._values()
            return _in(key, values) if operator == "in" else _not_in(key, values)
        if operator in ("=", "==", "!="):
            value = "" if self._peek() in (",", "") else self._next()
            return _not_in(key, {value}) if operator == "!=" else _equal(key, value)
        if operator in (">", "<"):
            return _compare(key, operator, self._next())
        expected = ", ".join(_OPERATORS)
        raise bad_request(f"unable to parse requirement: found '{operator}', expected: {expected}")

    def _values(self) -> set[str]:
        if self._next() != "(":
            raise bad_request(f"unable to parse requirement: found '{self._peek()}' expected: '('")
        values: set[str] = set()
        while True:
            values.add(self._next() if self._peek() not in (",", ")") else "")
            word = self._next()
            if word == ")":
                return values
            if word != ",":
                raise bad_request(f"unable to parse requirement: found '{word}', expected: ',' or ')'")


def _exists(key: str, *, absent: bool) -> Test:
    return lambda found: (key in found) is not absent


def _equal(key: str, value: str) -> Test:
    return lambda found: found.get(key) == value


def _in(key: str, values: set[str]) -> Test:
    return lambda found: found.get(key) in values


def _not_in(key: str, values: set[str]) -> Test:
    return lambda found: found.get(key) not in values


def _compare(key: str, operator: str, value: str) -> Test:
    if not value.lstrip("-").isdigit():
        raise bad_request(
            f"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
        )
    limit = int(value)

    def test(found: Mapping[str, str]) -> bool:
        text = found.get(key, "")
        if not text.lstrip("-").isdigit():
            return False
        return int(text) > limit if operator == ">" else int(text) < limit

    return test


_EXPRESSIONS: dict[str, Callable[[str, set[str]], Test]] = {
    "In": _in,
    "NotIn": _not_in,
    "Exists": lambda key, values: _exists(key, absent=False),
    "DoesNotExist": lambda key, values: _exists(key, absent=True),
}
