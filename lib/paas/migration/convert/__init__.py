"""Conversions, for kinds of which the two clusters serve no common version. One file a kind, one table here."""

from __future__ import annotations

from paas.migration.convert import batch, definitions, ingress, scaling, unchanged, webhooks, workloads
from paas.migration.convert.base import Conversion

CONVERSIONS: dict[tuple[str, str, str], Conversion] = {
    **unchanged.CONVERSIONS,
    **workloads.CONVERSIONS,
    **ingress.CONVERSIONS,
    **batch.CONVERSIONS,
    **scaling.CONVERSIONS,
    **definitions.CONVERSIONS,
    **webhooks.CONVERSIONS,
}

#: Kinds that have no successor, and what an operator does about it.
WITHOUT_SUCCESSOR: dict[tuple[str, str], str] = {
    ("policy", "PodSecurityPolicy"): "label the namespaces for Pod Security admission instead",
    ("extensions", "PodSecurityPolicy"): "label the namespaces for Pod Security admission instead",
}

#: Where a kind lives now; a kind served by two groups is read once.
MOVED: dict[tuple[str, str], tuple[str, str]] = {
    **{
        (group, kind): (to.group, to.kind)
        for (group, _, kind), to in CONVERSIONS.items()
        if (group, kind) != (to.group, to.kind) and kind != "ThirdPartyResource"
    },
    ("extensions", "PodSecurityPolicy"): ("policy", "PodSecurityPolicy"),
}

__all__ = ["CONVERSIONS", "MOVED", "WITHOUT_SUCCESSOR", "Conversion"]
