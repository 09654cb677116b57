"""Whether a database is what it should be: a look at each table when it is opened, every page when it is backed up."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache

from connectors.errors import BadData
from connectors.sqlite.connections import connect
from connectors.sqlite.migrations import Migration, migrate

OBJECTS = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


def check_shape(connection: sqlite3.Connection, source: str, steps: Sequence[Migration]) -> None:
    """Raise `BadData` when a table, index, view or trigger is missing, or the first page of a table cannot be read.

    Its cost does not depend on how much the database holds. Raises sqlite3.Error for a damaged page.
    """
    wanted = _shape(tuple(steps))
    missing = wanted - set(map(tuple, connection.execute(OBJECTS)))
    if missing:
        names = ", ".join(sorted(name for _, name, _ in missing))
        raise BadData(source, "the database is damaged", detail=f"it lacks {names}")
    for kind, name, _ in wanted:
        if kind == "table":
            connection.execute(f'SELECT * FROM "{name}" NOT INDEXED LIMIT 1').fetchone()  # noqa: S608  # a name of our own


@cache
def _shape(steps: tuple[Migration, ...]) -> frozenset[tuple[str, str, str]]:
    """The type, name and table of each object that these migrations make."""
    with closing(connect(None)) as example:
        migrate(example, "example", steps)
        return frozenset(map(tuple, example.execute(OBJECTS)))


def faults(connection: sqlite3.Connection) -> Iterator[str]:
    """What is wrong with a database, having read all of it; nothing when it is sound.

    Raises sqlite3.DatabaseError when it is too damaged to tell.
    """
    for (said,) in connection.execute("PRAGMA integrity_check(10)"):
        if said != "ok":
            yield said
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} refers to no row of {parent}"
