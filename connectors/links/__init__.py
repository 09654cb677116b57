"""The links between records of different directories: which are the same place, who said so, and why.

Only keys, decisions and scores are stored; no name, address or telephone of any directory.
"""

from contextlib import ExitStack, closing
from pathlib import Path

from connectors.links.link import Change, Decision, Link, LinkMethod, LinkState, Reason
from connectors.links.store import SOURCE, LinkStore, Suggestions, Verdict
from connectors.sqlite.connections import connect, failures
from connectors.sqlite.database import FileDatabase, MemoryDatabase
from connectors.sqlite.integrity import check_shape
from connectors.sqlite.migrations import migrate, migrations, prepared

__all__ = [
    "FILE",
    "Change",
    "Decision",
    "Link",
    "LinkMethod",
    "LinkState",
    "LinkStore",
    "Reason",
    "Suggestions",
    "Verdict",
    "in_memory",
    "open_links",
]

FILE = "links.sqlite"
"""The name of the database, in the hub's directory."""

MIGRATIONS = migrations("connectors.links")


def open_links(path: Path) -> LinkStore:
    """The links of a file, made and migrated when need be.

    Raises `Refused` when the database is newer than this program, `Unavailable` when it cannot be opened, and
    `BadData` when it is not one of links.
    """
    with failures(SOURCE), prepared(path, SOURCE, MIGRATIONS) as connection:
        check_shape(connection, SOURCE, MIGRATIONS)
        return LinkStore(FileDatabase(path, SOURCE))


def in_memory() -> LinkStore:
    """Links of their own in memory, none yet."""
    with ExitStack() as on_error:
        connection = on_error.enter_context(closing(connect(None)))
        migrate(connection, SOURCE, MIGRATIONS)
        store = LinkStore(MemoryDatabase(connection, SOURCE))
        on_error.pop_all()
    return store
