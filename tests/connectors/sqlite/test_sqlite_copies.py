"""Copies: what is refused, and what a copy is read through for."""

import sqlite3
from contextlib import closing

import pytest

from connectors.errors import BadData, Unavailable
from connectors.sqlite.copies import alone, check, copy


def broken(path, *statements):
    """Change a database in ways that the program never does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        for statement in statements:
            connection.execute(statement)


def test_a_row_that_refers_to_none_is_a_fault(path, database):
    broken(path, "INSERT INTO same_as (id, structure) VALUES ('monenfant--1', 999999)")
    with pytest.raises(BadData, match="refers to no row of structure") as caught:
        check(path)
    assert caught.value.source == "registry.sqlite"


def test_an_index_that_lacks_a_row_is_a_fault(path, database, tmp_path):
    (tmp_path / "to").mkdir()
    sql = "CREATE INDEX structure_by_commune ON structure (commune) WHERE commune IS NOT NULL"
    broken(
        path,
        "DROP INDEX structure_by_commune",
        f"{sql} AND commune <> '21231'",
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = '{sql}' WHERE name = 'structure_by_commune'",  # noqa: S608
    )
    with pytest.raises(BadData, match="structure_by_commune"):
        copy([path], tmp_path / "to")


def test_what_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        check(tmp_path / "nothing.sqlite")


def test_a_database_in_use_is_not_held(path, database):
    with database.reading() as connection:
        connection.execute("SELECT count(*) FROM total").fetchone()
    with pytest.raises(Unavailable, match="in use"), alone(path):
        pass
    database.close()
    with alone(path), closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
        other.execute("SELECT count(*) FROM total")
