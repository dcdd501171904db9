"""Settings of the services around the clusters: Consul, Vault and AWS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from paas.errors import ConfigError
from paas.settings.clusters import REFERENCE

URL = {"pattern": r"^https?://[^/]+", "expected": "a URL such as https://consul.example.com:8501"}


@dataclass(frozen=True)
class ConsulSettings:
    """One Consul; `token` refers to an ACL token, None where ACLs are off."""

    name: str
    address: str = field(metadata=URL)
    datacenter: str | None = None
    token: str | None = field(default=None, metadata=REFERENCE)
    ca_file: str | None = None
    verify_tls: bool = True
    timeout: float = field(default=10.0, metadata={"minimum": 0.1})
    never_show: tuple[str, ...] = ("vault/",)


@dataclass(frozen=True)
class VaultAuth:
    """How to sign in to a Vault: a token, AppRole, or the pod's own Kubernetes service account."""

    method: Literal["token", "approle", "kubernetes"] = "token"
    token: str | None = field(default=None, metadata=REFERENCE)
    role_id: str | None = None
    secret_id: str | None = field(default=None, metadata=REFERENCE)
    role: str | None = None
    jwt: str = field(default="file:/var/run/secrets/kubernetes.io/serviceaccount/token", metadata=REFERENCE)
    mount: str | None = None


@dataclass(frozen=True)
class VaultGrant:
    """Which secrets may go between a Vault and Kubernetes Secrets; no `clusters` means all of them.

    `paths` and `namespaces` are patterns with `*`; `{namespace}` in a path is the Secret's namespace.
    """

    paths: tuple[str, ...]
    namespaces: tuple[str, ...]
    clusters: tuple[str, ...] = ()


@dataclass(frozen=True)
class VaultSettings:
    """One Vault, how to sign in to it, and which of its secrets may become Kubernetes Secrets (none by default)."""

    name: str
    address: str = field(metadata=URL)
    auth: VaultAuth = VaultAuth()
    namespace: str | None = None
    ca_file: str | None = None
    verify_tls: bool = True
    timeout: float = field(default=10.0, metadata={"minimum": 0.1})
    allow: tuple[VaultGrant, ...] = ()

    def __post_init__(self) -> None:
        needed = {"token": ("token",), "approle": ("role_id", "secret_id"), "kubernetes": ("role",)}[self.auth.method]
        for name in needed:
            if not getattr(self.auth, name):
                raise ConfigError(f"vault.{self.name}.auth.{name}", f"is missing; method {self.auth.method} needs it")


@dataclass(frozen=True)
class AwsSettings:
    """The AWS account: its region, and the role to assume in it.

    Without key references boto3's own chain applies (environment, instance profile, ...).
    """

    region: str = "us-east-1"
    role_arn: str | None = None
    external_id: str | None = field(default=None, metadata=REFERENCE)
    endpoint_url: str | None = field(default=None, metadata=URL)
    access_key_id: str | None = field(default=None, metadata=REFERENCE)
    secret_access_key: str | None = field(default=None, metadata=REFERENCE)
    ca_file: str | None = None
    timeout: float = field(default=30.0, metadata={"minimum": 0.1})
