"""Writes that a client may send twice: done once, and answered alike (the Idempotency-Key header of an IETF draft).

The answer is kept in the transaction of the write itself, in table `done` of the database written to: either both are
on disk or neither is. A write that is refused keeps nothing, and may be tried again under the same key.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from connectors.errors import quoted

T = TypeVar("T")

KEPT: Final = timedelta(hours=24)
"""How long an answer is kept: later the same key begins anew."""

MAX_KEY: Final = 255
"""Characters of a key."""

EXPIRE = "DELETE FROM done WHERE expires <= ?"
FIND = "SELECT request, answer FROM done WHERE owner = ? AND key = ? AND expires > ?"
KEEP = "INSERT INTO done (owner, key, request, answer, expires) VALUES (?, ?, ?, ?, ?)"


class KeyReused(Exception):
    """The key came with another request before; nothing was written. The client made a mistake: tell it."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {quoted(key)} was used for another request")


class Once(Struct, frozen=True, kw_only=True):
    """A key of a client, and what it asks under it.

    `owner`: the account that the key belongs to, so that nobody gets another one's answer. `request`: all that makes
    two requests the same, in one canonical form; only its digest is kept. `at`: now.
    """

    owner: str
    key: str
    request: bytes
    at: datetime

    def __post_init__(self) -> None:
        """Hold what a key may be."""
        if not 0 < len(self.key) <= MAX_KEY or not self.key.isprintable():
            raise ValueError(f"an idempotency key has 1 to {MAX_KEY} characters that can be printed")


def done_once(connection: sqlite3.Connection, once: Once | None, write: Callable[[], T], answer: type[T]) -> T:
    """Write in the transaction of the caller, or give the answer of the first time; without `once`, just write.

    Raises `KeyReused`, and what `write` does: the caller's transaction is then to be undone.
    """
    if once is None:
        return write()
    connection.execute(EXPIRE, (once.at.timestamp(),))
    kept = _kept(connection, once)
    if kept is not None:
        return msgspec.json.decode(kept, type=answer)
    written = write()
    expires = (once.at + KEPT).timestamp()
    connection.execute(KEEP, (once.owner, once.key, _digest(once), msgspec.json.encode(written), expires))
    return written


def kept_answer(connection: sqlite3.Connection, once: Once, answer: type[T]) -> T | None:
    """The answer of the first time, None when there was none. Raises `KeyReused`."""
    kept = _kept(connection, once)
    return None if kept is None else msgspec.json.decode(kept, type=answer)


def _kept(connection: sqlite3.Connection, once: Once) -> bytes | None:
    found = connection.execute(FIND, (once.owner, once.key, once.at.timestamp())).fetchone()
    if found is None:
        return None
    request, text = found
    if request != _digest(once):
        raise KeyReused(once.key)
    return bytes(text)


def _digest(once: Once) -> bytes:
    return hashlib.sha256(once.request).digest()
