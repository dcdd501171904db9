"""The rules as rows, for the operator's page: what is written there is what is done here."""

from __future__ import annotations

from collections.abc import Iterator

from paas.migration.convert import CONVERSIONS, WITHOUT_SUCCESSOR
from paas.migration.kinds import NEVER, RULES


def kinds() -> Iterator[tuple[str, str]]:
    """Each rule in the order of creation: the kinds that it is for, and what it says."""
    for rule in sorted(RULES, key=lambda rule: rule.wave):
        yield ", ".join(kind for _, kind in rule.kinds), rule.says


def never() -> Iterator[tuple[str, str]]:
    """Each kind that is not even read, and what it is."""
    for (_, kind), what in sorted(NEVER.items(), key=lambda entry: entry[0][1]):
        yield kind, what


def conversions() -> Iterator[tuple[str, str, str]]:
    """Each old kind, its present one, and what to look at afterwards."""
    for (group, version, kind), conversion in sorted(CONVERSIONS.items()):
        yield f"{group}/{version} {kind}", f"{conversion.api_version} {conversion.kind}", conversion.warning
    for (group, kind), advice in sorted(WITHOUT_SUCCESSOR.items()):
        yield f"{group} {kind}", "none; it stays behind", advice
