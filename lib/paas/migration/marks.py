"""What a migration leaves on each object that it made: one annotation, enough to resume, verify and undo."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from paas.migration.json_types import Json
from paas.migration.names import key

#: Whom managedFields name as the owner of what a migration wrote.
MANAGER = "paas-migration"
MIGRATED = "paas.internal/migrated"
#: The fields that wait for the cutover, with the values that are their own.
HELD = "paas.internal/held"

Deed = Literal["create", "update", "merge", "recreate"]
_PLACE = "@"
_PLACE_TEXT = f'"{MIGRATED}":"{_PLACE}"'


@dataclass(frozen=True, slots=True)
class Mark:
    """The annotation `paas.internal/migrated`.

    Attributes:
        run: The run that wrote the object.
        cluster: The source's name.
        uid: The object's uid in the source.
        hash: Digest of what was sent, see `digest`.
        object: Which object it was written on; controllers copy annotations to what they make.
        did: Whether the object was created, or one of somebody else's changed.
    """

    run: str
    cluster: str
    uid: str
    hash: str
    object: str
    did: Deed = "create"

    def text(self) -> str:
        """The annotation's value."""
        # Not `asdict`, which takes longer than all the rest of an object's preparation.
        fields = {"run": self.run, "cluster": self.cluster, "uid": self.uid, "hash": self.hash}
        return json.dumps({**fields, "object": self.object, "did": self.did}, separators=(",", ":"))

    @classmethod
    def of(cls, live: Json) -> Mark | None:
        """The mark that an object carries; None where it has none, or one that nobody can read."""
        text = (live.get("metadata", {}).get("annotations") or {}).get(MIGRATED)
        if not text:
            return None
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


def identity(label: str, namespace: str | None, name: str) -> str:
    """An object's name within a cluster: `deployments.apps shop/web`."""
    return f"{label} {key(namespace, name)}"


def canonical(body: Json) -> str:
    """An object's text, the same for the same content, with a place kept for the mark."""
    metadata = body["metadata"]
    annotations = metadata.get("annotations")
    metadata["annotations"] = {**(annotations or {}), MIGRATED: _PLACE}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    if annotations is None:
        del metadata["annotations"]
    else:
        metadata["annotations"] = annotations
    return text


def digest_of_text(text: str) -> str:
    """The digest of a canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest(body: Json) -> str:
    """Digest of an object without its mark; 128 bits of SHA-256 in hex."""
    return digest_of_text(canonical(body))


def marked(text: str, mark: Mark) -> bytes:
    """A canonical text with its mark in place, ready to be sent."""
    # Within a string the quotes would be escaped, so nothing but the annotation reads like this.
    return text.replace(_PLACE_TEXT, f'"{MIGRATED}":{json.dumps(mark.text())}', 1).encode()
