"""Jinja as StackStorm sets it up: sandboxed, strict about what is undefined, with its filters and `st2kv`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import orjson
from jinja2.sandbox import SandboxedEnvironment

from lab.stackstorm.datastore import SYSTEM, USER, Datastore
from lab.stackstorm.errors import Invalid, NotFound
from lab.stackstorm.filters import FILTERS


def is_template(value: Any) -> bool:
    """Whether a value is a string that holds Jinja."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


class KeyLookup:
    """What `st2kv.system.a.b` is in a template: every dot goes one step, and the value is read at each step.

    A key that is not there is an empty string, as it is in StackStorm.
    """

    def __init__(self, read: Callable[[str], str], *, shown_as: str, key: str = "", user: str = "") -> None:
        self._read = read
        self._shown_as = shown_as
        self._key = key
        self._user = user

    def __getattr__(self, name: str) -> KeyLookup:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> KeyLookup:
        key = f"{self._key}.{name}" if self._key else f"{self._user}:{name}" if self._user else name
        return KeyLookup(self._read, shown_as=self._shown_as, key=key)

    def __str__(self) -> str:
        return self._read(self._key)

    def __float__(self) -> float:
        return float(str(self))

    def __int__(self) -> int:
        return int(float(self))


class Templates:
    """Renders templates against contexts; the datastore is in every one of them."""

    def __init__(self, datastore: Datastore) -> None:
        self._datastore = datastore
        self.environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.environment.filters.update({**FILTERS, "decrypt_kv": self._decrypt})
        self.environment.tests["in"] = lambda item, items: item in items

    def keys(self, *, user: str | None = None) -> dict[str, KeyLookup]:
        """What `st2kv` is: `system`, and `user` where there is one."""
        found = {"system": KeyLookup(self._reader(SYSTEM), shown_as="st2kv.system")}
        if user:
            found["user"] = KeyLookup(self._reader(USER), shown_as="st2kv.user", user=user)
        return found

    def _reader(self, scope: str) -> Callable[[str], str]:
        def read(key: str) -> str:
            try:
                return self._datastore.get(key, scope=scope).value
            except NotFound:
                return ""

        return read

    def _decrypt(self, value: Any) -> str:
        if isinstance(value, KeyLookup) and not str(value):
            name = f"{value._shown_as}.{value._key}"
            raise ValueError(f'Referenced datastore item "{name}" doesn\'t exist or it contains an empty string')
        return self._datastore.decrypt(str(value))

    def render(self, template: str, context: Mapping[str, Any]) -> str:
        """Render one template.

        Raises:
            jinja2.TemplateError: It is wrong, or names what is not there.
        """
        return self.environment.from_string(template).render(context)

    def render_each(self, values: Mapping[str, Any] | None, context: Mapping[str, Any]) -> dict[str, Any]:
        """Render every value as an action-chain does.

        What holds no template keeps its type; of a list or an object the JSON is rendered and read again; anything else
        that was rendered is a string.

        Raises:
            Invalid: A value could not be rendered; the message names it.
        """
        if not values or not context:
            return dict(values or {})
        everything = {"__context": context, **context}
        rendered = {}
        for name, value in values.items():
            whole = isinstance(value, (dict, list))
            template = orjson.dumps(value).decode() if whole else str(value)
            try:
                text = self.render(template, everything)
            except Exception as error:  # a template may raise anything
                raise RenderFailed(name, template, error) from error
            try:
                rendered[name] = value if text == template else orjson.loads(text) if whole else text
            except orjson.JSONDecodeError as error:  # a quote in the text that went into a list or an object
                raise NotJson(name, template, error) from error
        return rendered


class RenderFailed(Invalid):
    """One value of several could not be rendered."""

    def __init__(self, name: str, template: str, cause: Exception) -> None:
        super().__init__(str(cause))
        self.name = name
        self.template = template


class NotJson(RenderFailed):
    """A list or an object is no JSON any more once its templates are rendered."""
