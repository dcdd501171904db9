"""What the API server or the network said, as the pack's errors. The one place where statuses become classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from paas.errors import Conflict, Forbidden, Gone, NotFound, ServerError, Unavailable
from paas.kube.paths import Target

_CLASSES: dict[int, type[ServerError]] = {401: Forbidden, 403: Forbidden, 404: NotFound, 409: Conflict, 410: Gone}
_VERBS = {"read": "get", "replace": "update"}
_MOST_WORDS = 500


def from_answer(
    cluster: str, operation: str, target: Target, status: int, headers: Mapping[str, str], body: bytes
) -> ServerError:
    """The error of an HTTP answer above 299, with the server's own words."""
    said = _status_object(body)
    return from_status(
        cluster,
        operation,
        target,
        said or {"message": _plain_words(headers, body) or f"HTTP status {status}"},
        status=status,
        retry_after=_seconds(headers.get("Retry-After")),
    )


def from_status(
    cluster: str,
    operation: str,
    target: Target,
    said: Mapping[str, Any],
    *,
    status: int | None = None,
    retry_after: float | None = None,
) -> ServerError:
    """The error of a `Status` object, from an answer's body or from an ERROR line of a watch."""
    code = status if status is not None else int(said.get("code") or 500)
    details = said.get("details") or {}
    if retry_after is None:
        retry_after = _seconds(details.get("retryAfterSeconds"))
    kind = _CLASSES.get(code, Unavailable if code == 429 or code >= 500 else ServerError)
    return kind(
        system=f"Kubernetes {cluster}",
        operation=operation,
        target=str(target),
        words=str(said.get("message") or said.get("reason") or f"HTTP status {code}")[:_MOST_WORDS],
        status=code,
        hint=_hint(cluster, operation, target, code, str(said.get("reason") or "")),
        retry_after=retry_after,
        reason=str(said.get("reason") or ""),
    )


def from_transport(cluster: str, operation: str, target: Target, error: Exception) -> Unavailable:
    """The error of a request that got no answer: refused, reset, timed out, or a certificate that does not verify."""
    words = str(getattr(error, "reason", None) or error)
    hint = f"is the API server up, and is clusters.{cluster} right?"
    if "CERTIFICATE_VERIFY_FAILED" in words or "certificate" in words.lower():
        hint = f"set clusters.{cluster}.ca_file to the authority that signed the API server's certificate"
    return Unavailable(
        system=f"Kubernetes {cluster}", operation=operation, target=str(target), words=words[:_MOST_WORDS], hint=hint
    )


def permission(operation: str, target: Target) -> str:
    """The RBAC permission that an operation needs, as an operator would grant it."""
    where = f"in namespace {target.namespace}" if target.namespace else "in the whole cluster"
    resource = target.plural + (f"/{target.subresource}" if target.subresource else "")
    verb = _VERBS.get(operation, operation)
    return f'verb "{verb}" on resource "{resource}" of API group "{target.group}" {where}'


def _hint(cluster: str, operation: str, target: Target, status: int, reason: str) -> str:
    if status == 401:
        return f"the credentials of clusters.{cluster} are not accepted; renew them"
    if status == 403 and target.plural:
        return f"it takes {permission(operation, target)}"
    if status == 404 and not target.name and target.plural:
        return f"does the cluster serve {target.resource}? A CRD makes it"
    if reason == "Conflict":
        return "it has changed since it was read; read it again"
    if status == 429:
        return "the server is busy; try again later"
    return ""


def _status_object(body: bytes) -> dict[str, Any] | None:
    if not body.startswith(b"{"):
        return None
    try:
        said = json.loads(body)
    except ValueError:
        return None
    # Only a Status is quoted: another object's body may be the very Secret that was sent.
    return said if isinstance(said, dict) and said.get("kind") == "Status" else None


def _plain_words(headers: Mapping[str, str], body: bytes) -> str:
    if not (headers.get("Content-Type") or "").startswith("text/plain"):
        return ""
    return " ".join(body[:_MOST_WORDS].decode("utf-8", "replace").split())


def _seconds(value: object) -> float | None:
    try:
        return max(0.0, float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):  # absent, or an HTTP date, which no API server sends
        return None
