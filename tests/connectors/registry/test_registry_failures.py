"""What SQLite and the disk can do to the registry, and the typed errors that come of it."""

import os
import sqlite3
from contextlib import closing

import pytest
from registry_records import structure

from connectors.contract import Context, Everywhere, Kind, Plugin, Query
from connectors.errors import BadData, Unavailable
from connectors.registry import in_memory, open_registry, plugin
from connectors.sqlite.connections import connect, failures, use_wal


@pytest.fixture
def locked(registry, path):
    """Another process holds the file for itself, which WAL mode does not prevent."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield other


async def test_a_locked_database_is_unavailable(locked, registry, monkeypatch):
    monkeypatch.setattr("connectors.sqlite.database.WRITER_PATIENCE", 0)
    for ask in (
        registry.get(Kind.STRUCTURE, ["cove"]),
        registry.search(Query(where=Everywhere())),
        registry.ping(),
    ):
        with pytest.raises(Unavailable) as caught:
            await ask
        assert caught.value.source == "registry"
        assert "SQLITE_BUSY" in caught.value.detail
        assert "SQLITE" not in caught.value.message
    locked.execute("COMMIT")
    locked.close()
    await registry.ping()
    assert (await registry.get(Kind.STRUCTURE, ["cove"])).keys() == {"cove"}


async def test_a_writer_that_waited_too_long_is_told(registry, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(connect(path, patience=0)) as connection, pytest.raises(Unavailable), failures("registry"):
            connection.execute("BEGIN IMMEDIATE")
        assert (await registry.get(Kind.STRUCTURE, ["cove"])).keys() == {"cove"}


async def test_a_corrupt_database_is_bad_data(registry, path):
    await registry.add([structure(f"s{n}", description="x" * 500) for n in range(400)])
    await registry.aclose()
    content = bytearray(path.read_bytes())
    content[100:] = os.urandom(len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(BadData) as caught:
        open_registry(path)
    assert caught.value.message == "the database is damaged"


async def test_pages_damaged_under_a_running_registry_are_bad_data(path):
    registry = open_registry(path)
    await registry.add([structure(f"s{n}", description="x" * 500) for n in range(400)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'structure'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(BadData):
        await registry.search(Query(where=Everywhere()))
    await registry.aclose()


def test_a_file_that_is_no_database_is_bad_data(tmp_path):
    (tmp_path / "r.sqlite").write_text("not a database, but long enough to be taken for one\n" * 40)
    with pytest.raises(BadData):
        open_registry(tmp_path / "r.sqlite")


def test_tables_of_somebody_else_are_bad_data(tmp_path):
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as connection:
        connection.execute("CREATE TABLE structure (id)")
    with pytest.raises(BadData, match="cannot be read"):
        open_registry(tmp_path / "r.sqlite")


def test_a_place_where_no_file_can_be_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        open_registry(tmp_path / "file" / "r.sqlite")
    with pytest.raises(Unavailable):
        open_registry(tmp_path)


async def test_texts_that_are_not_texts_are_bad_data(registry, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE priority SET examples = '{}' WHERE rank = 3")
    with pytest.raises(BadData, match="referentials"):
        registry.referentials()


@pytest.mark.parametrize("make", [lambda path: open_registry(path), lambda path: in_memory("registry")])
async def test_a_closed_registry_is_unavailable(path, make):
    registry = make(path)
    await registry.ping()
    await registry.aclose()
    await registry.aclose()
    for ask in (
        registry.ping(),
        registry.get(Kind.ACTION, ["a"]),
        registry.search(Query(where=Everywhere())),
        registry.add([structure("s")]),
    ):
        with pytest.raises(Unavailable, match="closed"):
            await ask


def test_a_failure_without_a_code_is_still_translated():
    with pytest.raises(BadData) as caught, failures("registry"):
        raise sqlite3.ProgrammingError("no code")
    assert caught.value.detail == "ProgrammingError: no code"


def test_wal_gives_up_in_the_end(tmp_path):
    with closing(connect(tmp_path / "r.sqlite")) as writer, closing(connect(tmp_path / "r.sqlite")) as starting:
        writer.execute("CREATE TABLE t (a)")
        writer.execute("BEGIN EXCLUSIVE")
        starting.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(sqlite3.OperationalError):
            use_wal(starting, patience=0)


def test_settings_of_each_connection(registry, path):
    with registry._database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 200
        assert connection.execute("PRAGMA query_only").fetchone()[0] == 1
    with registry._database.writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 5000


def test_types_and_references_are_held_by_the_database(registry):
    wrong = [
        "INSERT INTO structure (key, record) VALUES ('s', '{}')",
        """INSERT INTO structure (key, record) VALUES ('', '{"key": ""}')""",
        "INSERT INTO identifier VALUES ('1', 'SIRET', 999999)",
        "INSERT INTO practice VALUES (999999, 1)",
        "INSERT INTO action_structure VALUES (1, 'spectator', 1)",
        "UPDATE structure SET record = 'no json' WHERE id = 1",
        "UPDATE action SET record = json_set(record, '$.key', 'another') WHERE id = 1",
        "DELETE FROM structure WHERE id IN (SELECT structure FROM action_structure)",
    ]
    for statement in wrong:
        with pytest.raises(BadData, match="cannot be read"), registry._database.writing() as connection:
            connection.execute(statement)


async def test_the_plugin_builds_it_in_the_hubs_directory(tmp_path):
    assert isinstance(plugin, Plugin)
    assert not plugin.needs_secret
    registry = plugin.build(plugin.settings(), Context(source="registry", data=tmp_path / "data"))
    assert (tmp_path / "data" / "registry.sqlite").exists()
    await registry.ping()
    await registry.aclose()
    absolute = tmp_path / "elsewhere.sqlite"
    other = plugin.build(plugin.settings(database=str(absolute)), Context(source="other", data=tmp_path / "data"))
    assert absolute.exists()
    assert other.info.id == "other"
    assert {r.source for r in (await other.search(Query(where=Everywhere()))).records} == {"other"}
    await other.aclose()
