"""A kubeconfig for one cluster of the lab."""

from __future__ import annotations

import os
from pathlib import Path

import yaml


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def write(path: Path, name: str, url: str, ca_file: Path, token: str) -> Path:
    """Write a kubeconfig with one context of the cluster's name; returns its path."""
    user = f"{name}-admin"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority": str(ca_file)}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user, "namespace": "default"}}],
        "current-context": name,
    }
    write_private(path, yaml.safe_dump(config, sort_keys=False))
    return path
