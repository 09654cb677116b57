"""The door to SQLite: connections, transactions, and the one place where its failures are translated.

A database in a file is read by several connections at once, and written by one, which nobody waits for
(WAL). Read connections are kept in a pool and used by one thread at a time: the event loop and each
searching thread take one, and give it back. A pool rather than a connection per thread, because the threads
of `asyncio.to_thread` come and go and nobody could close theirs. A database in memory has one connection,
which all take in turn. `source` is the name that its failures go by ("registry", "links").
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from connectors.errors import BadData, Unavailable

WRITER_PATIENCE = 5.0
"""Seconds that a writer, or a process that starts, waits for another one to finish."""

READER_PATIENCE = 0.2
"""Seconds that a reader waits: it hardly ever has to in WAL mode, and it may stand on the event loop."""

_OUT_OF_REACH = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_INTERRUPT,
    }
)


@contextmanager
def failures(source: str) -> Iterator[None]:
    """Translate what SQLite and the file system raise into `Unavailable` or `BadData`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        detail = f"{name}: {error}"
        if code & 0xFF in _OUT_OF_REACH:  # the low byte of an extended code is its family
            raise Unavailable(source, "the database is out of reach", detail=detail) from error
        raise BadData(source, "the database cannot be read", detail=detail) from error
    except OSError as error:
        raise Unavailable(source, "the database is out of reach", detail=str(error)) from error


@contextmanager
def transaction(connection: sqlite3.Connection, mode: str) -> Iterator[None]:
    """One transaction, "DEFERRED" to read one state or "IMMEDIATE" to write: kept whole or undone whole."""
    connection.execute(f"BEGIN {mode}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


def connect(path: Path | None, *, patience: float = WRITER_PATIENCE) -> sqlite3.Connection:
    """A connection with the settings that every database has; in memory, and private, when there is no path."""
    connection = sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,  # transactions are begun and ended in this file only
        check_same_thread=False,  # one thread at a time: held by the pool and the lock below
        cached_statements=256,
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def use_wal(connection: sqlite3.Connection, *, patience: float = WRITER_PATIENCE) -> None:
    """Put a file in WAL mode, where it stays.

    SQLite does not wait by itself for the lock that this takes, so that two processes starting at once could
    fail.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return


class Database(Protocol):
    """A migrated database. Both transactions raise `Unavailable` and `BadData` for SQLite's failures."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that sees one state of the database."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that writes, alone."""
        ...

    def close(self) -> None:
        """Close what is idle now, and what is in use when it is given back; nothing can be begun any more."""
        ...


class FileDatabase:
    """A database in a file (already migrated)."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._idle: list[sqlite3.Connection] = []  # append and pop are atomic
        self._one_writer = threading.Lock()
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with failures(self._source):
            connection = self._take()
            try:
                with transaction(connection, "DEFERRED"):
                    yield connection
            finally:
                self._give_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with failures(self._source), self._one_writer:
            _refuse_when(self._closed, self._source)
            connection = connect(self._path)
            try:
                with transaction(connection, "IMMEDIATE"):
                    yield connection
            finally:
                connection.close()

    def close(self) -> None:
        """See `Database`."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        _refuse_when(self._closed, self._source)
        try:
            return self._idle.pop()
        except IndexError:
            connection = connect(self._path, patience=READER_PATIENCE)
            connection.execute("PRAGMA query_only = ON")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()


class MemoryDatabase:
    """A database in memory (already migrated): it lives as long as its connection."""

    def __init__(self, connection: sqlite3.Connection, source: str) -> None:
        self._connection = connection
        self._source = source
        self._turn = threading.Lock()
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """See `Database`; here it waits for what is in use."""
        with self._turn:
            self._closed = True
            self._connection.close()

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sqlite3.Connection]:
        with failures(self._source), self._turn:
            _refuse_when(self._closed, self._source)
            with transaction(self._connection, mode):
                yield self._connection


def _refuse_when(closed: bool, source: str) -> None:
    if closed:
        raise Unavailable(source, "the database is closed")
