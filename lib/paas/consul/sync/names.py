"""Names that are no UTF-8: a listing shows each such byte as U+FFFD, and only probing tells which byte it was."""

from __future__ import annotations

from collections.abc import Iterator

from paas.consul.listing import read_one
from paas.consul.wire import UNDECODED, Wire, key_path

MARK = "\N{REPLACEMENT CHARACTER}"
#: Requests for the names of one key; a name has few such bytes.
_PROBES_AT_MOST = 2000
_CANDIDATES = (MARK.encode(), *(bytes([byte]) for byte in range(0x80, 0x100)))


class NameFinder:
    """Finds out what keys are called whose names a listing cannot show.

    Args:
        wire: The Consul.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[tuple[str, int], list[str]] = {}
        self._probes = 0

    def find(self, listed: str, *, modified: int) -> list[str] | None:
        """The names that a listing shows as `listed`; a byte that is no UTF-8 is a lone surrogate in them.

        Args:
            listed: The name as the listing shows it, with U+FFFD in it.
            modified: The key's ModifyIndex; while it stays the names are remembered.

        Returns:
            The names, or None where finding them would take too many requests, or where the name holds characters
            that Consul takes in no path.

        Raises:
            ServerError: Consul did not answer.
        """
        known = self._known.get((listed, modified))
        if known is None:
            if not listed.isprintable():
                return None
            self._probes = 0
            found = list(self._walk(b"", listed))
            if self._probes > _PROBES_AT_MOST:
                return None
            known = self._known[listed, modified] = [name.decode("utf-8", UNDECODED) for name in found]
        return known

    def _walk(self, before: bytes, rest: str) -> Iterator[bytes]:
        plain, mark, after = rest.partition(MARK)
        begun = before + plain.encode()
        if not mark:
            if read_one(self._wire, begun.decode("utf-8", UNDECODED)) is not None:
                yield begun
            return
        # What follows up to the next unknown byte is part of the probe: it rules most candidates out at once.
        following = after.partition(MARK)[0].encode()
        for candidate in _CANDIDATES:
            if self._probes > _PROBES_AT_MOST:
                return
            if self._exists(begun + candidate + following):
                yield from self._walk(begun + candidate, after)

    def _exists(self, prefix: bytes) -> bool:
        self._probes += 1
        answer = self._wire.ask(
            "GET",
            key_path(prefix.decode("utf-8", UNDECODED)),
            operation="list",
            target="names that are no UTF-8",
            parameters=(("keys", ""), ("consistent", "")),
            takes=(404,),
        )
        return answer.status != 404
