"""What changes in a file on its way from one cluster's bucket to the other's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from paas.errors import InvalidInput

_KEYS = {"keys", "from", "to"}


@dataclass(frozen=True)
class Rule:
    """In the files whose key fits the glob `keys`, `old` becomes `new`, as plain text."""

    keys: str
    old: str
    new: str


@dataclass(frozen=True)
class Rules:
    """Rules in the order that they are applied in."""

    rules: tuple[Rule, ...] = ()

    @classmethod
    def read(cls, given: Sequence[Mapping[str, Any]] | None) -> Rules:
        """Rules as an operator gives them: `[{"keys": "*.conf", "from": "paasA", "to": "paasB"}]`.

        Raises:
            InvalidInput: One is malformed.
        """
        rules = []
        for number, each in enumerate(given or ()):
            fits = isinstance(each, Mapping) and set(each) <= _KEYS and {"from", "to"} <= set(each)
            if not fits or not all(isinstance(value, str) for value in each.values()) or not each["from"]:
                raise InvalidInput(
                    f"rewrite[{number}]", each, "an object with from and to, and keys (a glob; * where it is left out)"
                )
            rules.append(Rule(each.get("keys", "*"), each["from"], each["to"]))
        return cls(tuple(rules))

    def about(self, key: str) -> tuple[Rule, ...]:
        """The rules about one file."""
        return tuple(rule for rule in self.rules if fnmatchcase(key, rule.keys))

    def apply(self, key: str, body: bytes) -> bytes:
        """The file rewritten; one that is no UTF-8 text stays as it is."""
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return body
        for rule in self.about(key):
            text = text.replace(rule.old, rule.new)
        return text.encode("utf-8")

    def digest(self, key: str) -> str:
        """Eight characters that stand for the rules about one file, empty where there are none."""
        about = [(rule.old, rule.new) for rule in self.about(key)]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:8] if about else ""
