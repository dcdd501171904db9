"""What the services of actions and sensors have in common in tests: a datastore, and a logger that remembers."""

from __future__ import annotations

from logging import RootLogger
from typing import Any
from unittest.mock import Mock

from st2tests.mocks.datastore import KeyValuePair, MockDatastoreService


class MockWrapper:
    """Says which pack and class a service belongs to."""

    def __init__(self, pack: str, class_name: str) -> None:
        self._pack = pack
        self._class_name = class_name


class MockService:
    """A datastore of its own, and `_logger`, a mock."""

    def __init__(self, wrapper: MockWrapper) -> None:
        self._logger = Mock(spec=RootLogger)
        self._datastore_service = MockDatastoreService(
            logger=self._logger, pack_name=wrapper._pack, class_name=wrapper._class_name
        )

    @property
    def datastore_service(self) -> MockDatastoreService:
        """The datastore in memory."""
        return self._datastore_service

    def get_user_info(self) -> dict[str, Any]:
        """An administrator."""
        return self.datastore_service.get_user_info()

    def list_values(
        self, local: bool = True, prefix: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[KeyValuePair]:
        """Every item whose name begins with the prefix."""
        return self.datastore_service.list_values(local=local, prefix=prefix)

    def get_value(self, name: str, local: bool = True, scope: str = "system", decrypt: bool = False) -> Any:
        """One value, or None."""
        return self.datastore_service.get_value(name, local=local, scope=scope, decrypt=decrypt)

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
        return self.datastore_service.set_value(name, value, ttl=ttl, local=local, scope=scope, encrypt=encrypt)

    def delete_value(self, name: str, local: bool = True, scope: str = "system") -> bool:
        """Forget one value."""
        return self.datastore_service.delete_value(name, local=local, scope=scope)
