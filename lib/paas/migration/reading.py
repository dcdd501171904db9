"""Reading collections of any size in bounded memory: page by page, the pages sized by what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from paas.errors import Gone, NotFound
from paas.kube import Client
from paas.migration.json_types import Json
from paas.migration.retrying import Retry

#: Bytes of JSON that a page should hold: parsed it takes several times that.
PAGE_BYTES = 2_000_000
FEWEST, FIRST, MOST = 20, 100, 500
_SAMPLE = 4
_RESTARTS = (2_000, 10_000, 0)  # limits after an expired token: larger, at last everything at once
_METADATA_ONLY = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=1,application/json"}


def one(client: Client, path: str, retry: Retry) -> Json | None:
    """One object, asked for again where the server is busy; None where it is not there."""

    def ask() -> Json | None:
        try:
            found: Json = client.get(path)
        except NotFound:
            return None
        return found

    return retry(ask)


class Reader:
    """Lists of one cluster, asked for again where the server is busy.

    Args:
        client: The cluster.
        retry: How often.
    """

    def __init__(self, client: Client, retry: Retry) -> None:
        self._client = client
        self._retry = retry

    def pages(
        self, path: str, *, labels: str | None = None, first: int = FIRST, metadata_only: bool = False
    ) -> Iterator[list[Json]]:
        """A collection's objects, page by page, in the server's order (by namespace and name).

        A continue token that expires between two pages starts the list again, without what was given out already.

        Args:
            path: The collection.
            labels: A label selector.
            first: Objects on the first page.
            metadata_only: Ask for metadata alone; servers before 1.15 give whole objects.

        Raises:
            ServerError: The list cannot be read.
        """
        limit, token, last = first, None, ""
        restarts = iter(_RESTARTS)
        restarted = False
        while True:
            params = {"limit": limit or None, "continue": token, "labelSelector": labels}
            try:
                page = self._page(path, params, metadata_only=metadata_only)
            except Gone:
                limit = next(restarts, -1)
                if limit < 0:
                    raise
                token, restarted = None, True
                continue
            items: list[Json] = page.get("items") or []
            _name_kind(page, items)
            if restarted:
                items = [item for item in items if _key(item) > last]
            if items:
                last = _key(items[-1])
                yield items
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return
            if not restarted:
                limit = page_size(items)

    def probe(self, path: str, *, labels: str | None = None) -> tuple[int, int]:
        """How many objects a collection has, at least, and how many of them make a page; one small request."""
        page = self._page(path, {"limit": 1, "labelSelector": labels}, metadata_only=False)
        items = page.get("items") or []
        rest = (page.get("metadata") or {}).get("remainingItemCount") or 0
        return len(items) + rest, min(page_size(items), 2 * FIRST)

    def _page(self, path: str, params: dict[str, Any], *, metadata_only: bool) -> Json:
        headers = _METADATA_ONLY if metadata_only else None
        page: Json = self._retry(
            lambda: self._client.call("GET", path, params=params, headers=headers, operation="list")
        )
        return page


def page_size(items: list[Json]) -> int:
    """How many such objects make a page."""
    if not items:
        return FIRST
    step = max(1, len(items) // _SAMPLE)
    sample = items[::step]
    average = sum(len(json.dumps(item)) for item in sample) / len(sample)
    return max(FEWEST, min(MOST, int(PAGE_BYTES / max(1.0, average))))


def _name_kind(page: Json, items: list[Json]) -> None:
    """Lists leave out what all their items are."""
    api_version, kind = page.get("apiVersion"), str(page.get("kind") or "").removesuffix("List")
    for item in items:
        item.setdefault("apiVersion", api_version)
        item.setdefault("kind", kind)


def _key(item: Json) -> str:
    metadata = item["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"
