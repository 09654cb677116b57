"""The tables of the registry, and how a database gets them: the numbered files of `migrations/`.

A migration `0002_….sql` brings a database from version 1 (`PRAGMA user_version`) to version 2, in one
transaction. There is no way back: a migration that was released is never edited, the next one mends it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from msgspec import Struct

from connectors.errors import Refused
from connectors.registry.database import transaction


class Migration(Struct, frozen=True):
    """What brings a database to this version."""

    version: int
    script: str


@cache
def migrations() -> tuple[Migration, ...]:
    """The migrations of this program, oldest first; the last one's version is the program's."""
    folder = files("connectors.registry") / "migrations"
    scripts = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))
    return tuple(Migration(int(name.partition("_")[0]), script) for name, script in scripts)


def migrate(connection: sqlite3.Connection, source: str, steps: Sequence[Migration] | None = None) -> None:
    """Bring a database to the version of the program.

    Several processes may do it at once: each step is done by one of them. Raises `Refused` when the database
    is newer than the program, and sqlite3.Error when a step fails, which is then undone as a whole.
    """
    steps = migrations() if steps is None else steps
    newest = steps[-1].version
    found = _version(connection)
    if found > newest:
        raise Refused(
            source,
            f"the registry's database is of version {found}, this program knows version {newest} at most: "
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
