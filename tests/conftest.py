"""What tests of every folder share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from serving import serving

from hub.app import create_app
from hub.composition import open_hub
from hub.config import load


@pytest.fixture
async def hub_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of a whole hub, on its embedded sandbox, served on a real socket."""
    monkeypatch.chdir(tmp_path)
    hub = open_hub(load({}))
    async with serving(create_app(hub)) as url:
        yield url
