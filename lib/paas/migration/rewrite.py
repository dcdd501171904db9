"""Names that differ on the other side: namespaces, storage classes, images."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from paas.migration.json_types import Json
from paas.migration.kinds import templates
from paas.migration.options import Options

_NAME_LABEL = "kubernetes.io/metadata.name"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_INJECT_FROM = ("cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret")
#: Objects that name a namespace in a field of that name: subjects, services of webhooks, claims, data sources.
_REFERENCES = ("subjects", "service", "claimRef", "dataSourceRef")
_USERS = re.compile(r"(system:serviceaccounts?:)([^:]+)(:.+)?")


class Rewriter:
    """The maps of `namespace_map`, `storage_class_map` and `image_map`, applied in place."""

    def __init__(self, options: Options) -> None:
        self._namespaces = {old: new for old, new in options.namespace_map.items() if old != new}
        self._classes = options.storage_class_map
        self._images = sorted(options.image_map.items(), key=lambda pair: -len(pair[0]))
        names = "|".join(re.escape(name) for name in self._namespaces)
        # A DNS name within the cluster, or a field that says namespace.
        self._left = re.compile(rf'(?<![-a-z0-9])({names})\.svc\b|namespaces?\\?":\s*\[?\\?"({names})\\?"')
        self._dns = re.compile(rf"(?<![-a-z0-9])({names})(?=\.svc\b)")

    def rewrite(self, obj: Json) -> None:
        """Change the names that stand where their meaning is known."""
        if self._namespaces:
            self._namespace(obj)
        if self._images:
            spec = templates.pod_spec(obj)
            for container in templates.containers(spec) if spec else ():
                container["image"] = self._image(container.get("image", ""))
        if self._classes:
            self._storage_class(obj)

    def left_over(self, text: str) -> list[str]:
        """Source namespaces that an object's text still mentions where no rule knows the meaning."""
        if not self._namespaces:
            return []
        return sorted({found[1] or found[2] for found in self._left.finditer(text)})

    def _namespace(self, obj: Json) -> None:
        metadata = obj["metadata"]
        if obj["kind"] == "Namespace":
            metadata["name"] = self._namespaces.get(metadata["name"], metadata["name"])
        if "namespace" in metadata:
            metadata["namespace"] = self._namespaces.get(metadata["namespace"], metadata["namespace"])
        annotations = metadata.get("annotations") or {}
        for name in _INJECT_FROM:
            namespace, slash, rest = annotations.get(name, "").partition("/")
            if slash:
                annotations[name] = f"{self._namespaces.get(namespace, namespace)}/{rest}"
        if _LAST_APPLIED in annotations:
            annotations[_LAST_APPLIED] = self._last_applied(annotations[_LAST_APPLIED])
        for field, value in obj.items():
            if field not in ("metadata", "data", "stringData", "binaryData"):
                self._walk(field, value)

    def _walk(self, field: str, value: Any) -> None:
        if isinstance(value, list):
            if field == "namespaces":  # of a pod affinity term
                value[:] = [self._namespaces.get(each, each) if isinstance(each, str) else each for each in value]
            for each in value:
                self._walk(field, each)
            return
        if not isinstance(value, dict):
            return
        if field in _REFERENCES:
            self._reference(value)
        if field == "namespaceSelector":
            self._selector(value)
        if isinstance(value.get("externalName"), str):
            value["externalName"] = self._dns.sub(lambda found: self._namespaces[found[1]], value["externalName"])
        for inner, part in value.items():
            self._walk(inner, part)

    def _reference(self, value: Json) -> None:
        namespace = value.get("namespace")
        if isinstance(namespace, str) and namespace in self._namespaces:
            value["namespace"] = self._namespaces[namespace]
        found = _USERS.fullmatch(value.get("name") or "") if value.get("kind") in ("User", "Group") else None
        if found and found[2] in self._namespaces:
            value["name"] = f"{found[1]}{self._namespaces[found[2]]}{found[3] or ''}"

    def _selector(self, selector: Json) -> None:
        labels = selector.get("matchLabels") or {}
        if labels.get(_NAME_LABEL) in self._namespaces:
            labels[_NAME_LABEL] = self._namespaces[labels[_NAME_LABEL]]
        for expression in selector.get("matchExpressions") or ():
            if expression.get("key") == _NAME_LABEL and expression.get("values"):
                expression["values"] = [self._namespaces.get(each, each) for each in expression["values"]]

    def _last_applied(self, text: str) -> str:
        try:
            applied = json.loads(text)
            self._namespace(applied)
        except (ValueError, KeyError, TypeError, AttributeError):
            return text
        return json.dumps(applied, separators=(",", ":")) + "\n"

    def _image(self, image: str) -> str:
        for old, new in self._images:
            if image.startswith(old):
                return new + image[len(old) :]
        return image

    def _storage_class(self, obj: Json) -> None:
        spec = obj.get("spec") or {}
        if obj["kind"] in ("PersistentVolume", "PersistentVolumeClaim"):
            self._claim(obj["metadata"], spec)
        elif obj["kind"] == "StatefulSet":
            for claim in spec.get("volumeClaimTemplates") or ():
                self._claim(claim.get("metadata") or {}, claim.get("spec") or {})
        elif obj["kind"] == "ResourceQuota" and spec.get("hard"):
            spec["hard"] = {self._quota_key(key): value for key, value in spec["hard"].items()}

    def _claim(self, metadata: Json, spec: Json) -> None:
        _map_value(spec, "storageClassName", self._classes)
        _map_value(metadata.get("annotations") or {}, _CLASS_ANNOTATION, self._classes)

    def _quota_key(self, key: str) -> str:
        name, dot, rest = key.partition(".storageclass.storage.k8s.io/")
        return f"{self._classes.get(name, name)}{dot}{rest}" if dot else key


def _map_value(holder: Json, field: str, names: Mapping[str, str]) -> None:
    if holder.get(field) in names:
        holder[field] = names[holder[field]]
