"""The Kubernetes API: `connect` is the door; a `Client` speaks raw JSON."""

from __future__ import annotations

from paas.kube.client import FIELD_MANAGER, PAGE_SIZE, Client
from paas.kube.connection import connect
from paas.kube.discovery import Discovery, Resource
from paas.kube.transport import NoAnswer

__all__ = ["FIELD_MANAGER", "PAGE_SIZE", "Client", "Discovery", "NoAnswer", "Resource", "connect"]
