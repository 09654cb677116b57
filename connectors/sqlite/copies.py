"""Copies of databases: made while others write, checked, and put in the place of another one that nobody uses."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from connectors.errors import BadData, Unavailable
from connectors.sqlite.connections import connect, failures
from connectors.sqlite.integrity import faults

IN_USE: Final = "the database is in use: stop the hub first"

_SHARED_FIRST: Final = 0x40000002
_SHARED_SIZE: Final = 510


def copy(sources: Sequence[Path], folder: Path) -> list[Path]:
    """Copy databases into a folder, each in one state, all of about the same moment, whoever writes meanwhile.

    A copy is one file, on disk on return, that holds no fault. Raises `Unavailable`, and `BadData` when a database has
    faults; what is in the folder is then to be thrown away.
    """
    with ExitStack() as held:
        reading = [(path, held.enter_context(_one_state(path))) for path in sources]
        copies = [_copy(connection, path, folder / path.name) for path, connection in reading]
    sync(folder)
    return copies


def check(path: Path) -> None:
    """Raise `BadData` when a copy has faults or is no database, `Unavailable` when it cannot be read."""
    # "immutable": nobody writes to a copy, and no file is made beside it
    name = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with failures(path.name), closing(sqlite3.connect(name, uri=True)) as connection:
        found = list(faults(connection))
    if found:
        raise BadData(path.name, f"the database is damaged: {found[0]}", detail="; ".join(found))


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a database that nobody else has open, whole in its file; `Unavailable` when another process has it open.

    One that is too damaged for SQLite is held as it is, with the files beside it.
    """
    with failures(path.name), ExitStack() as held:
        try:
            connection = held.enter_context(closing(connect(path, patience=0)))
            # leaving WAL mode needs the file for oneself: it fails while anybody has it open, be it idle
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Unavailable(path.name, IN_USE, detail=str(error)) from error
        except sqlite3.DatabaseError:
            held.close()
            _refuse_when_open(path)
        yield


def replace(path: Path, by: Path, aside: Path) -> None:
    """Put a copy, on the same disk, in the place of a database, which is kept aside; both are on disk on return."""
    if path.exists():
        os.link(path, aside)
    for beside in ("-wal", "-shm"):  # a log that stayed would be read into the copy
        if (log := path.with_name(path.name + beside)).exists():
            log.rename(aside.with_name(aside.name + beside))
    by.replace(path)
    sync(path.parent)


def _refuse_when_open(path: Path) -> None:
    """Ask for the lock of which every connection holds a part: SHARED_FIRST in https://www.sqlite.org/src/file/src/os.h."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except BlockingIOError as error:
            raise Unavailable(path.name, IN_USE, detail=str(error)) from error


@contextmanager
def _one_state(path: Path) -> Iterator[sqlite3.Connection]:
    with failures(path.name), closing(connect(path)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # from here on it sees one state
        yield connection


def _copy(connection: sqlite3.Connection, path: Path, to: Path) -> Path:
    with failures(path.name), closing(connect(to)) as copied:
        connection.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, whole without another beside it
    with to.open("rb") as file:
        os.fsync(file.fileno())
    check(to)
    return to


def sync(folder: Path) -> None:
    """Put the names of a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
