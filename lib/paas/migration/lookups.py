"""A live cluster's answers to the rules' questions."""

from __future__ import annotations

from urllib.parse import quote

from paas.errors import NotFound
from paas.kube import Client
from paas.migration.facts import Remembered
from paas.migration.json_types import Json
from paas.migration.kinds.secret import TOKEN_TYPE
from paas.migration.reading import one
from paas.migration.retrying import Retry


class Lookups:
    """`paas.migration.facts.Facts` of one cluster.

    Args:
        client: The cluster.
        retry: How often a question is asked again.
    """

    def __init__(self, client: Client, retry: Retry) -> None:
        self._client = client
        self._retry = retry
        self._kept = Remembered()

    def service_account(self, namespace: str, name: str) -> Json | None:
        """A ServiceAccount; None where there is none."""
        return self._read(_core(namespace, "serviceaccounts", name)) if name else None

    def token_secrets(self, namespace: str) -> frozenset[str]:
        """Names of the Secrets of type service-account-token in a namespace."""

        def ask() -> frozenset[str]:
            listed = self._client.list(_core(namespace, "secrets"), field_selector=f"type={TOKEN_TYPE}")
            return frozenset(each["metadata"]["name"] for each in listed if each.get("type") == TOKEN_TYPE)

        return self._kept.get(("tokens", namespace), lambda: self._retry(ask))

    def has_selector(self, namespace: str, service: str) -> bool | None:
        """Whether a Service selects its own Pods; None where there is no such Service."""
        found = self._read(_core(namespace, "services", service))
        return None if found is None else bool((found.get("spec") or {}).get("selector"))

    def owner(self, reference: Json, namespace: str | None) -> Json | None:
        """The object that an owner reference names; None where it is gone, or another of its name is there."""
        group, _, version = reference["apiVersion"].rpartition("/")
        try:
            resource = self._client.resources.find(group, reference["kind"], version=version)
        except NotFound:
            return None
        found = self._read(resource.path(namespace, reference["name"]))
        return found if found and found["metadata"].get("uid") == reference.get("uid") else None

    def _read(self, path: str) -> Json | None:
        found: Json | None = self._kept.get(path, lambda: one(self._client, path, self._retry))
        return found


def _core(namespace: str, plural: str, name: str | None = None) -> str:
    path = f"/api/v1/namespaces/{quote(namespace, safe='')}/{plural}"
    return f"{path}/{quote(name, safe='')}" if name else path
