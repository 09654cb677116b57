"""The database of letters: what is yet to be sent, by whom it is being sent, and how far steps were read."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from email.headerregistry import Address
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, TypeVar

from msgspec import Struct

from connectors.sqlite.connections import failures
from connectors.sqlite.database import Database, FileDatabase
from connectors.sqlite.integrity import check_shape
from connectors.sqlite.migrations import migrations, prepared
from hub.mail.letter import Letter, message_of

T = TypeVar("T")

SOURCE: Final = "mail"
"""The name by which failures of this database go."""

FILE: Final = "mail.sqlite"
MIGRATIONS: Final = migrations("hub.mail")

A_DAY: Final = 86_400
MOST_ASKED: Final = {"address": 3, "owner": 10, "login": 10}
"""Letters a day that may be sent to an address, or for an account, before the address was confirmed."""

QUEUE: Final = """
INSERT OR IGNORE INTO outbox (key, kind, registration, recipient, message, queued_at)
VALUES (:key, :kind, :registration, :recipient, :message, :at)
"""
READ_ON: Final = "UPDATE progress SET step = ? WHERE step = ?"
DUE: Final = "due_at <= :now AND claimed_until <= :now"
NEXT_DUE: Final = "SELECT min(max(due_at, claimed_until)) FROM outbox"
CLAIM: Final = f"""
UPDATE outbox SET claim = :claim, claimed_until = :until
WHERE number = (SELECT number FROM outbox WHERE {DUE} ORDER BY due_at, number LIMIT 1)
RETURNING number, kind, registration, recipient, message, queued_at, attempts, claim
"""  # noqa: S608  # made of constants
REMOVE: Final = "DELETE FROM outbox WHERE number = ? AND claim = ?"
LATER: Final = """
UPDATE outbox SET attempts = attempts + 1, due_at = ?, claim = NULL, claimed_until = 0 WHERE number = ? AND claim = ?
"""
FORGET: Final = "DELETE FROM outbox WHERE registration = ?"


class Claimed(Struct, frozen=True, kw_only=True):
    """A letter that this process is sending. `queued_at`: seconds since 1970."""

    number: int
    kind: str
    registration: str | None
    recipient: str
    message: bytes
    queued_at: float
    attempts: int
    claim: str


class Outbox:
    """Letters in a migrated `Database`. It raises `Unavailable` and `BadData`."""

    def __init__(self, database: Database, sender: Address) -> None:
        self._database = database
        self._sender = sender

    async def step(self) -> int:
        """The number of the last step whose letters were written."""
        return int(await self._value("SELECT step FROM progress", ()))

    async def read_on(self, before: int, to: int, letters: Iterable[Letter], gone: Iterable[str], at: datetime) -> bool:
        """Write the letters of the steps after `before` up to `to`; False when another process did it.

        `gone`: registrations that were removed meanwhile, whose letters are not sent any more.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if not connection.execute(READ_ON, (to, before)).rowcount:
                return False
            for letter in letters:
                self._queue(connection, letter, at)
            connection.executemany(FORGET, [(id_,) for id_ in gone])
            return True

        return await self._write(work)

    async def add(self, letter: Letter, at: datetime) -> bool:
        """Write a letter; False when whom it asks was asked too often."""
        return await self._write(lambda connection: self._queue(connection, letter, at))

    async def next_due(self) -> float | None:
        """When something is to be sent next, in seconds since 1970; None when nothing waits."""
        due = await self._value(NEXT_DUE, ())
        return None if due is None else float(due)

    async def claim(self, at: datetime, seconds: float) -> Claimed | None:
        """Take the letter that waits for longest, for so many seconds; None when none is due."""
        now = at.timestamp()
        values = {"claim": token_hex(8), "now": now, "until": now + seconds}
        row = await self._write(lambda connection: connection.execute(CLAIM, values).fetchone())
        return Claimed(**dict(row)) if row else None

    async def remove(self, letter: Claimed) -> None:
        """It was taken, or is given up."""
        await self._write(lambda connection: connection.execute(REMOVE, (letter.number, letter.claim)))

    async def later(self, letter: Claimed, due: datetime) -> None:
        """It was not taken; it is to be sent again at a moment."""
        values = (due.timestamp(), letter.number, letter.claim)
        await self._write(lambda connection: connection.execute(LATER, values))

    async def is_spent(self, token: str) -> bool:
        """Whether a link was used."""
        return await self._value("SELECT 1 FROM spent WHERE token = ?", (_digest(token, 32),)) is not None

    async def spend(self, token: str, expires_at: float, at: datetime) -> None:
        """A link was used; it is remembered until it would be good for nothing anyway."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM spent WHERE expires_at <= ?", (at.timestamp(),))
            connection.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", (_digest(token, 32), expires_at))

        await self._write(work)

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    def _queue(self, connection: sqlite3.Connection, letter: Letter, at: datetime) -> bool:
        now = at.timestamp()
        connection.execute("DELETE FROM asked WHERE at <= ?", (now - A_DAY,))
        for whom in letter.asks:
            (times,) = connection.execute("SELECT count(*) FROM asked WHERE whom = ?", (_digest(whom, 16),)).fetchone()
            if times >= MOST_ASKED[whom.partition(" ")[0]]:
                return False
        connection.executemany("INSERT INTO asked VALUES (?, ?)", [(_digest(whom, 16), now) for whom in letter.asks])
        row = {
            "key": letter.key,
            "kind": letter.kind.value,
            "registration": letter.registration,
            "recipient": letter.to,
            "message": message_of(letter, self._sender, at),
            "at": now,
        }
        connection.execute(QUEUE, row)
        return True

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def secretly(connection: sqlite3.Connection) -> T:
            connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, not only forgotten
            return work(connection)

        return await self._database.write(secretly)

    async def _value(self, sql: str, values: tuple[Any, ...]) -> Any:
        def read() -> Any:
            with self._database.reading() as connection:
                row = connection.execute(sql, values).fetchone()
                return None if row is None else row[0]

        return await asyncio.to_thread(read)


def open_outbox(path: Path, sender: Address) -> Outbox:
    """The letters of a file, made and migrated when need be; only its owner may read it.

    Raises `Refused` when the database is newer than this program, `Unavailable` when it cannot be opened, and
    `BadData` when it is not one of letters.
    """
    with failures(SOURCE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with prepared(path, SOURCE, MIGRATIONS) as connection:
            check_shape(connection, SOURCE, MIGRATIONS)
            return Outbox(FileDatabase(path, SOURCE), sender)


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(), digest_size=size).digest()
