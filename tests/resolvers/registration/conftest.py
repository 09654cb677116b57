"""A hub to register with, new for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from registering import Desk, opened


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    hub = opened(tmp_path)
    yield Desk(hub)
    await hub.aclose()
