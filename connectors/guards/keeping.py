"""For how long what a directory said may be served, and how much of it is held."""

from enum import Enum, auto
from typing import Any, Final

import msgspec
from msgspec import Struct

OVERHEAD: Final = 400
"""Bytes that holding anything takes, besides the thing."""

EXPANSION: Final = 2
"""Bytes in memory for one of a record's MessagePack, measured on the sandbox's records and rounded up."""


class Age(Enum):
    """How old something is, named by what may be done with it."""

    FRESH = auto()
    """serve it"""
    STALE = auto()
    """serve it, and ask again meanwhile"""
    LAST_RESORT = auto()
    """ask again, and serve it when there is no answer"""
    GONE = auto()
    """forget it"""


class Keeping(Struct, frozen=True):
    """What may be served past its time (RFC 5861), in seconds beyond the source's `ttl`, and how much is held.

    `stale_while_revalidate`: what is served at once while it is asked again. `stale_if_error`: what is served when the
    directory gives no answer. `megabytes`: of records, by their estimated size.
    """

    stale_while_revalidate: float = 300.0
    stale_if_error: float = 86_400.0
    megabytes: int = 64

    @property
    def bytes(self) -> int:
        """`megabytes` in bytes."""
        return self.megabytes * 1024 * 1024

    def age(self, seconds: float, ttl: float) -> Age:
        """What may be done with something that was had so many seconds ago."""
        if seconds < ttl:
            return Age.FRESH
        if seconds < ttl + self.stale_while_revalidate:
            return Age.STALE
        return Age.LAST_RESORT if seconds < ttl + self.stale_if_error else Age.GONE


def weight(value: Any) -> int:
    """About how many bytes of memory a record, or several, take."""
    return OVERHEAD + EXPANSION * len(msgspec.msgpack.encode(value))
