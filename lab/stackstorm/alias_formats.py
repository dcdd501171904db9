"""The language of an alias's formats: a regular expression in which `{{ name }}` takes text, `{{ name=default }}` may.

Text in quotes or in braces is taken whole, other text up to what follows in the format. Pairs `key=value` at the end of
any command are parameters as well, whether the format knows them or not.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
from typing import Any

from lab.stackstorm.errors import Invalid

_WORD = r"""(?:"(?P<{0}d>.+?)"|'(?P<{0}s>.+?)'|(?P<{0}b>\{{.+?\}})|(?P<{0}w>{1}))"""
_PAIR = r"(?:^|\s+)\s*(?P<key>\S+?)\s*=(?:\"\"|''|" + _WORD.format("v", r"\S+") + ")"
_DEFAULT = r"\s*=\s*(?:\"\"|''|" + _WORD.format("v", ".+?") + r")\s*"
_REQUIRED = re.compile(r"(?P<space>\s*)\{\{\s*(?P<name>\S+?)\s*\}\}")
_OPTIONAL = re.compile(r"(?P<space>\s*)\{\{\s*(?P<name>\S+?)\s*" + _DEFAULT + r"\}\}", re.DOTALL)
_LAST_PAIRS = re.compile(r".*?(?P<pairs>(?:" + re.sub(r"\?P<\w+>", "?:", _PAIR) + r"\s*)*)$", re.DOTALL)
_EACH_PAIR = re.compile(_PAIR, re.DOTALL)


class NoMatch(Invalid):
    """A command does not match a format."""


def extract(format_string: str, command: str) -> dict[str, Any]:
    """The parameters that a command gives by one format; a required one is there, an optional one has its default.

    Raises:
        NoMatch: The command does not match.
    """
    for found in extract_all(format_string, command):
        return found
    raise NoMatch(f'Command "{command}" doesn\'t match format string "{format_string}"')


def extract_all(format_string: str, command: str) -> list[dict[str, Any]]:
    """The parameters of each place of the command that matches; empty where none does.

    Raises:
        NoMatch: Nothing was given, and there is no default either.
    """
    pairs, rest = _split_pairs(command)
    pattern, defaults = _compiled(format_string)
    results = []
    for match in pattern.finditer(f" {rest} "):
        result = match.groupdict()
        result |= {name: result[name] or default for name, default in defaults.items()}
        result |= pairs
        if format_string and not rest.strip() and not any(result.values()):
            raise NoMatch("No value supplied and no default value found.")
        results.append(result)
    return results


def _value(match: re.Match[str]) -> str:
    return "".join(match[f"v{kind}"] or "" for kind in "dsbw")


def _split_pairs(command: str) -> tuple[dict[str, str], str]:
    """The pairs at the end of a command, and the command without them."""
    found = _LAST_PAIRS.match(command)
    ending = found["pairs"] if found else ""
    if not ending:
        return {}, command
    return {each["key"]: _value(each) for each in _EACH_PAIR.finditer(ending)}, command.replace(ending, "")


@functools.lru_cache(maxsize=1024)
def _compiled(format_string: str) -> tuple[re.Pattern[str], dict[str, str]]:
    defaults = {each["name"]: _value(each) for each in _OPTIONAL.finditer(format_string)}
    text = _OPTIONAL.sub(lambda match: f"(?:{_group(match)})?", format_string)
    text = _REQUIRED.sub(_group, text)
    begins, ends = _anchors(text)
    return re.compile(("" if begins else r"^\s*") + text + ("" if ends else r"\s*$"), re.DOTALL), defaults


def _group(match: re.Match[str]) -> str:
    taken = r"(?<=').+?(?=')|(?<=\").+?(?=\")|{.+?}|.+?"
    return f"{match['space']}[\"']?(?P<{match['name']}>(?:{taken}))[\"']?"


def _anchors(text: str) -> tuple[bool, bool]:
    """Whether an expression is anchored at its beginning and at its end, looking into groups."""
    parser = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    tokens = parser.parse(text, re.DOTALL)
    return _has(tokens, ("AT_BEGINNING", "AT_BEGINNING_STRING")), _has(tokens, ("AT_END", "AT_END_STRING"))


def _has(tokens: Any, kinds: tuple[str, ...]) -> bool:
    for kind, value in tokens:
        if str(kind) == "SUBPATTERN" and _has(value[3], kinds):
            return True
        if str(kind) == "BRANCH" and _has(value[1][1], kinds):
            return True
        if str(kind) == "AT" and str(value) in kinds:
            return True
    return False
