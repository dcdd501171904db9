"""What all test cases of a pack share."""

from __future__ import annotations

import inspect
from pathlib import Path
from unittest import TestCase


class BasePackResourceTestCase(TestCase):
    """Reads fixtures of the pack that the test lies in."""

    def get_fixture_content(self, fixture_path: str) -> str:
        """The text of `tests/fixtures/<fixture_path>`."""
        return (self._get_base_pack_path() / "tests" / "fixtures" / fixture_path).read_text()

    def _get_base_pack_path(self) -> Path:
        return Path(inspect.getfile(type(self))).parent.parent.resolve()
