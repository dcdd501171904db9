"""The test case of aliases: does a command match one format, and what does it yield."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from st2tests.pack_resource import BasePackResourceTestCase

__all__ = ["BaseActionAliasTestCase"]


class BaseActionAliasTestCase(BasePackResourceTestCase):
    """For an alias: set `action_alias_name`."""

    action_alias_name: str = ""
    action_alias_db: Any = None

    def setUp(self) -> None:
        """Find the alias in the pack.

        Raises:
            ValueError: The name is not set, or the pack has no such alias.
        """
        super().setUp()
        from lab.stackstorm.metadata import read_pack

        if not self.action_alias_name:
            raise ValueError('"action_alias_name" class attribute needs to be provided')
        for alias in read_pack(self._get_base_pack_path()).aliases:
            if alias.name == self.action_alias_name:
                self.action_alias_db = alias
                return
        raise ValueError(f'Alias with name "{self.action_alias_name}" not found')

    def assertCommandMatchesExactlyOneFormatString(  # noqa: N802
        self, format_strings: Iterable[str], command: str
    ) -> None:
        """That one of the formats matches the command, and no other does."""
        from lab.stackstorm.aliases import NoMatch, extract

        matched = []
        for each in format_strings:
            try:
                extract(each, command)
            except NoMatch:
                continue
            matched.append(each)
        if not matched:
            raise AssertionError(f'Command "{command}" didn\'t match any of the provided format strings')
        if len(matched) > 1:
            raise AssertionError(f'Command "{command}" matched multiple format strings: {", ".join(matched)}')

    def assertExtractedParametersMatch(  # noqa: N802
        self, format_string: str, command: str, parameters: dict[str, Any]
    ) -> None:
        """That the command yields exactly these parameters."""
        from lab.stackstorm.aliases import extract_for

        found = extract_for(self.action_alias_db, format_string, command)
        if found != parameters:
            raise AssertionError(f"{command!r} against {format_string!r} yields {found}, not {parameters}")
