"""Python's cycle collector, held back while hundreds of thousands of keys are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back() -> Iterator[None]:
    """Keep the collector from walking all keys again and again: they are in no cycles, and it takes a tenth of a round.

    Of two rounds at once the first that ends lets it go on; the other is slower for that, and no more.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
