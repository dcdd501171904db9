"""What the Consul actions and the sensor share: a pair from the settings, with its two Consuls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from paas.references import References
from paas.settings import Settings

if TYPE_CHECKING:
    from paas.consul import Consul
    from paas.consul.sync import Syncer

say: Callable[[str], None] = functools.partial(print, flush=True)


def connect_pair(
    settings: Settings, references: References, name: str, *, progress: Callable[[str], None] = say
) -> tuple[Syncer, Consul]:
    """The syncer of a pair, and its source.

    Raises:
        ConfigError: There is no such pair.
    """
    from paas import consul
    from paas.consul.sync import Syncer

    pair = settings.consul_pair(name)
    source = consul.connect(settings.consul(pair.source), references)
    destination = consul.connect(settings.consul(pair.destination), references)
    return Syncer(pair=pair, source=source, destination=destination, progress=progress), source
