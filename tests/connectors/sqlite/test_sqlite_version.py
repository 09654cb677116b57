"""The number that tells whether a database has changed, whoever changed it."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from acknowledged_writes import structure

from connectors.errors import Unavailable
from connectors.registry import in_memory
from connectors.sqlite.database import LOOK_EVERY, FileDatabase


async def test_it_is_another_one_after_each_write(path, database, registry):
    seen = [database.version()]
    assert database.version() == seen[0]
    await registry.add([structure(1)])
    seen.append(database.version())
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE total SET entries = entries + 1")
    await asyncio.sleep(2 * LOOK_EVERY)
    seen.append(database.version())
    assert len(set(seen)) == 3
    assert database.version() == seen[-1]


async def test_in_memory_too():
    registry = in_memory("registry")
    before = registry.version()
    await registry.add([structure(1)])
    assert registry.version() != before
    await registry.aclose()


def test_a_closed_database_has_none(path, database):
    database.version()
    database.close()
    with pytest.raises(Unavailable, match="closed"):
        database.version()


def test_what_was_only_watched_is_closed_too(path, database):
    watched = FileDatabase(path, "registry")
    watched.version()
    watched.close()
    watched.close()
