"""The items of a list while it arrives, so that a list of any length takes the memory of its largest item."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

_DECODER = json.JSONDecoder()
_BLANKS = " \t\r\n,"


class BrokenList(ValueError):
    """What arrives is no list of objects, or ends too soon."""


class ItemStream:
    """Reads `{"items": [...], ...}` piece by piece.

    Attributes:
        head: The other fields of the list (`kind`, `apiVersion`, `metadata`); complete when everything was read: where
            a server sorts its keys, `metadata` stands behind the items.
    """

    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self._text = ""
        self._at = 0
        self._in_items = False
        self._began = False
        self._ended = False

    def read(self, chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """The items, as soon as each is complete.

        Raises:
            BrokenList: It is no list, or ended too soon.
        """
        decode = codecs.getincrementaldecoder("utf-8")().decode
        for chunk in chunks:
            self._text = self._text[self._at :] + decode(chunk)
            self._at = 0
            yield from self._complete()
        if not self._ended:
            raise BrokenList("the list ended before its end")

    def _complete(self) -> Iterator[dict[str, Any]]:
        """Whatever is complete in the text so far. What is not is looked at again when more has come."""
        while not self._ended:
            before = self._at
            try:
                if self._in_items:
                    item = self._item()
                else:
                    item = None
                    self._field()
            except json.JSONDecodeError:
                self._at = before
                return
            if item is not None:
                yield item

    def _item(self) -> dict[str, Any] | None:
        if self._next() == "]":
            self._at += 1
            self._in_items = False
            return None
        item = self._value()
        if not isinstance(item, dict):
            raise BrokenList("an item of the list is no object")
        return item

    def _field(self) -> None:
        mark = self._next()
        if not self._began:
            if mark != "{":
                raise BrokenList("the answer is no list")
            self._began = True
            self._at += 1
        elif mark == "}":
            self._ended = True
        else:
            name = self._value()
            if self._next() != ":":
                raise BrokenList("the answer is no list")
            self._at += 1
            if name == "items" and self._next() == "[":
                self._at += 1
                self._in_items = True
            else:
                self.head[name] = self._value()

    def _next(self) -> str:
        """The next character that counts."""
        while self._at < len(self._text) and self._text[self._at] in _BLANKS:
            self._at += 1
        if self._at == len(self._text):
            raise json.JSONDecodeError("more is to come", self._text, self._at)
        return self._text[self._at]

    def _value(self) -> Any:
        self._next()
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value
