"""Namespaces: labelled with their own name, held by the finalizer `kubernetes` until they are empty."""

from __future__ import annotations

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Json

from . import Rule

NAME_LABEL = "kubernetes.io/metadata.name"


def _prepare(cluster: Cluster, new: Json, old: Json | None) -> None:
    if not cluster.settings.old:
        new["metadata"].setdefault("labels", {})[NAME_LABEL] = new["metadata"].get("name", "")
    if old is None:
        finalizers = (new.get("spec") or {}).get("finalizers") or []
        if "kubernetes" not in finalizers:
            finalizers = [*finalizers, "kubernetes"]
        new["spec"] = {**(new.get("spec") or {}), "finalizers": finalizers}
        new["status"] = {"phase": "Active"}
    else:
        new["spec"] = old.get("spec") or {}


def _holds(value: Json) -> bool:
    return bool((value.get("spec") or {}).get("finalizers"))


def _going(cluster: Cluster, value: Json) -> None:
    del cluster
    value["status"] = {**(value.get("status") or {}), "phase": "Terminating"}


RULES = {("", "Namespace"): Rule(prepare=_prepare, holds=_holds, going=_going)}
