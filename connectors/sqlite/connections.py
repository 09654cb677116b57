"""Connections to SQLite, transactions, and the one place where its failures are translated."""

import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import Final

from connectors.errors import BadData, Unavailable

WRITER_PATIENCE: Final = 5.0
"""Seconds that a writer waits for others to finish."""

OPENING_PATIENCE: Final = 60.0
"""Seconds that a process that starts waits for another one, which may be making or migrating the same database."""

READER_PATIENCE: Final = 0.2
"""Seconds that a reader waits: it hardly ever has to in WAL mode, and it may stand on the event loop."""

BUSY_AGAIN: Final = 1.0
"""Seconds after which to try again what found the database busy."""

WAL_LIMIT: Final = 64 * 2**20
"""Bytes that the log keeps on disk once its pages are in the database."""

BUSY: Final = "the database is busy"
_OUT_OF_REACH: Final = "the database is out of reach"
_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the database cannot be written to",
    sqlite3.SQLITE_CANTOPEN: _OUT_OF_REACH,
    sqlite3.SQLITE_IOERR: _OUT_OF_REACH,
    sqlite3.SQLITE_NOMEM: _OUT_OF_REACH,
    sqlite3.SQLITE_PERM: _OUT_OF_REACH,
    sqlite3.SQLITE_AUTH: _OUT_OF_REACH,
    sqlite3.SQLITE_INTERRUPT: _OUT_OF_REACH,
}
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class failures:  # noqa: N801  # read as a statement: `with failures(source)`
    """Translates what SQLite and the file system raise into `Unavailable` or `BadData`.

    `Unavailable`: busy (try again after a moment), full, or out of reach; what was written is undone, and the same may
    go well once the cause is gone. `BadData`: damaged (restore a backup), or not in the form that the program expects.
    """

    __slots__ = ("_source",)

    def __init__(self, source: str) -> None:
        self._source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, sqlite3.Error):
            raise _translated(self._source, error) from error
        if isinstance(error, OSError):
            raise Unavailable(self._source, _OUT_OF_REACH, detail=str(error)) from error


def tells_damage(error: sqlite3.Error) -> bool:
    """Whether an error is about damaged pages: what the connection keeps in memory is then not to be trusted."""
    return _family(error) in _DAMAGED


def _family(error: sqlite3.Error) -> int:
    """The primary code of an error, which is the low byte of an extended one."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _translated(source: str, error: sqlite3.Error) -> Unavailable | BadData:
    code = _family(error)
    detail = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if code in _UNAVAILABLE:
        busy = code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        return Unavailable(source, _UNAVAILABLE[code], detail=detail, retry_after=BUSY_AGAIN if busy else None)
    return BadData(
        source, "the database is damaged" if code in _DAMAGED else "the database cannot be read", detail=detail
    )


class transaction:  # noqa: N801  # read as a statement
    """One transaction, "DEFERRED" to read one state or "IMMEDIATE" to write: kept whole or undone whole."""

    __slots__ = ("_connection", "_mode")

    def __init__(self, connection: sqlite3.Connection, mode: str) -> None:
        self._connection = connection
        self._mode = mode

    def __enter__(self) -> None:
        self._connection.execute(f"BEGIN {self._mode}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        connection = self._connection
        try:
            if error is None:
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
        wait_at_most(connection, patience)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    """Have a connection wait so long for those that others hold."""
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def use_wal(connection: sqlite3.Connection, *, patience: float = OPENING_PATIENCE) -> None:
    """Put a file in WAL mode, where it stays.

    SQLite does not wait by itself for the lock that this takes, so that two processes starting at once could
    fail.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if _family(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return
