"""Vault: signed in by a profile, KV secrets of version 1 and 2 read and written with compare-and-set."""

from paas.vault.client import Vault, connect
from paas.vault.secrets import StoredSecret

__all__ = ["StoredSecret", "Vault", "connect"]
