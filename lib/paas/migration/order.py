"""The order in which kinds are created: what others need comes before them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Protocol, TypeVar


class Wave(IntEnum):
    """Everything of one wave is created before anything of the next; undo goes the other way."""

    DEFINITIONS = 0
    NAMESPACES = 1
    CLASSES = 2
    VOLUMES = 3
    CLAIMS = 4
    SERVICE_ACCOUNTS = 5
    ROLES = 6
    BINDINGS = 7
    SECRETS = 8
    CONFIG_MAPS = 9
    LIMITS = 10
    NETWORK_POLICIES = 11
    ENDPOINTS = 12  # before their Services, or a controller would see a Service without any
    SERVICES = 13
    WORKLOADS = 14
    INGRESSES = 15
    CUSTOM = 16  # after the workloads, whose operators read them
    SCALING = 17
    QUOTAS = 18  # after the workloads: a quota as large as its use would stop a rolling start
    SCHEDULES = 19
    API_SERVICES = 20
    WEBHOOKS = 21  # last: a webhook whose service is not ready stops every write after it


class Waved(Protocol):
    """Anything that has its place in the order."""

    @property
    def wave(self) -> Wave:
        """Its wave."""

    @property
    def label(self) -> str:
        """`deployments.apps`, for a stable order within a wave."""


_W = TypeVar("_W", bound=Waved)


def in_order(routes: Iterable[_W]) -> list[_W]:
    """The order of creation."""
    return sorted(routes, key=lambda route: (route.wave, route.label))


def in_reverse(routes: Iterable[_W]) -> list[_W]:
    """The order of taking back."""
    return in_order(routes)[::-1]
