"""A datastore in memory, which encrypts nothing and forgets nothing."""

from __future__ import annotations

from typing import Any


class KeyValuePair:
    """One item."""

    def __init__(self, name: str, value: Any, ttl: float | None = None) -> None:
        self.id = self.name = name
        self.value = value
        if ttl:
            self.ttl = ttl


class MockDatastoreService:
    """The datastore of a test; as in StackStorm's own, `decrypt` and `encrypt` change nothing."""

    def __init__(self, logger: Any, pack_name: str, class_name: str, api_username: str | None = None) -> None:
        self._pack_name = pack_name
        self._class_name = class_name
        self._username = api_username or "admin"
        self._logger = logger
        self._datastore_items: dict[str, KeyValuePair] = {}

    def get_user_info(self) -> dict[str, Any]:
        """An administrator."""
        return {
            "username": self._username,
            "rbac": {"is_admin": True, "enabled": True, "roles": ["admin"]},
            "authentication": {"method": "authentication token", "location": "header"},
        }

    def list_values(
        self, local: bool = True, limit: int | None = None, prefix: str | None = None, offset: int = 0
    ) -> list[KeyValuePair]:
        """Every item whose name begins with the prefix."""
        start = (self._local if local else "") + (prefix or "")
        return [item for name, item in self._datastore_items.items() if name.startswith(start)]

    def get_value(self, name: str, local: bool = True, scope: str = "system", decrypt: bool = False) -> Any:
        """One value as it was set, or None."""
        item = self._datastore_items.get(self._full(name, local))
        return None if item is None else item.value

    def set_value(
        self,
        name: str,
        value: Any,
        ttl: float | None = None,
        local: bool = True,
        scope: str = "system",
        encrypt: bool = False,
    ) -> bool:
        """Keep one value."""
        full = self._full(name, local)
        self._datastore_items[full] = KeyValuePair(full, value, ttl)
        return True

    def delete_value(self, name: str, local: bool = True, scope: str = "system") -> bool:
        """Forget one value."""
        return self._datastore_items.pop(self._full(name, local), None) is not None

    @property
    def _local(self) -> str:
        return f"{self._pack_name}.{self._class_name}:"

    def _full(self, name: str, local: bool) -> str:
        return f"{self._local}{name}" if local else name
