"""The one alias that every file of this room uses."""

from __future__ import annotations

from typing import Any

#: A JSON object, as the API sends it.
Json = dict[str, Any]
