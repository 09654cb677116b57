"""The database of who may do what. It is read at every question, on the event loop: one row, found by its key."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

import msgspec
from msgspec import Struct

from connectors.errors import BadData
from connectors.sqlite.connections import connect, failures
from connectors.sqlite.database import Database, FileDatabase, MemoryDatabase
from connectors.sqlite.integrity import check_shape
from connectors.sqlite.migrations import migrate, migrations, prepared
from resolvers.access import Role
from resolvers.accounts import ApiKey

SOURCE: Final = "access"
"""The name by which failures of this database go."""

FILE: Final = "access.sqlite"
"""The name of the database, in the hub's directory."""

SEEN_EVERY: Final = 60
"""Seconds after which the use of a key is noted again."""

MIGRATIONS: Final = migrations("hub.access")

_KEY: Final = (
    "SELECT id, role, name, sources, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at, digest "
    "FROM api_key"
)
_TIMES: Final = ("created_at", "expires_at", "revoked_at", "last_used_at")


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who logged in with an identity provider. `name`: as the provider shows it, if it does."""

    account: str
    role: Role
    sources: frozenset[str] = frozenset()
    name: str | None = None


class StoredSession(Struct, frozen=True, kw_only=True):
    """A session of a browser. `id_token`: what its provider wants to see when the session ends there too."""

    account: str
    expires_at: int
    provider: str | None = None
    id_token: str | None = None


class AccessStore:
    """Keys, people and sessions in a migrated `Database`. Times are UTC. It raises `Unavailable` and `BadData`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._nobodys = token_bytes(32)
        with database.reading() as connection:
            (self.signing_key,) = connection.execute("SELECT key FROM signing_key").fetchone()

    def all_keys(self) -> list[ApiKey]:
        """All keys that ever were, oldest first."""
        with self._reading() as connection:
            return [_key(row) for row in connection.execute(f"{_KEY} ORDER BY number")]

    def key(self, id_: str) -> ApiKey | None:
        """A key, be it revoked or not."""
        with self._reading() as connection:
            row = connection.execute(f"{_KEY} WHERE id = ?", (id_,)).fetchone()
            return _key(row) if row else None

    def key_of(self, id_: str, digest: bytes) -> ApiKey | None:
        """A key, be it revoked or not, if this is the digest of its secret.

        As much is done for an id that nobody has as for one that somebody has: how long it takes tells nothing.
        """
        with self._reading() as connection:
            row = connection.execute(f"{_KEY} WHERE id = ?", (id_,)).fetchone()
            right = compare_digest(digest, row["digest"] if row else self._nobodys)
            return _key(row) if row and right else None

    async def add_key(self, key: ApiKey, digest: bytes) -> None:
        """Keep a new key."""
        row = {**msgspec.to_builtins(key), "sources": _json(key.sources), "digest": digest}
        row |= {name: _seconds(getattr(key, name)) for name in _TIMES}
        await self._write(
            "INSERT INTO api_key (id, digest, role, sources, name, created_at, created_by, expires_at) VALUES "
            "(:id, :digest, :role, :sources, :name, :created_at, :created_by, :expires_at)",
            row,
        )

    async def revoke_key(self, id_: str, by: str, at: datetime) -> ApiKey | None:
        """Revoke a key, unless it is already; None when there is none."""
        sql = "UPDATE api_key SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL"
        await self._write(sql, (_seconds(at), by, id_))
        return self.key(id_)

    async def key_used(self, id_: str, at: datetime) -> None:
        """Note that a key was used, unless that was noted a moment ago."""
        sql = "UPDATE api_key SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) <= ?"
        now = int(at.timestamp())
        await self._write(sql, (now, id_, now - SEEN_EVERY))

    def person(self, account: str) -> Person | None:
        """Who has this account."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT account, role, sources, name FROM person WHERE account = ?", (account,)
            ).fetchone()
            return msgspec.convert({**row, "sources": msgspec.json.decode(row["sources"])}, Person) if row else None

    async def saw_person(self, person: Person, at: datetime) -> None:
        """Keep who logged in, as the provider tells of them now."""
        await self._write(
            "INSERT INTO person (account, role, sources, name, seen_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (account) "
            "DO UPDATE SET role = excluded.role, sources = excluded.sources, name = excluded.name, "
            "seen_at = excluded.seen_at",
            (person.account, person.role, _json(person.sources), person.name, _seconds(at)),
        )

    async def forget(self, account: str) -> None:
        """Remove a person and end all their sessions."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM session WHERE account = ?", (account,))
            connection.execute("DELETE FROM person WHERE account = ?", (account,))

        await self._database.write(work)

    def session(self, token: str, at: datetime) -> StoredSession | None:
        """The session that a token stands for, unless it is over."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT account, expires_at, provider, id_token FROM session WHERE digest = ? AND expires_at > ?",
                (_digest(token), at.timestamp()),
            ).fetchone()
            return msgspec.convert(dict(row), StoredSession) if row else None

    async def begin_session(self, token: str, session: StoredSession, at: datetime, *, instead: str | None) -> None:
        """Keep a new session; the one of the token `instead` ends, and so do all whose time is over."""

        def work(connection: sqlite3.Connection) -> None:
            if instead is not None:
                connection.execute("DELETE FROM session WHERE digest = ?", (_digest(instead),))
            connection.execute("DELETE FROM session WHERE expires_at <= ?", (at.timestamp(),))
            connection.execute(
                "INSERT INTO session (digest, account, expires_at, provider, id_token) VALUES (?, ?, ?, ?, ?)",
                (_digest(token), session.account, session.expires_at, session.provider, session.id_token),
            )

        await self._database.write(work)

    async def end_session(self, token: str) -> None:
        """End a session, everywhere and at once."""
        await self._write("DELETE FROM session WHERE digest = ?", (_digest(token),))

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    async def _write(self, sql: str, values: Any) -> None:
        work: Callable[[sqlite3.Connection], object] = lambda connection: connection.execute(sql, values)  # noqa: E731
        await self._database.write(work)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database.reading() as connection:
                yield connection
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise BadData(SOURCE, "the accounts cannot be read", detail=str(error)) from error


def open_access(path: Path) -> AccessStore:
    """The accounts of a file, made and migrated when need be; only its owner may read it.

    Raises `Refused` when the database is newer than this program, `Unavailable` when it cannot be opened, and
    `BadData` when it is not one of accounts.
    """
    with failures(SOURCE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with prepared(path, SOURCE, MIGRATIONS) as connection:
            check_shape(connection, SOURCE, MIGRATIONS)
            return AccessStore(FileDatabase(path, SOURCE))


def in_memory() -> AccessStore:
    """Accounts of their own in memory, none yet."""
    with ExitStack() as on_error:
        connection = on_error.enter_context(closing(connect(None)))
        migrate(connection, SOURCE, MIGRATIONS)
        store = AccessStore(MemoryDatabase(connection, SOURCE))
        on_error.pop_all()
    return store


def _key(row: sqlite3.Row) -> ApiKey:
    fields = {**row, "sources": msgspec.json.decode(row["sources"])}
    fields |= {name: None if row[name] is None else datetime.fromtimestamp(row[name], UTC) for name in _TIMES}
    return msgspec.convert(fields, ApiKey)


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _json(sources: frozenset[str]) -> str:
    return msgspec.json.encode(sorted(sources)).decode()


def _digest(token: str) -> bytes:
    """What is stored of a token of 256 random bits (see hub/access/keys.py)."""
    return blake2b(token.encode(), digest_size=32).digest()
