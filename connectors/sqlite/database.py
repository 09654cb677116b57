"""A database: many readers at once, one writer, and what each of them waits for.

A database in a file is read by several connections at once, and written by one, which nobody waits for
(WAL). Read connections are kept in a pool and used by one thread at a time: the event loop and each
searching thread take one, and give it back. A pool rather than a connection per thread, because the threads
of `asyncio.to_thread` come and go and nobody could close theirs. Writes have a thread of their own, so that
those that wait for another process never take the threads that reads need. A database in memory has one
connection, which all take in turn. `source` is the name that its failures go by ("registry", "links").

A write that returned is on disk: every commit ends with an fsync of the log (synchronous = FULL), one for each
write. Writes of people are far fewer than a disk's fsyncs, so that they are not gathered into groups.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from connectors.errors import SourceError, Unavailable
from connectors.sqlite.connections import (
    BUSY,
    BUSY_AGAIN,
    READER_PATIENCE,
    WRITER_PATIENCE,
    connect,
    failures,
    tells_damage,
    transaction,
    wait_at_most,
)

T = TypeVar("T")

READER_CACHE: Final = 256
"""KiB of pages that a read connection keeps: no more than stays in a core's own cache.

The system keeps the file's pages, too. Into pages of ours that are out of reach of the core's cache, twenty rows of a
million are read in a third more time.
"""

WRITER_CACHE: Final = 32_768
"""KiB of pages that the write connection keeps, while it writes much."""

LOOK_EVERY: Final = 0.02
"""Seconds after which a write of another process is seen at the latest: to look is a tenth of the work of an answer."""

_CLOSED: Final = "the database is closed"


class Database(Protocol):
    """A migrated database. Its transactions raise `Unavailable` and `BadData` for SQLite's failures."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that sees one state of the database."""
        ...

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction that writes, alone; when it ends without an error, what it wrote is on disk."""
        ...

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work in a transaction that writes, away from the event loop; it is on disk on return."""
        ...

    def version(self) -> int:
        """A number that is another one after each write: at once, or `LOOK_EVERY` after one of another process."""
        ...

    def close(self) -> None:
        """Close what is idle now, and what is in use when it is given back; nothing can be begun any more."""
        ...


class FileDatabase:
    """A database in a file (already migrated). `patience`: seconds that a write waits for others to finish."""

    def __init__(self, path: Path, source: str, *, patience: float = WRITER_PATIENCE) -> None:
        self._path = path
        self._source = source
        self._patience = patience
        self._idle: list[sqlite3.Connection] = []  # append and pop are atomic
        self._writer: sqlite3.Connection | None = None
        self._one_writer = threading.Lock()
        self._writes = ThreadPoolExecutor(1, f"{source}-writes")
        self._watching: sqlite3.Connection | None = None
        self._look_at = 0.0
        self._version = 0
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with failures(self._source):
            connection = self._take()
            sound = True
            try:
                with transaction(connection, "DEFERRED"):
                    yield connection
            except sqlite3.Error as error:
                sound = not tells_damage(error)
                raise
            finally:
                if sound:
                    self._give_back(connection)
                else:
                    connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """See `Database`."""
        with self._writing(time.monotonic() + self._patience) as connection:
            yield connection

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """See `Database`."""
        deadline = time.monotonic() + self._patience
        try:
            written = asyncio.get_running_loop().run_in_executor(self._writes, self._write, work, deadline)
        except RuntimeError:  # its executor was shut down
            raise Unavailable(self._source, _CLOSED) from None
        return await written

    def version(self) -> int:
        """See `Database`. To be called in one thread."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY  # before the look: a write meanwhile asks for another one
            try:
                self._version = self._look()
            except SourceError:
                self._look_at = 0.0
                raise
        return self._version

    def close(self) -> None:
        """See `Database`; the writes that were asked for are done first."""
        self._writes.shutdown()
        self._closed = True
        self._look_at = 0.0
        if self._watching is not None:
            self._watching.close()
        with self._one_writer:
            self._drop_writer()
        self._close_idle()

    def _look(self) -> int:
        with failures(self._source):
            if self._watching is None or self._closed:
                self._watching = self._take()  # kept apart: what it tells is counted for each connection
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def _write(self, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        with self._writing(deadline) as connection:
            return work(connection)

    @contextmanager
    def _writing(self, deadline: float) -> Iterator[sqlite3.Connection]:
        """The one writer of this process, which waits for those of others until `deadline` (monotonic seconds)."""
        with failures(self._source), self._turn(deadline):
            patience = max(0.0, deadline - time.monotonic())
            try:
                if self._writer is None:
                    self._writer = connect(self._path, patience=patience)
                    self._writer.execute(f"PRAGMA cache_size = -{WRITER_CACHE}")
                wait_at_most(self._writer, patience)
                with transaction(self._writer, "IMMEDIATE"):
                    yield self._writer
                self._look_at = 0.0
            except sqlite3.Error as error:
                if tells_damage(error):
                    self._drop_writer()
                raise

    @contextmanager
    def _turn(self, deadline: float) -> Iterator[None]:
        if not self._one_writer.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unavailable(self._source, BUSY, detail="another write of this process", retry_after=BUSY_AGAIN)
        try:
            _refuse_when(self._closed, self._source)
            yield
        finally:
            self._one_writer.release()

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _take(self) -> sqlite3.Connection:
        _refuse_when(self._closed, self._source)
        try:
            return self._idle.pop()
        except IndexError:
            connection = connect(self._path, patience=READER_PATIENCE)
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA cache_size = -{READER_CACHE}")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


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

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """See `Database`; here it lasts as long as the process."""
        return await asyncio.to_thread(self._write, work)

    def version(self) -> int:
        """See `Database`."""
        return self._connection.total_changes

    def close(self) -> None:
        """See `Database`; here it waits for what is in use."""
        with self._turn:
            self._closed = True
            self._connection.close()

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self.writing() as connection:
            return work(connection)

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[sqlite3.Connection]:
        with failures(self._source), self._turn:
            _refuse_when(self._closed, self._source)
            with transaction(self._connection, mode):
                yield self._connection


def _refuse_when(closed: bool, source: str) -> None:
    if closed:
        raise Unavailable(source, _CLOSED)
