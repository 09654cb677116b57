"""A full disk, another process that writes for long, damaged pages: clear refusals, reads go on, recovery at once."""

import asyncio
import resource
import sqlite3
from contextlib import closing, contextmanager

import pytest
from acknowledged_writes import structure

from connectors.contract import Everywhere, Kind, Query
from connectors.errors import BadData, Unavailable
from connectors.sqlite import database as door
from connectors.sqlite.connections import BUSY_AGAIN, connect


async def reads_go_on(registry, *keys):
    assert (await registry.get(Kind.STRUCTURE, keys)).keys() == set(keys)
    assert (await registry.search(Query(where=Everywhere()))).records
    await registry.ping()


@contextmanager
def no_larger_files(path):
    """Files cannot grow beyond what the log has now (a quota): what the system then says is no lack of space."""
    limit = max(path.with_name(f"{path.name}-{name}").stat().st_size for name in ("wal", "shm")) + 1
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def no_more_pages(path):
    """The database cannot grow: SQLite then says what it says of a full disk."""

    def limited(*arguments, **options):
        connection = connect(*arguments, **options)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "connect", limited)
        yield


@pytest.mark.parametrize(("full", "says"), [(no_larger_files, "out of reach"), (no_more_pages, "the disk is full")])
async def test_a_full_disk_refuses_writes_until_there_is_room(path, registry, full, says):
    big = [structure(n) for n in range(2, 200)]
    registry._database.close()  # the writer of before keeps its own limit
    registry._database = door.FileDatabase(path, "registry")
    if full is no_larger_files:
        await registry.add([structure(1)])
    with full(path):
        for _ in range(2):
            with pytest.raises(Unavailable, match=says) as caught:
                await registry.add(big)
            assert caught.value.detail.startswith("SQLITE_")
        await reads_go_on(registry, "cove")
        assert await registry.get(Kind.STRUCTURE, ["k2", "k199"]) == {}
    registry._database.close()
    registry._database = door.FileDatabase(path, "registry")
    await registry.add(big)
    await reads_go_on(registry, "k2", "k199")
    registry._database.close()


async def test_writes_that_find_another_process_writing_are_told_and_reads_go_on(path, registry):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writes = [asyncio.create_task(registry.add([structure(n)])) for n in range(12)]
        await reads_go_on(registry, "cove")
        for failure in await asyncio.gather(*writes, return_exceptions=True):
            assert isinstance(failure, Unavailable)
            assert (failure.message, failure.retry_after) == ("the database is busy", BUSY_AGAIN)
        assert await registry.get(Kind.STRUCTURE, [f"k{n}" for n in range(12)]) == {}
        other.execute("COMMIT")
    await registry.add([structure(1)])
    await reads_go_on(registry, "k1")


async def test_a_write_waits_for_the_one_before(path):
    patient = door.FileDatabase(path, "registry", patience=30)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(patient.write(lambda connection: connection.execute("INSERT INTO t VALUES (1)")))
        await asyncio.sleep(0)
        other.execute("COMMIT")
        await write
        assert other.execute("SELECT a FROM t").fetchall() == [(1,)]
    patient.close()


async def test_a_write_of_this_process_is_not_waited_for_for_ever(database, registry):
    with database.writing():
        with pytest.raises(Unavailable, match="busy"):
            await registry.add([structure(1)])
        await reads_go_on(registry, "cove")
    await registry.add([structure(1)])


@pytest.fixture
def damage(path, registry):
    """Overwrite the leaves of table `structure` behind the program's back; gives a function that mends them."""
    registry.load([structure(n) for n in range(300)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = [
            number
            for (number,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = 'structure' AND pagetype = 'leaf'"
            )
        ]
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    sound = path.read_bytes()
    with path.open("r+b") as file:
        for page in pages[5:]:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    registry._database.close()  # who opened it before may have the sound pages in memory
    registry._database = door.FileDatabase(path, "registry", patience=0.05)
    yield lambda: path.write_bytes(sound)
    registry._database.close()


async def test_damaged_pages_cost_what_is_on_them(path, registry, damage):
    with pytest.raises(BadData, match="the database is damaged") as caught:
        await registry.get(Kind.STRUCTURE, ["k299"])
    assert "SQLITE_CORRUPT" in caught.value.detail
    with pytest.raises(BadData, match="damaged"):
        await registry.search(Query(where=Everywhere()))
    assert (await registry.get(Kind.STRUCTURE, ["cove"])).keys() == {"cove"}
    assert len(registry.referentials().priorities) == 10
    with pytest.raises(BadData, match="damaged"):
        await registry.add([structure(299)])
    damage()
    assert (await registry.get(Kind.STRUCTURE, ["k299"])).keys() == {"k299"}
    await registry.add([structure(299)])


async def test_a_closed_database_has_done_what_was_asked_and_takes_no_more(path, registry):
    write = asyncio.create_task(registry.add([structure(1)]))
    await asyncio.sleep(0)
    await registry.aclose()
    await write
    with pytest.raises(Unavailable, match="closed"):
        await registry.add([structure(2)])
    with pytest.raises(Unavailable, match="closed"):
        registry.load([structure(2)])
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT key FROM structure WHERE key IN ('k1', 'k2')").fetchall()
    assert found == [("k1",)]
