"""CustomResourceDefinitions: checked, established, served, and taken away with all their objects."""

from __future__ import annotations

from . import crd_schemas
from .cluster import Cluster
from .errors import Cause, Json, invalid_value, required, unsupported
from .kinds import Kind
from .rules import Rule

GROUP = "apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
TABLE = f"{GROUP}/customresourcedefinitions"


def _prepare(cluster: Cluster, new: Json, old: Json | None) -> None:
    spec = new.setdefault("spec", {})
    names = spec.setdefault("names", {})
    kind = names.get("kind", "")
    if kind:
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    spec.setdefault("conversion", {"strategy": "None"})
    if old is None:
        stored = [version["name"] for version in spec.get("versions") or () if version.get("storage")]
        new["status"] = {
            "conditions": None,
            "acceptedNames": {"plural": "", "kind": ""},
            "storedVersions": stored,
        }
    del cluster


def _validate(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    del cluster
    spec, name = new["spec"], new["metadata"].get("name", "")
    names, versions = spec["names"], spec.get("versions") or []
    causes: list[Cause] = []
    if name != f"{names.get('plural', '')}.{spec.get('group', '')}":
        causes.append(invalid_value("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    if not spec.get("group"):
        causes.append(required("spec.group"))
    if not spec.get("scope"):
        causes.append(required("spec.scope"))
    elif spec["scope"] not in ("Cluster", "Namespaced"):
        causes.append(unsupported("spec.scope", spec["scope"], ["Cluster", "Namespaced"]))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        shown = versions or None
        causes.append(invalid_value("spec.versions", shown, "must have exactly one version marked as storage version"))
    for field in ("plural", "singular", "kind", "listKind"):
        if not names.get(field):
            causes.append(required(f"spec.names.{field}"))
    causes += crd_schemas.check(versions)
    if not (new.get("status") or {}).get("storedVersions"):
        causes.append(invalid_value("status.storedVersions", None, "must have at least one stored version"))
    if old is not None and old["spec"].get("scope") != spec.get("scope"):
        causes.append(invalid_value("spec.scope", spec.get("scope"), "field is immutable"))
    return causes


def _holds(value: Json) -> bool:
    """A definition is never deleted at once: its objects go first."""
    return not value["metadata"].get("deletionTimestamp")


def _going(cluster: Cluster, value: Json) -> None:
    metadata = value["metadata"]
    finalizers = metadata.get("finalizers") or []
    if CLEANUP not in finalizers:
        metadata["finalizers"] = [*finalizers, CLEANUP]
    # The real server marks definitions in code of its own: no grace period, no new generation.
    metadata.pop("deletionGracePeriodSeconds", None)
    metadata["generation"] = max(1, metadata.get("generation", 1) - 1)
    words = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    terminating = condition("Terminating", "True", "InstanceDeletionPending", words, cluster.now())
    status = value.get("status") or {}
    value["status"] = {**status, "conditions": [*(status.get("conditions") or ()), terminating]}


RULE = Rule(prepare=_prepare, validate=_validate, holds=_holds, going=_going)


def kinds_of(definition: Json) -> list[Kind]:
    """The kinds that a definition serves, one a version."""
    spec = definition["spec"]
    names = spec["names"]
    return [
        Kind(
            spec["group"],
            version["name"],
            names["plural"],
            names["kind"],
            namespaced=spec["scope"] == "Namespaced",
            singular=names.get("singular", ""),
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(name for name in ("status", "scale") if name in (version.get("subresources") or {})),
            generation=True,
            custom=True,
            list_kind=names.get("listKind", ""),
            schema=(version.get("schema") or {}).get("openAPIV3Schema") or {},
            selectable=tuple(one["jsonPath"].lstrip(".") for one in version.get("selectableFields") or ()),
            columns=tuple(version.get("additionalPrinterColumns") or ()),
            storage=bool(version.get("storage")),
        )
        for version in spec["versions"]
        if version.get("served")
    ]


def condition(type_: str, status: str, reason: str, message: str, now: str) -> Json:
    """One condition of a definition."""
    found = {"type": type_, "status": status, "lastTransitionTime": now}
    return {**found, "reason": reason, "message": message}


def establish(cluster: Cluster, name: str) -> None:
    """Accept a definition's names, serve its kinds and say so in its status."""
    with cluster.store.lock:
        stored = cluster.store.get(TABLE, name)
        if stored is None:
            return
        value = stored.object
        status = value.get("status") or {}
        if any(one["type"] == "Established" and one["status"] == "True" for one in status.get("conditions") or ()):
            _serve(cluster, value)  # one that is going too: its objects are still to be deleted
            return
        if value["metadata"].get("deletionTimestamp"):
            return
        now = cluster.now()
        names, clash = _accepted(cluster, value)
        status = {**status, "acceptedNames": names}
        if clash is not None:
            waiting = condition("Established", "False", "NotAccepted", "not all names are accepted", now)
            _set_status(cluster, name, {**status, "conditions": [clash, waiting]})
            return
        accepted = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        waiting = condition("Established", "False", "Installing", "the initial names have been accepted", now)
        _set_status(cluster, name, {**status, "conditions": [accepted, waiting]})
        ready = condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now)
        _serve(cluster, value)
        _set_status(cluster, name, {**status, "conditions": [accepted, ready]})


def _accepted(cluster: Cluster, value: Json) -> tuple[Json, Json | None]:
    """The names that no other definition of the group has taken, and the condition where some have been."""
    spec, taken = value["spec"], set()
    for other in cluster.all(GROUP, "customresourcedefinitions"):
        if other["metadata"]["uid"] != value["metadata"]["uid"] and other["spec"]["group"] == spec["group"]:
            names = (other.get("status") or {}).get("acceptedNames") or {}
            taken |= {names.get(field) for field in ("plural", "singular", "kind", "listKind")}
            taken |= set(names.get("shortNames") or ())
    accepted: Json = {"plural": "", "kind": ""}
    clash: Json | None = None
    for field, reason in (
        ("plural", "PluralConflict"),
        ("singular", "SingularConflict"),
        ("shortNames", "ShortNamesConflict"),
        ("kind", "KindConflict"),
        ("listKind", "ListKindConflict"),
    ):
        wanted = spec["names"].get(field)
        listed = wanted if isinstance(wanted, list) else [wanted]
        found = [name for name in listed if name in taken]
        if found:
            clash = condition("NamesAccepted", "False", reason, f'"{found[0]}" is already in use', cluster.now())
        elif wanted:
            accepted[field] = wanted
    if "categories" in spec["names"]:
        accepted["categories"] = spec["names"]["categories"]
    return accepted, clash


def _set_status(cluster: Cluster, name: str, status: Json) -> None:
    stored = cluster.store.get(TABLE, name)
    if stored is not None:
        metadata = dict(stored.object["metadata"])
        cluster.store.put(TABLE, name, {**stored.object, "metadata": metadata, "status": status})


def _serve(cluster: Cluster, value: Json) -> None:
    spec = value["spec"]
    kinds = kinds_of(value)
    known = {version: cluster.kinds.find(spec["group"], version, spec["names"]["plural"]) for version in _names(kinds)}
    if all(known[kind.version] == kind and _same_schema(known[kind.version], kind) for kind in kinds):
        gone = [one.version for one in cluster.kinds.all() if _is(one, spec) and one.version not in known]
        if not gone:
            return
    cluster.kinds.remove(spec["group"], spec["names"]["plural"])
    for kind in kinds:
        cluster.kinds.add(kind)
    cluster.store.end_streams(f"{spec['group']}/{spec['names']['plural']}")


def _names(kinds: list[Kind]) -> list[str]:
    return [kind.version for kind in kinds]


def _is(kind: Kind, spec: Json) -> bool:
    return (kind.group, kind.plural) == (spec["group"], spec["names"]["plural"])


def _same_schema(known: Kind | None, kind: Kind) -> bool:
    return known is not None and known.schema == kind.schema


def withdraw(cluster: Cluster, definition: Json) -> None:
    """Serve a definition's kinds no more; their watches end."""
    spec = definition["spec"]
    cluster.kinds.remove(spec["group"], spec["names"]["plural"])
    cluster.store.end_streams(f"{spec['group']}/{spec['names']['plural']}")


def clean_up(cluster: Cluster, name: str) -> None:
    """Delete every object of a definition that is going, then the definition."""
    from . import deleting

    stored = cluster.store.get(TABLE, name)
    if stored is None:
        return
    spec = stored.object["spec"]
    table = f"{spec['group']}/{spec['names']['plural']}"
    kind = cluster.kinds.stored().get(table)
    if kind is not None:
        found = cluster.store.page(table)[0]
        deleting.delete_collection(cluster, kind, found, {"propagationPolicy": "Background"})
    with cluster.store.lock:
        stored = cluster.store.get(TABLE, name)
        definitions = cluster.kinds.find(GROUP, "v1", "customresourcedefinitions")
        if stored is None or definitions is None or cluster.store.page(table, limit=1)[0]:
            return
        metadata = dict(stored.object["metadata"])
        metadata["finalizers"] = [one for one in metadata.get("finalizers") or () if one != CLEANUP]
        if not metadata["finalizers"]:
            del metadata["finalizers"]
        withdraw(cluster, stored.object)
        value = {**stored.object, "metadata": metadata}
        if not deleting.finish(cluster, definitions, stored, value):
            cluster.store.put(TABLE, name, value)


def clean_up_after(cluster: Cluster, table: str) -> None:
    """An object of a definition that is going has gone: go on with the definition."""
    group, _, plural = table.partition("/")
    definition = cluster.get(GROUP, "customresourcedefinitions", f"{plural}.{group}")
    if definition is not None and definition["metadata"].get("deletionTimestamp"):
        clean_up(cluster, f"{plural}.{group}")
