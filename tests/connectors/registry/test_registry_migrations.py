"""Migrations: forward only, each whole or not at all, and never on a database of a newer program."""

import sqlite3
from contextlib import closing

import pytest

from connectors.errors import Refused
from connectors.registry import MIGRATIONS, open_registry
from connectors.sqlite.connections import connect
from connectors.sqlite.migrations import Migration, migrate, statements

ONE = Migration(1, "-- one; of two\nCREATE TABLE one (a INTEGER) STRICT;\nINSERT INTO one VALUES (1);")
TWO = Migration(2, "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two VALUES (1);")


@pytest.fixture
def connection(tmp_path):
    with closing(connect(tmp_path / "a.sqlite")) as opened:
        yield opened


def tables(connection):
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]


def version(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_a_fresh_database_gets_them_all_in_order(connection):
    migrate(connection, "registry", [ONE, TWO])
    assert (version(connection), tables(connection)) == (2, ["one", "two"])


def test_an_older_database_gets_those_it_lacks(connection):
    migrate(connection, "registry", [ONE])
    migrate(connection, "registry", [ONE, TWO])
    assert (version(connection), tables(connection)) == (2, ["one", "two"])
    assert connection.execute("SELECT count(*) FROM one").fetchone()[0] == 1


def test_a_current_database_is_left_alone(connection):
    migrate(connection, "registry", [ONE])
    before = connection.total_changes
    connection.execute("PRAGMA query_only = ON")
    migrate(connection, "registry", [ONE])
    assert connection.total_changes == before


def test_a_newer_database_is_refused_and_left_alone(registry, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Refused, match=r"version 99, this program knows version 4 at most"):
        open_registry(path)
    with closing(sqlite3.connect(path)) as connection:
        assert version(connection) == 99


def test_a_step_that_fails_half_way_leaves_nothing(connection):
    broken = Migration(2, "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, "registry", [ONE, broken])
    assert (version(connection), tables(connection), connection.in_transaction) == (1, ["one"], False)
    migrate(connection, "registry", [ONE, TWO])
    assert (version(connection), tables(connection)) == (2, ["one", "two"])


def test_a_step_done_by_another_process_meanwhile_is_not_done_again(tmp_path):
    with closing(connect(tmp_path / "a.sqlite")) as first, closing(connect(tmp_path / "a.sqlite")) as second:

        def other_process_is_faster(statement):
            if statement == "BEGIN IMMEDIATE":
                first.set_trace_callback(None)
                migrate(second, "registry", [ONE])

        first.set_trace_callback(other_process_is_faster)
        migrate(first, "registry", [ONE])
        assert first.execute("SELECT count(*) FROM one").fetchone()[0] == 1


def test_the_shipped_migrations_are_numbered_without_a_gap():
    assert [m.version for m in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_every_table_is_strict(registry, path):
    with closing(sqlite3.connect(path)) as connection:
        lax = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        ).fetchall()
    assert [name for (name,) in lax if not name.startswith("sqlite_")] == []


def test_statements_are_cut_where_sqlite_ends_them():
    script = "-- a; comment\nCREATE TABLE t (a TEXT DEFAULT 'x;\ny');\n\nSELECT 1\n"
    assert [s.strip() for s in statements(script)] == [
        "-- a; comment\nCREATE TABLE t (a TEXT DEFAULT 'x;\ny');",
        "SELECT 1",
    ]
