"""The world that the tests of registration in a browser share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from world import World, opened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as world:
        yield world
