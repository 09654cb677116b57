"""A registry in a file, as the hub opens it: migrated and seeded."""

import pytest

from connectors.registry import open_registry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "registry.sqlite"


@pytest.fixture
async def registry(path):
    opened = open_registry(path)
    yield opened
    await opened.aclose()
