"""How a database gets its tables: the numbered files of the folder `migrations/` of the package that owns it.

A migration `0002_….sql` brings a database from version 1 (`PRAGMA user_version`) to version 2, in one
transaction. There is no way back: a migration that was released is never edited, the next one mends it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from connectors.errors import Refused
from connectors.sqlite.connections import OPENING_PATIENCE, connect, transaction, use_wal


class Migration(Struct, frozen=True):
    """What brings a database to this version."""

    version: int
    script: str


@cache
def migrations(package: str) -> tuple[Migration, ...]:
    """The migrations that a package is shipped with, oldest first; the last one's version is the program's."""
    folder = files(package) / "migrations"
    scripts = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))
    return tuple(Migration(int(name.partition("_")[0]), script) for name, script in scripts)


@contextmanager
def prepared(path: Path, source: str, steps: Sequence[Migration]) -> Iterator[sqlite3.Connection]:
    """A database file, made and migrated when need be, and a connection to fill it with; closed at the end.

    Raises what `migrate` does, sqlite3.Error and OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(connect(path, patience=OPENING_PATIENCE)) as connection:
        use_wal(connection)
        migrate(connection, source, steps)
        yield connection


def migrate(connection: sqlite3.Connection, source: str, steps: Sequence[Migration]) -> None:
    """Bring a database to the version of the program.

    Several processes may do it at once: each step is done by one of them. Raises `Refused` when the database
    is newer than the program, and sqlite3.Error when a step fails, which is then undone as a whole.
    """
    newest = steps[-1].version
    found = _version(connection)
    if found > newest:
        raise Refused(
            source,
            f"the database is of version {found}, this program knows version {newest} at most: "
            "install the newer program",
        )
    for step in steps:
        if _version(connection) >= step.version:
            continue
        with transaction(connection, "IMMEDIATE"):
            if _version(connection) < step.version:  # another process may have been faster
                for statement in statements(step.script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {step.version}")


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: sqlite3 would end the transaction to run it whole."""
    statement = ""
    *pieces, rest = script.split(";")
    for piece in pieces:
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if rest.strip():
        yield statement + rest


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
