"""Durations as Go's programs read and write them: `1h30m`, `250ms`, `15s`."""

from __future__ import annotations

import re

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def parse(text: str) -> float:
    """Seconds of a Go duration.

    Raises:
        ValueError: The text is none; the message is Go's.
    """
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, end = 0.0, 0
    for part in PART.finditer(rest):
        if part.start() != end:
            break
        total, end = total + float(part[1]) * UNITS[part[2]], part.end()
    if not rest or end != len(rest):
        if re.fullmatch(r"\d+(\.\d*)?", rest):
            raise ValueError(f'time: missing unit in duration "{text}"')
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * total


def seconds_of(value: object) -> float:
    """Seconds of a number (seconds) or a text (a Go duration, or digits alone), as Vault takes both.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    if not text:
        return 0.0
    if re.fullmatch(r"\d+", text):
        return float(text)
    if re.fullmatch(r"\d+d", text):
        return float(text[:-1]) * 86400
    return parse(text)
