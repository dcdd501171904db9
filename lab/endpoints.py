"""Where the lab's servers listen and how to sign in to them. One shape for stand-ins and real servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KubeEndpoint:
    """One cluster's API server.

    Attributes:
        name: The cluster's name in the settings (`paasA`).
        url: `https://127.0.0.1:PORT`.
        ca_file: PEM file of the authority that signed the server's certificate.
        token: Bearer token of a cluster administrator.
        kubeconfig: A kubeconfig file with one context of the cluster's name.
    """

    name: str
    url: str
    ca_file: str
    token: str
    kubeconfig: str


@dataclass(frozen=True)
class ConsulEndpoint:
    """One Consul agent, with its own datacenter; `token` is empty where ACLs are off."""

    name: str
    url: str
    datacenter: str
    token: str = ""


@dataclass(frozen=True)
class VaultEndpoint:
    """One unsealed Vault; `token` is its root token, `unseal_keys` are the base64 key shares."""

    name: str
    url: str
    token: str
    unseal_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class AwsEndpoint:
    """One AWS: every service behind one URL, with throw-away credentials."""

    url: str
    region: str = "eu-west-1"
    access_key_id: str = "lab"
    secret_access_key: str = "lab"  # noqa: S105 - moto takes any value
