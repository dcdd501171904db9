"""What a cluster's programs and users sign in with: certificates, tokens, a kubeconfig. Each cluster has its own."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.servers.certificates import Authority, Pair, signing_key

ADMIN = "lab-admin"


@dataclass(frozen=True)
class Credentials:
    """The files of one cluster.

    Attributes:
        authority: Signs the server's certificate, and any client's that the server is to believe.
        serving: The API server's certificate, for 127.0.0.1.
        front_proxy: Authority of the aggregation layer; `front_proxy_client` is what the API server shows to
            aggregated API servers.
        service_accounts: RSA key that signs and verifies service accounts' tokens.
        tokens: The API server's token file.
        token: The administrator's, of group system:masters.
    """

    authority: Authority
    serving: Pair
    front_proxy: Authority
    front_proxy_client: Pair
    service_accounts: Path
    tokens: Path
    token: str


def credentials(directory: Path, *, users: Mapping[str, tuple[str, Sequence[str]]]) -> Credentials:
    """Make a cluster's files in `directory`, or use those of an earlier start again.

    Args:
        directory: The cluster's own.
        users: Further users by their token: (user, groups). What they may do is for RBAC to say.
    """
    authority = Authority(directory / "pki")
    front_proxy = Authority(directory / "pki", name="front-proxy-ca")
    token = _kept_secret(directory / "admin.token")
    return Credentials(
        authority=authority,
        serving=authority.serving("apiserver", hosts=("localhost", "kubernetes.default.svc")),
        front_proxy=front_proxy,
        front_proxy_client=front_proxy.client("front-proxy-client", user="front-proxy-client"),
        service_accounts=signing_key(directory / "pki" / "service-accounts.key"),
        tokens=_token_file(directory / "tokens.csv", {token: (ADMIN, ("system:masters",)), **users}),
        token=token,
    )


def write_kubeconfig(path: Path, *, name: str, url: str, ca_file: Path, token: str) -> Path:
    """A kubeconfig with one cluster, one user and one context, all of `name`; JSON is YAML too."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority": str(ca_file.absolute())}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    _write_secret(path, json.dumps(content, indent=2))
    return path


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_secret(path, secrets.token_hex(16))
    return path.read_text()


def _token_file(path: Path, users: Mapping[str, tuple[str, Sequence[str]]]) -> Path:
    _write_secret(path, "")
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([token, user, user, ",".join(groups)] for token, (user, groups) in users.items())
    return path


def _write_secret(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
