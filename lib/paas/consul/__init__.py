"""Consul: keys read consistently and written in transactions that compare before they set."""

from paas.consul.client import Consul, connect
from paas.consul.keys import StoredKey

__all__ = ["Consul", "StoredKey", "connect"]
