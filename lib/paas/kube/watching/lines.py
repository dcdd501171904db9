"""The lines of a watch, put together from whatever pieces the network made of them."""

from __future__ import annotations

from paas.errors import PaasError

#: The API server stores objects of at most 1.5 MiB; a longer line than this is no event.
LONGEST = 16 * 1024 * 1024


class LineTooLong(PaasError):
    """A stream sends something that is not a watch's lines."""


class Lines:
    """Cuts a byte stream at its newlines. Bytes, not text: a piece may end inside a character."""

    def __init__(self, *, longest: int = LONGEST) -> None:
        self._longest = longest
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece; return the lines that it completes, without their newlines and without empty ones.

        Raises:
            LineTooLong: A line is longer than any event can be.
        """
        head, newline, tail = piece.partition(b"\n")
        if not newline:
            self._keep(piece)
            return []
        lines = [b"".join([*self._pieces, head])]
        self._pieces, self._size = [], 0
        *whole, rest = tail.split(b"\n")
        lines += whole
        if rest:
            self._keep(rest)
        return [line for line in lines if line.strip()]

    @property
    def pending(self) -> int:
        """Bytes of a line whose end has not come."""
        return self._size

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._longest:
            raise LineTooLong(f"a line of the watch is longer than {self._longest} bytes")
        self._pieces.append(piece)
