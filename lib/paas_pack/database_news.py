"""What was told about databases, remembered across restarts of the sensor that tells it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from paas.database.news import News
from paas_pack.sensors import SensorDatastore

_LOG = logging.getLogger(__name__)
TRIGGER = "kubernetes.database"
#: Name of the datastore's key; the cluster's name follows.
KEY = "kubernetes.databases.told."


class DatabaseNews:
    """The news of one cluster's databases. Saved by the watches' own saver, as their positions are.

    Args:
        cluster: The cluster.
        datastore: Where it is remembered.
    """

    def __init__(self, cluster: str, datastore: SensorDatastore) -> None:
        self.name = KEY + cluster
        self.changed = False
        self.touch: Callable[[], None] = lambda: None
        self._datastore = datastore
        self._lock = threading.Lock()
        self._news: News | None = None

    def tell(self, payload: Mapping[str, Any], dispatch: Callable[[str, dict[str, Any]], None]) -> None:
        """Dispatch what an event of an object says that is new.

        Args:
            payload: Of trigger `kubernetes.thirdpartyobject`.
            dispatch: Takes a trigger and its payload.
        """
        with self._lock:
            if self._news is None:
                self._news = News(self._saved())
            for event in self._news.of(payload):
                dispatch(TRIGGER, event)
            # Noted after it is out: a crash in between tells it again, with the same id.
            if self._news.heard(payload):
                self.changed = True
                self.touch()

    def save(self) -> None:
        """Write what was told to the datastore."""
        with self._lock:
            self.changed = False
            text = json.dumps(self._news.told if self._news else {}, separators=(",", ":"), sort_keys=True)
        try:
            self._datastore.set(self.name, text)
        except Exception:
            self.changed = True
            raise

    def _saved(self) -> dict[str, dict[str, str]]:
        try:
            saved = json.loads(self._datastore.get(self.name) or "{}")
        except ValueError:
            saved = None
        if isinstance(saved, dict) and all(isinstance(each, dict) for each in saved.values()):
            return saved
        _LOG.warning("the datastore's %s cannot be read; the databases' states are told once more", self.name)
        return {}
