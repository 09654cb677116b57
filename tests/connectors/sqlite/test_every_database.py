"""What holds for each database of the hub: how it is opened, refused, and found to be damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import connectors
from connectors.errors import BadData, Refused
from connectors.links import open_links
from connectors.registry import open_registry
from connectors.sqlite.integrity import OBJECTS
from connectors.sqlite.migrations import migrations

OPENERS = {"connectors.links": open_links, "connectors.registry": open_registry}
DATABASES = pytest.mark.parametrize(("package", "opened"), OPENERS.items())


def test_these_are_all_of_the_connectors_databases():
    folders = Path(connectors.__file__).parent.glob("*/migrations")
    assert {f"connectors.{folder.parent.name}" for folder in folders} == OPENERS.keys()


@pytest.fixture
def path(tmp_path, opened):
    opened(tmp_path / "d.sqlite")._database.close()
    return tmp_path / "d.sqlite"


@pytest.mark.parametrize("package", OPENERS)
def test_migrations_are_numbered_without_a_gap(package):
    steps = migrations(package)
    assert [step.version for step in steps] == list(range(1, len(steps) + 1))


@DATABASES
def test_one_of_a_newer_program_is_refused_and_left_alone(path, package, opened):
    newer = len(migrations(package)) + 1
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    before = path.read_bytes()
    with pytest.raises(Refused, match=f"version {newer}, this program knows version {newer - 1} at most"):
        opened(path)
    assert path.read_bytes() == before


@DATABASES
def test_opening_again_writes_nothing(path, package, opened):
    before = path.read_bytes()
    opened(path)._database.close()
    assert path.read_bytes() == before


@DATABASES
def test_one_that_lacks_something_is_told_when_it_is_opened(path, package, opened):
    with closing(sqlite3.connect(path)) as connection:
        triggers = [name for kind, name, _ in connection.execute(OBJECTS) if kind == "trigger"]
        connection.execute(f'DROP TRIGGER "{triggers[0]}"')
    with pytest.raises(BadData, match="damaged") as caught:
        opened(path)
    assert caught.value.detail == f"it lacks {triggers[0]}"


@DATABASES
def test_the_first_page_of_each_table_is_looked_at_when_it_is_opened(path, package, opened):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'done'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(BadData, match="the database is damaged"):
        opened(path)


@DATABASES
def test_a_file_that_was_cut_is_told_when_it_is_opened(path, package, opened):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(BadData, match="the database is damaged"):
        opened(path)


@DATABASES
def test_what_others_added_is_theirs(path, package, opened):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX of_somebody ON done (request)")
        connection.execute("ANALYZE")
    opened(path)._database.close()
