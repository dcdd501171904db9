"""Values for Vault that nobody types: fetched by reference, generated, or taken from a Kubernetes Secret."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paas import kube
from paas.errors import InvalidInput, NotFound
from paas.references import PATTERN, References, Secret
from paas.settings import VaultSettings
from paas.vault.grants import check_granted

EXPECTED = "datastore:NAME, file:/PATH, env:NAME, generate:LENGTH (8 to 256) or kubernetes:CLUSTER/NAMESPACE/SECRET/KEY"
# No character that a URL, a shell or a configuration file would have to quote.
_ALPHABET = string.ascii_letters + string.digits
_GENERATE = re.compile(r"generate:(\d{1,3})\Z")
_KUBERNETES = re.compile(r"kubernetes:([^/]+)/([^/]+)/([^/]+)/([^/]+)\Z")


@dataclass(frozen=True)
class Wanted:
    """What a secret is to hold.

    Attributes:
        given: Values by key.
        generated: Lengths by key of values that are made up where there is none yet.
    """

    given: Mapping[str, Secret]
    generated: Mapping[str, int]

    def merged(self, there: Mapping[str, str], *, rotate: bool, only: bool) -> dict[str, str]:
        """What the secret will hold.

        Args:
            there: What it holds now.
            rotate: Make up new values for keys that have one.
            only: Leave out keys that are not wanted.
        """
        named = {*self.given, *self.generated}
        data = {key: value for key, value in there.items() if not only or key in named}
        data |= {key: value.reveal() for key, value in self.given.items()}
        for key, length in self.generated.items():
            if rotate or key not in there:
                data[key] = "".join(secrets.choice(_ALPHABET) for _ in range(length))
        return data


class Sources:
    """Fetches what references name.

    Args:
        references: Datastore, files and environment.
        connect: Gives the client of a cluster.
        settings: The Vault that the values go to, with its allow-list.
    """

    def __init__(
        self, references: References, *, connect: Callable[[str], kube.Client], settings: VaultSettings
    ) -> None:
        self._references = references
        self._connect = connect
        self._settings = settings

    def fetch(self, path: str, values: Mapping[str, object], *, parameter: str = "values") -> Wanted:
        """Fetch all values of one secret, before any of them is written.

        Args:
            path: Where they will go.
            values: References by key.
            parameter: The action's parameter that they came by.

        Raises:
            InvalidInput: One of them is no reference; it is not repeated, for it may be the secret itself.
            ConfigError: A reference names nothing.
            Refused: The Secret's namespace may not have to do with that path.
            ServerError: A cluster did not answer.
        """
        given: dict[str, Secret] = {}
        generated: dict[str, int] = {}
        for key, reference in values.items():
            name = f"{parameter}.{key}"
            if not isinstance(reference, str):
                raise InvalidInput(name, "(not shown)", EXPECTED)
            if found := _GENERATE.match(reference):
                generated[key] = _length(name, int(found.group(1)))
            elif found := _KUBERNETES.match(reference):
                cluster, namespace, secret, item = found.groups()
                given[key] = self._one_of(path, cluster, namespace, secret, item)
            elif re.match(PATTERN, reference):
                given[key] = self._references.fetch(reference, key=name)
            else:
                raise InvalidInput(name, "(not shown)", EXPECTED)
        return Wanted(given, generated)

    def whole_secret(self, path: str, reference: str) -> Wanted:
        """Fetch every key of a Kubernetes Secret.

        Args:
            path: Where they will go.
            reference: `CLUSTER/NAMESPACE/SECRET`.

        Raises:
            InvalidInput: It is no such reference, or the Secret holds what is no text.
            Refused: The Secret's namespace may not have to do with that path.
            ServerError: The cluster did not answer.
        """
        parts = reference.split("/")
        if len(parts) != 3 or not all(parts):
            raise InvalidInput("from_secret", reference, "CLUSTER/NAMESPACE/SECRET")
        cluster, namespace, secret = parts
        data = self._read(path, cluster, namespace, secret)
        return Wanted({key: _text(value, f"{reference}/{key}") for key, value in data.items()}, {})

    def _one_of(self, path: str, cluster: str, namespace: str, secret: str, item: str) -> Secret:
        data = self._read(path, cluster, namespace, secret)
        if item not in data:
            raise NotFound(
                system=f"Kubernetes {cluster}",
                operation="read",
                target=f"Secret {namespace}/{secret}",
                status=404,
                words=f"it has no key {item}; it has {', '.join(sorted(data)) or 'none'}",
            )
        return _text(data[item], f"{cluster}/{namespace}/{secret}/{item}")

    def _read(self, path: str, cluster: str, namespace: str, secret: str) -> Mapping[str, str]:
        check_granted(self._settings, path, cluster=cluster, namespace=namespace)
        found = self._connect(cluster).get(f"/api/v1/namespaces/{namespace}/secrets/{secret}")
        return found.get("data") or {}


def _length(name: str, length: int) -> int:
    if not 8 <= length <= 256:
        raise InvalidInput(name, f"generate:{length}", EXPECTED)
    return length


def _text(encoded: str, where: str) -> Secret:
    try:
        return Secret(base64.b64decode(encoded, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput("value", where, "a Secret whose values are text; Vault's KV engine holds JSON") from None
