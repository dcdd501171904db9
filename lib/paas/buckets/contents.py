"""A bucket's files: listed by pages, read, written on a condition, and marked as copies of which version."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from paas.aws.failures import translated
from paas.errors import NotFound, Refused

# User metadata of a copy: what it was made from. S3 gives the names back in lower case.
MARK_ETAG = "paas-source-etag"
MARK_RULES = "paas-rewrite"
MARK_SHA256 = "paas-sha256"


class Aws(Protocol):
    """What this room needs of `paas.aws.Aws`."""

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        """Call one operation."""

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any) -> Any:
        """Yield every item of every page."""


@dataclass(frozen=True)
class Entry:
    """One file in a list: key below the prefix, ETag, size in bytes."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True)
class Head:
    """What a file says of itself: its user metadata, and the id of its version."""

    metadata: Mapping[str, str]
    version: str


@dataclass(frozen=True)
class Bucket:
    """The files below a prefix of a bucket."""

    aws: Aws
    name: str
    prefix: str = ""

    def says(self, key: str = "") -> str:
        """`s3://bucket/prefix/key`."""
        return f"s3://{self.name}/{self.prefix}{key}"

    def entries(self) -> dict[str, Entry]:
        """Every file by key; the empty objects that consoles make for folders are left out.

        Raises:
            ServerError: The bucket is not there, or cannot be listed.
        """
        found = self.aws.each(
            "s3",
            "list_objects_v2",
            "Contents",
            target=self.says(),
            Bucket=self.name,
            Prefix=self.prefix,
        )
        entries = (Entry(each["Key"][len(self.prefix) :], each["ETag"], each["Size"]) for each in found)
        return {each.key: each for each in entries if each.key and not each.key.endswith("/")}

    def require_versions(self) -> None:
        """Refuse a bucket that would lose what is written over.

        Raises:
            Refused: It keeps no versions.
        """
        answer = self.aws.call("s3", "get_bucket_versioning", target=self.says(), Bucket=self.name)
        if answer.get("Status") != "Enabled":
            raise Refused(
                f"bucket {self.name} keeps no versions, so that what is written over would be lost; enable versioning"
            )

    def head(self, key: str) -> Head:
        """A file's marks and version; none of either where the file is gone."""
        try:
            found = self.aws.call("s3", "head_object", target=self.says(key), **self._at(key))
        except NotFound:
            return Head({}, "")
        return Head(found.get("Metadata", {}), str(found.get("VersionId", "")))

    def read(self, entry: Entry) -> tuple[bytes, dict[str, Any]]:
        """A file's bytes as they were when it was listed, and its headers.

        Raises:
            Conflict: It has changed since.
            NotFound: It is gone by now.
        """
        target = self.says(entry.key)
        answer = self.aws.call("s3", "get_object", target=target, **self._at(entry.key), IfMatch=entry.etag)
        with translated(service="s3", operation="get_object", target=target):
            body: bytes = answer["Body"].read()
        return body, answer

    def write(
        self, key: str, body: bytes, headers: Mapping[str, Any], mark: Mapping[str, str], over: str | None
    ) -> None:
        """Write a file over what was listed (its ETag), or where none was; S3 checks the SHA-256.

        Raises:
            Conflict: It has changed since it was listed, or is there by now.
            NotFound: It was listed, and is gone by now.
        """
        digest = hashlib.sha256(body)
        kept = {name: headers[name] for name in _KEPT if headers.get(name)}
        self.aws.call(
            "s3",
            "put_object",
            target=self.says(key),
            **self._at(key),
            Body=body,
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
            Metadata={**headers.get("Metadata", {}), **mark, MARK_SHA256: digest.hexdigest()},
            **kept,
            **({"IfMatch": over} if over else {"IfNoneMatch": "*"}),
        )

    def delete(self, entry: Entry) -> None:
        """Delete a file; its versions stay."""
        self.aws.call("s3", "delete_object", target=self.says(entry.key), **self._at(entry.key))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.name, "Key": self.prefix + key}


_KEPT = ("ContentType", "ContentEncoding", "ContentLanguage", "ContentDisposition", "CacheControl")


def folder(prefix: str) -> str:
    """A prefix that ends where a folder does: `conf` would also be that of `config/`."""
    stripped = prefix.strip("/")
    return f"{stripped}/" if stripped else ""


def shown(key: str) -> str:
    """A key for a person: what does not print is percent-encoded."""
    return quote(key, safe="/ ._-+@=:,()[]") if not key.isprintable() else key
