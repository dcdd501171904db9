"""One API server's verbs on raw JSON. No models: objects are the dicts that the server sends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from paas.kube import failures, paths
from paas.kube.calls import JSON, Calls
from paas.kube.discovery import Discovery
from paas.kube.item_stream import ItemStream
from paas.kube.transport import READ_TIMEOUT, Chunks, NoAnswer

#: Whom the server names as the owner of fields that the pack writes.
FIELD_MANAGER = "stackstorm-kubernetes"
PAGE_SIZE = 500

PatchKind = Literal["merge", "json", "strategic", "apply"]
_PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",  # JSON is YAML
}


class Client(Calls):
    """One cluster's API; usable from many threads.

    Every method raises a `paas.errors.ServerError`: `NotFound`, `Conflict`, `Forbidden`, `Gone`, `Unavailable` where
    no answer came or the server is busy, and the class itself for what the server rejects (400, 422). Nothing is
    tried twice: the caller knows what may be.

    Args:
        cluster: The cluster's name in the settings.
        transport: How to reach it.
    """

    @cached_property
    def resources(self) -> Discovery:
        """What the cluster serves."""
        return Discovery(self.cluster, self.call)

    def get(self, path: str, *, params: Mapping[str, Any] | None = None, timeout: float = READ_TIMEOUT) -> Any:
        """Read one object, or whatever JSON is at the path."""
        return self.call("GET", path, params=params, timeout=timeout)

    def pages(
        self, path: str, *, label_selector: str | None = None, field_selector: str | None = None, limit: int = PAGE_SIZE
    ) -> Iterator[dict[str, Any]]:
        """List a collection, page by page, all at one resourceVersion.

        Args:
            path: The collection's path.
            label_selector: `app=web,tier!=cache`.
            field_selector: `metadata.name=web`.
            limit: Objects a page.

        Yields:
            The list objects: `items`, and `metadata` with `resourceVersion`.

        Raises:
            Gone: The continue token expired between two pages. The caller decides whether to begin again.
        """
        params: dict[str, Any] = {
            "limit": limit,
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
        }
        while True:
            page = self.call("GET", path, params=params, operation="list")
            yield page
            token = page.get("metadata", {}).get("continue")
            if not token:
                return
            params["continue"] = token

    def unpaged(
        self, path: str, *, label_selector: str | None = None, field_selector: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """List a collection in one answer, which is read while it arrives.

        Yields:
            What `pages` would, in parts of as many items; `metadata` is complete in the last one.
        """
        params = {"labelSelector": label_selector, "fieldSelector": field_selector}
        chunks = self._open("list", path, params, timeout=READ_TIMEOUT)
        stream = ItemStream()
        try:
            items = stream.read(chunks)
            while part := [*islice(items, PAGE_SIZE)]:
                yield {"metadata": {}, **stream.head, "items": part}
            yield {**stream.head, "items": []}
        except NoAnswer as error:
            raise failures.from_transport(self.cluster, "list", paths.parse(path), error) from error
        except ValueError as error:
            raise self._no_json("list", path, 200) from error
        finally:
            chunks.close()

    def list(
        self, path: str, *, label_selector: str | None = None, field_selector: str | None = None, limit: int = PAGE_SIZE
    ) -> Iterator[dict[str, Any]]:
        """List a collection's objects, each with its `apiVersion` and `kind`, which lists leave out.

        Raises:
            Gone: As `pages` does.
        """
        for page in self.pages(path, label_selector=label_selector, field_selector=field_selector, limit=limit):
            api_version, kind = page.get("apiVersion"), str(page.get("kind") or "").removesuffix("List")
            for item in page.get("items") or ():
                item.setdefault("apiVersion", api_version)
                item.setdefault("kind", kind)
                yield item

    def create(
        self, path: str, body: Mapping[str, Any], *, dry_run: bool = False, field_manager: str = FIELD_MANAGER
    ) -> dict[str, Any]:
        """Create an object in the collection at `path`.

        Raises:
            Conflict: One of that name is there (`reason` AlreadyExists).
        """
        return self._write("POST", path, body, {"fieldManager": field_manager, "dryRun": _dry(dry_run)}, JSON)

    def replace(
        self, path: str, body: Mapping[str, Any], *, dry_run: bool = False, field_manager: str = FIELD_MANAGER
    ) -> dict[str, Any]:
        """Replace an object, or its `/status`; a `metadata.resourceVersion` in the body is a precondition.

        Raises:
            Conflict: It has changed since that version (`reason` Conflict).
        """
        return self._write("PUT", path, body, {"fieldManager": field_manager, "dryRun": _dry(dry_run)}, JSON)

    def patch(
        self,
        path: str,
        body: Mapping[str, Any] | Sequence[Any],
        *,
        kind: PatchKind = "merge",
        dry_run: bool = False,
        force: bool = False,
        field_manager: str = FIELD_MANAGER,
    ) -> dict[str, Any]:
        """Patch an object, or its `/status`.

        Args:
            path: The object's path.
            body: The patch; for `json` a list of operations.
            kind: `merge` (RFC 7386), `json` (RFC 6902), `strategic`, or `apply` (server-side apply).
            dry_run: Let the server check and default it, and store nothing.
            force: With `apply`: take over fields that another manager owns.
            field_manager: The owner of the fields.

        Raises:
            Conflict: A precondition in the patch does not hold, or another manager owns a field.
        """
        params = {"fieldManager": field_manager, "dryRun": _dry(dry_run), "force": True if force else None}
        return self._write("PATCH", path, body, params, {"Content-Type": _PATCH_TYPES[kind]})

    def delete(
        self,
        path: str,
        *,
        preconditions: Mapping[str, str] | None = None,
        propagation: Literal["Background", "Foreground", "Orphan"] | None = None,
        grace_seconds: int | None = None,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Delete an object.

        Args:
            path: The object's path.
            preconditions: `uid` and `resourceVersion` that it must still have.
            propagation: What happens to the objects that it owns.
            grace_seconds: Seconds for it to end in.
            dry_run: Only check.

        Raises:
            Conflict: A precondition does not hold.
        """
        body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        for field, value in (
            ("preconditions", dict(preconditions) if preconditions else None),
            ("propagationPolicy", propagation),
            ("gracePeriodSeconds", grace_seconds),
        ):
            if value is not None:
                body[field] = value
        return self._write("DELETE", path, body, {"dryRun": _dry(dry_run)}, JSON)

    def stream(self, path: str, params: Mapping[str, Any], *, timeout: float) -> Chunks:
        """Open a watch; the bytes of its lines come as they are sent.

        Args:
            path: The collection's path.
            params: `watch`, `resourceVersion`, `timeoutSeconds`, ...
            timeout: Seconds of silence after which reading raises `NoAnswer`.
        """
        return self._open("watch", path, params, timeout=timeout)

    def _write(
        self, method: str, path: str, body: Any, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        answer: dict[str, Any] = self.call(
            method, path, params=params, body=json.dumps(body, separators=(",", ":")).encode(), headers=headers
        )
        return answer


def _dry(dry_run: bool) -> str | None:
    return "All" if dry_run else None
