"""The bit of HCL that policies are written in: labelled blocks, strings, lists, maps, numbers, booleans; JSON too."""

from __future__ import annotations

import json
import re
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
        |(?P<string>"(?:[^"\\]|\\.)*")
        |(?P<number>-?\d+(?:\.\d+)?)
        |(?P<name>[A-Za-z_][A-Za-z0-9_\-.*]*)
        |(?P<mark>[{}\[\]=,:]))""",
    re.VERBOSE | re.DOTALL,
)


class BadPolicy(ValueError):
    """A text that is no policy; the message says where."""


def parse(text: str) -> list[tuple[str, list[str], Any]]:
    """The blocks and attributes of a text, in order, as `(name, labels, value)`.

    A block `path "a/*" { capabilities = ["read"] }` is `("path", ["a/*"], {"capabilities": ["read"]})`, an attribute
    `acl = "write"` is `("acl", [], "write")`. JSON (`{"path": {"a/*": {...}}}`) gives the same.

    Raises:
        BadPolicy: It is neither.
    """
    if text.lstrip().startswith("{"):
        return _of_json(text)
    tokens = _tokens(text)
    items, end = _body(tokens, 0, closing=None)
    assert end == len(tokens)
    return items


def _of_json(text: str) -> list[tuple[str, list[str], Any]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadPolicy(f"invalid JSON: {error}") from None
    items: list[tuple[str, list[str], Any]] = []
    for name, value in document.items():
        blocks = value if isinstance(value, list) else [value]
        for block in blocks:
            if isinstance(block, dict):
                items += [(name, [label], body) for label, body in block.items()]
            else:
                items.append((name, [], block))
    return items


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            line = text.count("\n", 0, position) + 1
            raise BadPolicy(f"At line {line}: illegal character in {text[position : position + 20].strip()!r}")
        position = match.end()
        kind = match.lastgroup or ""
        if kind != "comment":
            tokens.append((kind, match[kind]))
    return tokens


Items = list[tuple[str, list[str], Any]]


def _body(tokens: list[tuple[str, str]], at: int, *, closing: str | None) -> tuple[Items, int]:
    items: Items = []
    while at < len(tokens):
        kind, text = tokens[at]
        if text == closing:
            return items, at + 1
        if text == ",":
            at += 1
            continue
        if kind not in ("name", "string"):
            raise BadPolicy(f"expected a name, found {text!r}")
        name, at = _plain(kind, text), at + 1
        labels: list[str] = []
        while at < len(tokens) and tokens[at][0] in ("string", "name"):
            labels.append(_plain(*tokens[at]))
            at += 1
        if at < len(tokens) and tokens[at][1] == "{":
            inner, at = _body(tokens, at + 1, closing="}")
            items.append((name, labels, {key: value for key, _, value in inner}))
        elif at < len(tokens) and tokens[at][1] in ("=", ":"):
            value, at = _value(tokens, at + 1)
            items.append((name, labels, value))
        else:
            raise BadPolicy(f"expected '{{' or '=' after {name!r}")
    if closing is not None:
        raise BadPolicy(f"object expected closing {closing!r}, got the end")
    return items, at


def _value(tokens: list[tuple[str, str]], at: int) -> tuple[Any, int]:
    if at >= len(tokens):
        raise BadPolicy("expected a value, got the end")
    kind, text = tokens[at]
    if text == "[":
        values: list[Any] = []
        at += 1
        while at < len(tokens) and tokens[at][1] != "]":
            if tokens[at][1] == ",":
                at += 1
                continue
            value, at = _value(tokens, at)
            values.append(value)
        if at >= len(tokens):
            raise BadPolicy("list expected closing ']', got the end")
        return values, at + 1
    if text == "{":
        inner, at = _body(tokens, at + 1, closing="}")
        return {key: value for key, _, value in inner}, at
    if kind == "number":
        return (float(text) if "." in text else int(text)), at + 1
    if kind == "name":
        return {"true": True, "false": False}.get(text, text), at + 1
    if kind == "string":
        return _plain(kind, text), at + 1
    raise BadPolicy(f"expected a value, found {text!r}")


def _plain(kind: str, text: str) -> str:
    if kind != "string":
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text[1:-1]
