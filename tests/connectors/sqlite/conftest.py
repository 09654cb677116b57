"""Databases in files, as the hub opens them, with little patience."""

import pytest

from connectors.registry import MIGRATIONS, Registry, open_registry
from connectors.registry.connector import registry_info
from connectors.sqlite.database import FileDatabase


@pytest.fixture
def path(tmp_path):
    return tmp_path / "registry.sqlite"


@pytest.fixture
def database(path):
    """The registry's database, already made; a writer waits 50 ms for another one."""
    open_registry(path)._database.close()
    assert MIGRATIONS
    opened = FileDatabase(path, "registry", patience=0.05)
    yield opened
    opened.close()


@pytest.fixture
def registry(database):
    return Registry(database, registry_info("registry"))
