"""The body of an answer, read piece by piece and never larger than what is allowed, compressed or not."""

import zlib
from collections.abc import AsyncIterator
from typing import Final

ENCODINGS: Final = frozenset({"", "identity", "gzip"})
"""Content codings that are read; gzip is the only one asked for."""

STEP: Final = 256 * 1024
"""Bytes that are decompressed at a time."""

GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """A body holds more than there is room for."""


class Room:
    """How many bytes the bodies that are being read at the same time may hold together."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = 0

    @property
    def left(self) -> int:
        """Bytes that may still be read."""
        return self.size - self.taken


class Body:
    """A body under way, in `room`; use it as a context, which gives its room back.

    ValueError on a content coding that is not read, zlib.error on what is not of it.
    """

    def __init__(self, encoding: str, room: Room) -> None:
        if encoding not in ENCODINGS:
            raise ValueError(f"content-encoding {encoding[:40]!r}")
        self._inflater = zlib.decompressobj(GZIP_WINDOW) if encoding == "gzip" else None
        self._room = room
        self._pieces: list[bytes] = []
        self._size = 0

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *_: object) -> None:
        self._room.taken -= self._size
        self._pieces.clear()  # a failure's traceback would hold them as long as it is held

    def add(self, piece: bytes) -> None:
        """Take a piece as it came; TooLarge when there is no room for what it holds."""
        if self._inflater is None:
            self._take(piece)
            return
        while piece:  # a little at a time, since a small piece may hold very much
            self._take(self._inflater.decompress(piece, STEP))
            piece = self._inflater.unconsumed_tail

    def _take(self, piece: bytes) -> None:
        if len(piece) > self._room.left:
            raise TooLarge
        self._size += len(piece)
        self._room.taken += len(piece)
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """The body; zlib.error when its end is missing."""
        if self._inflater and not self._inflater.eof:
            raise zlib.error("the end is missing")
        return b"".join(self._pieces)


async def beginning(pieces: AsyncIterator[bytes], size: int) -> bytes:
    """So many bytes of a body at the most, as they are sent; the rest is not waited for."""
    body = b""
    async for piece in pieces:
        body += piece
        if len(body) >= size:
            break
    return body[:size]
