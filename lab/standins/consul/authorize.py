"""What a token may do: rules of keys, sessions and the ACL system, by exact name or by the longest prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.standins.consul.entries import Entry
from lab.standins.consul.queries import HttpError

# Of two policies on one name the later of these wins.
STRENGTH = {"": -1, "read": 0, "list": 1, "write": 2, "deny": 3}
ALLOWS = {"read": ("read", "list", "write"), "list": ("list", "write"), "write": ("write",)}


class Denied(HttpError):
    """403 in Consul's words."""

    def __init__(self, words: str) -> None:
        super().__init__(403, words)


@dataclass
class Rules:
    """The merged rules of a token's policies: `exact` and `prefix` by resource and name, `plain` by resource."""

    exact: dict[str, dict[str, str]] = field(default_factory=dict)
    prefix: dict[str, dict[str, str]] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)

    def add(self, where: dict[str, str], name: str, level: str) -> None:
        """Merge one rule: deny is stronger than write, write than list, list than read."""
        if STRENGTH[level] > STRENGTH[where.get(name, "")]:
            where[name] = level


class Authorizer:
    """Decides for one token.

    Args:
        accessor: The token's accessor id, named in refusals.
        rules: The token's rules; None means that everything is allowed (ACLs off, or a management token).
        default: What holds where no rule says anything, `allow` or `deny`.
    """

    def __init__(self, *, accessor: str = "", rules: Rules | None = None, default: str = "deny") -> None:
        self.accessor = accessor
        self._rules = rules
        self._default = "write" if default == "allow" else "deny"

    def allows(self, resource: str, name: str, level: str) -> bool:
        """Whether `resource` (`key`, `session`) of this name may be used at `level`."""
        if self._rules is None:
            return True
        return self._level(resource, name) in ALLOWS[level]

    def _level(self, resource: str, name: str) -> str:
        assert self._rules is not None
        exact = self._rules.exact.get(resource, {}).get(name)
        if exact is not None:
            return exact
        prefixes = [prefix for prefix in self._rules.prefix.get(resource, {}) if name.startswith(prefix)]
        return self._rules.prefix[resource][max(prefixes, key=len)] if prefixes else self._default

    def require(self, resource: str, name: str, level: str) -> None:
        """Refuse where it is not allowed.

        Raises:
            Denied: It is not.
        """
        if not self.allows(resource, name, level):
            raise Denied(self._words(resource, level, name))

    def require_key(self, key: bytes, level: str) -> None:
        """Refuse a key that may not be used at `level`.

        Raises:
            Denied: It may not.
        """
        if self._rules is not None:
            self.require("key", key.decode("utf-8", "replace"), level)

    def require_tree(self, prefix: bytes) -> None:
        """Refuse the deletion of a tree of which any part may not be written.

        Raises:
            Denied: Some part may not.
        """
        if self._rules is None:
            return
        name = prefix.decode("utf-8", "replace")
        below = [
            level
            for rules in (self._rules.exact, self._rules.prefix)
            for rule, level in rules.get("key", {}).items()
            if rule.startswith(name)
        ]
        if not self.allows("key", name, "write") or any(level != "write" for level in below):
            raise Denied(self._words("key", "write", name))

    def require_plain(self, resource: str, level: str) -> None:
        """Refuse the use of a resource without names (`acl`, `operator`).

        Raises:
            Denied: It is not allowed.
        """
        if self._rules is not None and self._rules.plain.get(resource, self._default) not in ALLOWS[level]:
            raise Denied(self._words(resource, level, ""))

    def allows_plain(self, resource: str, level: str) -> bool:
        """Whether a resource without names may be used."""
        return self._rules is None or self._rules.plain.get(resource, self._default) in ALLOWS[level]

    def readable(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries that may be read; a list leaves the others out without a word."""
        if self._rules is None:
            return list(entries)
        return [entry for entry in entries if self.allows("key", entry.key.decode("utf-8", "replace"), "read")]

    def _words(self, resource: str, level: str, name: str) -> str:
        who = f"token with AccessorID '{self.accessor}'" if self.accessor else "provided token"
        on = f' on "{name}"' if name else ""
        return f"Permission denied: {who} lacks permission '{resource}:{level}'{on}"
