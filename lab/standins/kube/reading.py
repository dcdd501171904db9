"""get and list: pages, selectors, versions."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from typing import Any

from . import field_selectors, label_selectors
from .cluster import Cluster, key_of
from .errors import (
    ApiError,
    Json,
    bad_request,
    expired,
    forbidden_field,
    invalid,
    invalid_value,
    not_found,
    too_large_version,
    unsupported,
)
from .kinds import Kind
from .options import number
from .store import Stored, TooOld, encode

EXPIRED_WORDS = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the "
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing "
    "with the provided token results in an inconsistent list - objects that were created, modified, or deleted "
    "between the "
    "time the first chunk was returned and now may show up in the list."
)


def read_version(text: str) -> int:
    """A resourceVersion as a number.

    Raises:
        ApiError: 400, it is none.
    """
    if not text:
        return 0
    if not text.isdigit():
        raise bad_request("invalid resource version: " + version_words(text))
    return int(text)


def version_words(text: str) -> str:
    """What is wrong with a resourceVersion that is no number."""
    cause = invalid_value("resourceVersion", text, f'strconv.ParseUint: parsing "{text}": invalid syntax')
    return f"{cause.field}: {cause.message}"


def stored(cluster: Cluster, kind: Kind, namespace: str, name: str) -> Stored:
    """The object of a path.

    Raises:
        ApiError: 404, there is none.
    """
    found = cluster.store.get(kind.where, key_of(kind, namespace, name))
    if found is None:
        raise not_found(kind.group, kind.plural, name)
    return found


def get(cluster: Cluster, kind: Kind, namespace: str, name: str) -> bytes:
    """One object as JSON."""
    return stored(cluster, kind, namespace, name).encoded(kind.api_version, kind.kind)


class Tokens:
    """Continue tokens: readable by nobody but this server, and not for ever.

    A token is a moment and a key; when the moment has been compacted away, or the lab says so, it is expired.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._oldest = 0

    def expire(self, cluster: Cluster) -> None:
        """Tokens made up to now lead to 410."""
        with self._lock:
            self._oldest = cluster.store.version + 1

    def make(self, version: int, key: str) -> str:
        """A token that continues after `key`, as of `version` (-1: inconsistent, as of then)."""
        text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": key}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read(self, token: str) -> tuple[int, str]:
        """The version and the key of a token.

        Raises:
            ApiError: 400, it is no token of this server; 410, it is expired.
        """
        try:
            found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            version, key = int(found["rv"]), str(found["start"])
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise bad_request(f"invalid continue token: continue key is not valid: {_why_no_token(token)}") from None
        if 0 <= version < self._oldest:
            raise self.expired(key)
        return version, key

    def expired(self, key: str) -> ApiError:
        """410 with a token that continues inconsistently."""
        return expired(EXPIRED_WORDS, metadata={"continue": self.make(-1, key)})


def _why_no_token(token: str) -> str:
    for position, letter in enumerate(token):
        if not (letter.isascii() and (letter.isalnum() or letter in "-_")):
            return f"illegal base64 data at input byte {position}"
    return "invalid character 'i' looking for beginning of value"


def check_list_options(query: Mapping[str, str], *, watching: bool) -> None:
    """The rules of resourceVersion, resourceVersionMatch, sendInitialEvents and continue.

    Raises:
        ApiError: 422, in the real server's words.
    """
    match = query.get("resourceVersionMatch", "")
    version = query.get("resourceVersion", "")
    causes = []
    if "sendInitialEvents" in query:
        if not watching:
            causes.append(forbidden_field("sendInitialEvents", "sendInitialEvents is forbidden for list"))
        elif match != "NotOlderThan":
            words = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            causes.append(forbidden_field("resourceVersionMatch", words))
            if match:
                causes.append(unsupported("resourceVersionMatch", match, ["NotOlderThan"]))
    elif match and watching:
        words = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        causes.append(forbidden_field("resourceVersionMatch", words))
    elif match:
        causes += _check_match(match, version, query)
    if causes:
        raise invalid("meta.k8s.io", "ListOptions", "", causes)


