"""The registry of the 1000 premiers jours: who is registered, which actions are carried, the official texts.

A SQLite database behind the same contract as the directories reached by HTTP.
"""

from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from connectors.contract import Context, Plugin, Record, SourceInfo
from connectors.registry.connector import NAME, PAGE_SIZE, Registry, registry_info
from connectors.registry.counting import Census, count_anew
from connectors.registry.seeding import seed
from connectors.registry.writing import UnknownReference, WrongRecord
from connectors.sqlite.connections import connect, failures
from connectors.sqlite.database import FileDatabase, MemoryDatabase
from connectors.sqlite.integrity import check_shape
from connectors.sqlite.migrations import migrate, migrations, prepared

__all__ = [
    "Census",
    "Registry",
    "Settings",
    "UnknownReference",
    "WrongRecord",
    "build",
    "in_memory",
    "open_registry",
    "plugin",
]

MIGRATIONS = migrations("connectors.registry")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of the registry in hub.toml. `database`: its file, in the hub's directory unless absolute."""

    database: str = "registry.sqlite"


def open_registry(path: Path, *, source: str = "registry", page_size: int = PAGE_SIZE) -> Registry:
    """The registry of a file, made, migrated, seeded and counted when need be.

    Raises `Refused` when the database is newer than this program, `Unavailable` when it cannot be opened, and
    `BadData` when it is not a registry.
    """
    with failures(source), prepared(path, source, MIGRATIONS) as connection:
        seed(connection, source)
        check_shape(connection, source, MIGRATIONS)
        count_anew(connection, source)
    return Registry(FileDatabase(path, source), registry_info(source), page_size=page_size)


def in_memory(
    info_id: str = "registry_sandbox",
    *,
    name: str = f"{NAME} (bac à sable)",
    records: Sequence[Record] = (),
    page_size: int = PAGE_SIZE,
) -> Registry:
    """A registry of its own in memory, marked as a sandbox: the referentials and `records`, no samples."""
    info = registry_info(info_id, name=name, sandbox=True)
    image = _image(info, tuple(records))
    connection = connect(None)
    connection.deserialize(image)
    return Registry(MemoryDatabase(connection, info_id), info, page_size=page_size)


@lru_cache(maxsize=4)
def _image(info: SourceInfo, records: tuple[Record, ...]) -> bytes:
    """The database of such a registry: made once, since it is opened anew whenever the configuration is read again."""
    with closing(connect(None)) as connection:
        migrate(connection, info.id, MIGRATIONS)
        seed(connection, info.id, samples=False)
        count_anew(connection, info.id)
        Registry(MemoryDatabase(connection, info.id), info).load(records)
        return connection.serialize()


def build(settings: Settings, context: Context) -> Registry:
    """The registry that the hub's configuration describes."""
    return open_registry(context.data / settings.database, source=context.source)


plugin = Plugin(Settings, build, needs_secret=False)
