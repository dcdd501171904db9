"""Scripted faults: which calls they meet, how often, and what they do to them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from lab.aws.calls import Call

EFFECTS = ("delay", "error", "hang", "reset", "lag", "unseen", "throttle", "replace", "age")


class BadRule(ValueError):
    """A rule that cannot be followed; the message names the key and what would be right."""


@dataclass
class Rule:
    """One scripted fault.

    Attributes:
        service: Glob of the service (`rds`, `elb`, `elbv2`, `ec2`, `autoscaling`, `s3`, `sts`, `iam`).
        action: Glob of the action (`Describe*`).
        match: Globs by parameter name as on the wire; all must fit. A name may be a glob too (`Instances.*`).
        after: How many matching calls pass before it begins.
        times: How many calls it then meets, None for all.
        effect: What happens; several keys combine, `delay` first. See docs/lab-services.md.
    """

    service: str = "*"
    action: str = "*"
    match: dict[str, str] = field(default_factory=dict)
    after: int = 0
    times: int | None = None
    effect: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    met: int = 0
    tokens: float = 0.0
    filled: float = 0.0

    @classmethod
    def of(cls, spec: Any) -> Rule:
        """A rule from JSON.

        Raises:
            BadRule: A key that no rule has, or an effect that is none.
        """
        if not isinstance(spec, dict):
            raise BadRule("a rule is an object with service, action, match, after, times and effect")
        wrong = set(spec) - {"service", "action", "match", "after", "times", "effect"}
        if wrong:
            raise BadRule(f"no key {sorted(wrong)[0]!r} in a rule; it has service, action, match, after, times, effect")
        effect = spec.get("effect") or {}
        unknown = set(effect) - set(EFFECTS)
        if not effect or unknown:
            raise BadRule(f"effect is an object of {', '.join(EFFECTS)}; got {effect!r}")
        if effect.get("reset", "before") not in ("before", "after"):
            raise BadRule(f"effect.reset is 'before' or 'after' the request went through; got {effect['reset']!r}")
        return cls(**spec)

    def fits(self, call: Call) -> bool:
        """Whether the rule is about this call."""
        if not (fnmatchcase(call.service, self.service) and fnmatchcase(call.action, self.action)):
            return False
        return all(
            any(fnmatchcase(name, wanted) and fnmatchcase(value, glob) for name, value in call.params.items())
            for wanted, glob in self.match.items()
        )

    @property
    def spent(self) -> bool:
        """Whether it has met all the calls that it was for."""
        return self.times is not None and self.met >= self.after + self.times

    def as_json(self) -> dict[str, Any]:
        """The rule with its id and how many calls it has met."""
        names = ("id", "service", "action", "match", "after", "times", "effect", "met")
        return {name: getattr(self, name) for name in names}


class Rules:
    """The rules in force; the first one that fits and has not been spent decides."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rules: list[Rule] = []

    def add(self, spec: Any) -> Rule:
        """Put a rule in force.

        Raises:
            BadRule: It cannot be followed.
        """
        rule = Rule.of(spec)
        with self._lock:
            rule.id = next(self._ids)
            rule.filled = self._now()
            rule.tokens = float((rule.effect.get("throttle") or {}).get("burst", 0))
            self._rules.append(rule)
        return rule

    def remove(self, rule_id: int | None = None) -> None:
        """Take one rule out, or all."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule_id is not None and rule.id != rule_id]

    def all(self) -> list[Rule]:
        """The rules, in the order they were added."""
        with self._lock:
            return list(self._rules)

    def lagging(self) -> list[Rule]:
        """The rules that make an answer lag behind."""
        return [rule for rule in self.all() if rule.effect.get("lag") and not rule.spent]

    def effect_on(self, call: Call) -> dict[str, Any]:
        """What the first fitting rule does to this call, {} where none does; the call counts as met."""
        with self._lock:
            for rule in self._rules:
                if rule.spent or not rule.fits(call):
                    continue
                rule.met += 1
                if rule.met > rule.after and (effect := self._throttled(rule)):
                    return effect
        return {}

    def _throttled(self, rule: Rule) -> dict[str, Any]:
        bucket = rule.effect.get("throttle")
        if not bucket:
            return rule.effect
        now = self._now()
        full = float(bucket.get("burst", 1))
        rule.tokens = min(full, rule.tokens + (now - rule.filled) * float(bucket.get("rate", 1)))
        rule.filled = now
        if rule.tokens >= 1:
            rule.tokens -= 1
            return {}
        return {"error": bucket.get("error", "Throttling")}