def _check_match(match: str, version: str, query: Mapping[str, str]) -> list[Any]:
    causes = []
    if not version:
        words = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        causes.append(forbidden_field("resourceVersionMatch", words))
    if query.get("continue"):
        words = "resourceVersionMatch is forbidden when continue is provided"
        causes.append(forbidden_field("resourceVersionMatch", words))
    if match not in ("Exact", "NotOlderThan"):
        causes.append(unsupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]))
    if match == "Exact" and version == "0":
        words = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        causes.append(forbidden_field("resourceVersionMatch", words))
    return causes


def list_objects(
    cluster: Cluster, kind: Kind, namespace: str, query: Mapping[str, str], tokens: Tokens
) -> tuple[list[Stored], Json]:
    """The objects of a list, or of one page of it, and the list's metadata.

    Raises:
        ApiError: 400, 410, 422 or 504, as the options deserve.
    """
    if cluster.settings.old:  # lists had no pages before 1.8
        query = {name: value for name, value in query.items() if name not in ("limit", "continue")}
    check_list_options(query, watching=False)
    limit = number("limit", query.get("limit") or "0")
    matchers = [
        matcher
        for matcher in (
            label_selectors.parse(query.get("labelSelector", "")),
            field_selectors.parse(query.get("fieldSelector", ""), kind),
        )
        if matcher
    ]
    version, after = _moment(cluster, query, tokens)
    prefix = f"{namespace}/" if namespace else ""
    found: list[Stored] = []
    more = 0
    try:
        while True:
            wanted = max(limit - len(found), 500) if limit and matchers else limit
            part, version, more = cluster.store.page(
                kind.where, prefix=prefix, after=after, limit=wanted, version=version if version != -1 else None
            )
            for position, one in enumerate(part):
                if all(matcher(one.object) for matcher in matchers):
                    found.append(one)
                    if limit and len(found) == limit:
                        more += len(part) - position - 1
                        break
            if not limit or not more or len(found) >= limit:
                break
            after = part[-1].key
    except TooOld as error:
        if "continue" in query:
            raise tokens.expired(after) from None
        raise expired(str(error)) from None
    if not matchers and not more:
        more = 0
    metadata: Json = (
        {"continue": "", "resourceVersion": str(version)} if kind.custom else {"resourceVersion": str(version)}
    )
    if more:
        metadata["continue"] = tokens.make(version, found[-1].key)
        if not matchers:
            metadata["remainingItemCount"] = more
    return found, metadata


def _moment(cluster: Cluster, query: Mapping[str, str], tokens: Tokens) -> tuple[int | None, str]:
    if query.get("continue"):
        version, after = tokens.read(query["continue"])
        if query.get("resourceVersion", "") not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        return (None if version < 0 else version), after
    asked = read_version(query.get("resourceVersion", ""))
    if asked > cluster.store.version:
        cluster.stopping.wait(0.5)  # the real server waits three seconds for its cache to come so far
        if asked > cluster.store.version:
            raise too_large_version(asked, cluster.store.version)
    return (asked if query.get("resourceVersionMatch") == "Exact" else None), ""


def select(cluster: Cluster, kind: Kind, namespace: str, query: Mapping[str, str]) -> list[Stored]:
    """The objects that a query's selectors choose, as of now."""
    tests = [
        label_selectors.parse(query.get("labelSelector", "")),
        field_selectors.parse(query.get("fieldSelector", ""), kind),
    ]
    found = cluster.store.page(kind.where, prefix=f"{namespace}/" if namespace else "")[0]
    return [one for one in found if all(test(one.object) for test in tests if test)]


def list_body(kind: Kind, found: list[Stored], metadata: Json) -> bytes:
    """A list as JSON: items of built-in kinds have no apiVersion and kind, those of custom kinds do."""
    if kind.custom:
        items = b",".join(one.encoded(kind.api_version, kind.kind) for one in found)
    else:
        items = b",".join(one.bare() for one in found)
    head = encode({"kind": kind.list_name, "apiVersion": kind.api_version, "metadata": metadata})
    return head[:-1] + b',"items":[' + items + b"]}"
