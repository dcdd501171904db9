"""Policies: path rules with `*` and `+`, what a token's policies allow, and `sys/policies/acl`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.standins import hcl
from lab.standins.httpd import Response
from lab.standins.vault.answers import NOT_FOUND, Call, VaultError, done, envelope, flat, keys
from lab.standins.vault.storage import Storage

CAPABILITIES = ("create", "read", "update", "delete", "list", "sudo", "patch", "deny")
DEFAULT = """
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/internal/ui/resultant-acl" { capabilities = ["read"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/lookup" { capabilities = ["update"] }
path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
"""
# The older way to write capabilities.
SHORT = {
    "deny": ["deny"],
    "read": ["read", "list"],
    "write": ["create", "read", "update", "delete", "list"],
    "sudo": ["create", "read", "update", "delete", "list", "sudo"],
}


@dataclass(frozen=True)
class Rule:
    """One `path` of a policy: its text without a closing `*`, and what it allows."""

    path: str
    capabilities: frozenset[str]

    @property
    def is_prefix(self) -> bool:
        """Whether it is about everything that begins so."""
        return self.path.endswith("*")

    def matches(self, path: str) -> bool:
        """Whether the rule is about this path."""
        plain = self.path[:-1] if self.is_prefix else self.path
        if "+" not in plain.split("/"):
            return path.startswith(plain) if self.is_prefix else path == plain
        pattern = "/".join("[^/]*" if part == "+" else re.escape(part) for part in plain.split("/"))
        return re.fullmatch(pattern + (".*" if self.is_prefix else ""), path) is not None

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        """Vault's order of precedence: the later the first wildcard the better, then no `*`, fewer `+`, longer."""
        segments = self.path.split("/")
        wildcard = self.path.find("*") if self.is_prefix else len(self.path)
        if "+" in segments:
            wildcard = min(wildcard, len("/".join(segments[: segments.index("+")])) + 1)
        return wildcard, not self.is_prefix, -segments.count("+"), len(self.path), self.path


def parse(text: str) -> list[Rule]:
    """The rules of a policy's text, HCL or JSON.

    Raises:
        VaultError: 400; it is no policy.
    """
    rules: list[Rule] = []
    try:
        items = hcl.parse(text)
    except hcl.BadPolicy as error:
        raise VaultError(400, f"failed to parse policy: {error}") from None
    for name, labels, value in items:
        if name == "name":
            continue
        if name != "path" or not labels or not isinstance(value, dict):
            raise VaultError(400, f'failed to parse policy: invalid key "{name}"')
        wanted = value.get("capabilities") or SHORT.get(value.get("policy", ""), [])
        for capability in wanted:
            if capability not in CAPABILITIES:
                words = f'path "{labels[0]}": invalid capability "{capability}"'
                raise VaultError(400, f"failed to parse policy: {words}")
        path = labels[0].lstrip("/")
        if "+*" in path:
            raise VaultError(
                400, f"failed to parse policy: path \"{path}\": invalid use of wildcards ('+*' is forbidden)"
            )
        rules.append(Rule(path, frozenset(wanted)))
    return rules


class Policies:
    """The policy store; `root` allows everything and has no text."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._parsed: dict[str, tuple[str, list[Rule]]] = {}

    def text(self, name: str) -> str | None:
        """A policy's text, None where there is no such policy."""
        if name == "root":
            return ""
        stored: str | None = self._storage.get(f"policy/{name}")
        return DEFAULT if stored is None and name == "default" else stored

    def rules(self, name: str) -> list[Rule]:
        """A policy's rules; none where there is no such policy."""
        text = self.text(name) or ""
        known = self._parsed.get(name)
        if known is None or known[0] != text:
            known = (text, parse(text))
            self._parsed[name] = known
        return known[1]

    def capabilities(self, names: list[str], path: str, *, listing: bool = False) -> frozenset[str]:
        """What policies of these names allow on a path together; `deny` wins, nothing is `deny`."""
        if "root" in names:
            return frozenset({"root"})
        rules = [rule for name in names for rule in self.rules(name)]
        found = self._decide(rules, path)
        if listing and not found:
            found = self._decide(rules, path.rstrip("/"))  # a list is also allowed by the path without its slash
        return frozenset({"deny"}) if not found or "deny" in found else found

    def _decide(self, rules: list[Rule], path: str) -> frozenset[str]:
        matching = [rule for rule in rules if rule.matches(path)]
        if not matching:
            return frozenset()
        best = max(matching, key=lambda rule: rule.rank).path
        return frozenset().union(*(rule.capabilities for rule in matching if rule.path == best))

    def touches(self, names: list[str], mount: str) -> bool:
        """Whether any rule is about something below a mount, as its preflight check asks."""
        if "root" in names:
            return True
        for rule in (rule for name in names for rule in self.rules(name)):
            fixed = rule.path.split("*")[0].split("+")[0]
            below = fixed.startswith(mount) or (mount.startswith(fixed) and fixed != rule.path)
            if below and "deny" not in rule.capabilities:
                return True
        return False

    def respond(self, call: Call) -> Response:
        """Answer `sys/policies/acl/...` and the older `sys/policy/...`.

        Raises:
            VaultError: Whatever Vault refuses.
        """
        older = call.path.startswith("sys/policy")
        name = call.path.removeprefix("sys/policies/acl").removeprefix("sys/policy").strip("/").lower()
        if not name:
            return self._list(older=older)
        if call.operation == "read":
            text = self.text(name)
            if text is None:
                raise NOT_FOUND
            return flat({"name": name, "rules": text}) if older else envelope({"name": name, "policy": text})
        if name == "root":
            raise VaultError(400, f'cannot {"delete" if call.operation == "delete" else "update"} "root" policy')
        if call.operation == "delete":
            if name == "default":
                raise VaultError(400, "cannot delete default policy")
            self._storage.delete(f"policy/{name}")
            return done()
        text = str(call.data.get("policy") or call.data.get("rules") or "")
        if not text:
            raise VaultError(400, "'policy' parameter not supplied or empty")
        parse(text)
        self._storage.put(f"policy/{name}", text)
        return done()

    def _list(self, *, older: bool) -> Response:
        names = sorted({*self._storage.names("policy/"), "default", "root"})
        return flat({"policies": names, "keys": names}) if older else keys(names)


def needed(call: Call, exists: bool | None) -> str:
    """The capability that a call needs; `exists` tells a create from an update, None where nothing can be created."""
    if call.writes:
        return "create" if exists is False else "update"
    return {"read": "read", "list": "list", "delete": "delete", "patch": "patch"}[call.operation]


def shown(capabilities: frozenset[str]) -> list[str]:
    """Capabilities as `sys/capabilities-self` lists them."""
    return sorted(capabilities)
