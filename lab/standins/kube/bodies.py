"""The bodies of requests: JSON or YAML, within the server's limit."""

from __future__ import annotations

import json
from typing import Any

import yaml

from lab.standins.request import Request

from .errors import ApiError, Json, bad_request
from .kinds import Kind

LIMIT = 3 * 1024 * 1024
SHOWN = 30


def read_object(request: Request, kind: Kind) -> Json:
    """The body as an object, in JSON or, by its content type, in YAML.

    Raises:
        ApiError: 400, 413 or 415.
    """
    content_type = request.headers.get("content-type", "application/json").split(";")[0].strip()
    if content_type not in ("application/json", "application/yaml", "", "*/*"):
        words = (
            "the body of the request was in an unknown format - accepted media types include: application/json, "
            "application/yaml, application/vnd.kubernetes.protobuf"
        )
        raise ApiError(415, "UnsupportedMediaType", words, details={})
    _check_size(request)
    raw = request.body.decode("utf-8", "replace")
    start = f"the object provided is unrecognized (must be of type {kind.kind})"
    try:
        body = _yaml(request.body) if content_type == "application/yaml" else json.loads(request.body)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"{start}: couldn't get version/kind; json parse error: {error} ({_excerpt(raw)})") from None
    if not isinstance(body, dict):
        found = {list: "array", str: "string", bool: "bool"}.get(type(body), "number")
        words = f"couldn't get version/kind; json parse error: json: cannot unmarshal {found}"
        raise bad_request(f"{start}: {words} ({_excerpt(raw)})")
    if kind.custom and not body.get("kind"):
        raise bad_request(f"{start}: Object 'Kind' is missing in '{raw}' ({_excerpt(raw)})")
    return body


def read_patch(request: Request, content_type: str) -> Any:
    """The body of a patch: YAML for server-side apply, else JSON.

    Raises:
        ApiError: 400, it is neither; 413, it is too large.
    """
    _check_size(request)
    try:
        return _yaml(request.body) if content_type.endswith("yaml") else json.loads(request.body)
    except yaml.YAMLError as error:
        raise bad_request(f"error decoding YAML: {error}") from None
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from None


def _check_size(request: Request) -> None:
    if len(request.body) > LIMIT:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {LIMIT}")


def _yaml(body: bytes) -> Any:
    return yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def _excerpt(raw: str) -> str:
    """The beginning of what came, as the server shows it: hexadecimal unless it looks like JSON."""
    if not raw:
        return "<empty>"
    text = raw if raw.startswith("{") else raw.encode().hex()
    return text if len(text) <= SHOWN else text[:SHOWN] + " ..."
