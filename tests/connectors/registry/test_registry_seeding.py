"""Seeding happens once, whoever starts first, and never undoes what was done since."""

import multiprocessing
import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace
from registry_records import structure

from connectors.contract import Everywhere, Kind, Query
from connectors.registry import MIGRATIONS, in_memory, open_registry
from connectors.registry.seeding import seed
from connectors.sqlite.connections import connect, use_wal
from connectors.sqlite.migrations import migrate


async def count(registry, kind=Kind.STRUCTURE):
    return len((await registry.search(Query(where=Everywhere(), kind=kind))).records)


async def test_an_empty_database_is_seeded_once(path):
    for _ in range(2):
        registry = open_registry(path)
        assert (await count(registry), await count(registry, Kind.ACTION)) == (18, 12)
        await registry.aclose()


async def test_what_an_admin_took_out_does_not_come_back(registry, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM action")
        connection.execute("DELETE FROM structure")
    await registry.add([structure("new")])
    again = open_registry(path)
    assert (await count(again), await count(again, Kind.ACTION)) == (1, 0)
    await again.aclose()


def test_seed_says_whether_it_did(path):
    path.parent.mkdir()
    with closing(connect(path)) as connection:
        migrate(connection, "registry", MIGRATIONS)
        assert [seed(connection, "registry"), seed(connection, "registry")] == [True, False]


def test_the_slower_of_two_finds_it_done(tmp_path):
    with closing(connect(tmp_path / "a.sqlite")) as first, closing(connect(tmp_path / "a.sqlite")) as second:
        migrate(first, "registry", MIGRATIONS)

        def other_process_is_faster(statement):
            if statement == "BEGIN IMMEDIATE":
                first.set_trace_callback(None)
                assert seed(second, "registry")

        first.set_trace_callback(other_process_is_faster)
        assert not seed(first, "registry")
        assert first.execute("SELECT count(*) FROM structure").fetchone()[0] == 18


def test_seeding_that_fails_leaves_the_database_empty(tmp_path):
    with closing(connect(tmp_path / "a.sqlite")) as connection:
        migrate(connection, "registry", MIGRATIONS)
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON action BEGIN SELECT RAISE(ABORT, 'no action'); END")
        with pytest.raises(sqlite3.IntegrityError, match="no action"):
            seed(connection, "registry")
        assert connection.execute("SELECT count(*) FROM priority").fetchone()[0] == 0


def _start(path, ready, go, codes):
    ready.release()
    go.wait()
    try:
        open_registry(path)
        codes.put("opened")
    except Exception as error:
        codes.put(repr(error))
        raise


def test_processes_that_start_at_once_seed_once(path):
    spawn = multiprocessing.get_context("spawn")
    ready, go, codes = spawn.Semaphore(0), spawn.Event(), spawn.Queue()
    starting = [spawn.Process(target=_start, args=(path, ready, go, codes)) for _ in range(3)]
    for process in starting:
        process.start()
    for _ in starting:
        assert ready.acquire(timeout=60)
    go.set()
    assert [codes.get(timeout=120) for _ in starting] == ["opened"] * 3
    for process in starting:
        process.join(timeout=60)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM structure").fetchone()[0] == 18
        assert connection.execute("SELECT count(*) FROM priority").fetchone()[0] == 10


def test_wal_waits_for_a_writer_to_finish(tmp_path):
    with closing(connect(tmp_path / "a.sqlite")) as writer, closing(connect(tmp_path / "a.sqlite")) as starting:
        writer.execute("CREATE TABLE t (a)")
        writer.execute("BEGIN EXCLUSIVE")
        tries = 0

        def finish_at_the_second_try(statement):
            nonlocal tries
            tries += statement.startswith("PRAGMA journal_mode")
            if tries == 2:
                writer.execute("COMMIT")

        starting.execute("PRAGMA busy_timeout = 0")
        starting.set_trace_callback(finish_at_the_second_try)
        use_wal(starting)
        assert tries >= 2
        assert starting.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


async def test_a_registry_in_memory_has_the_texts_and_its_records_only():
    registry = in_memory(records=[replace(structure("r1"), source="registry_sandbox")])
    assert registry.info.sandbox
    assert registry.info.id == "registry_sandbox"
    assert len(registry.referentials().priorities) == 10
    assert await count(registry) == 1
    await registry.aclose()
    another = in_memory("another", name="Autre")
    assert (another.info.name, await count(another)) == ("Autre", 0)
    await another.aclose()


async def test_registries_in_memory_of_the_same_records_are_apart():
    records = [replace(structure(key), source="registry_sandbox") for key in ("r1", "r2")]
    one, other = in_memory(records=records[:1]), in_memory(records=records[:1])
    before = one.version()
    await one.add(records[1:])
    assert (await count(one), await count(other)) == (2, 1)
    assert one.version() != before
    third = in_memory(records=records[:1])
    assert await count(third) == 1
    for registry in (one, other, third):
        await registry.aclose()
