"""Links in a file, as the hub opens them."""

import pytest

from connectors.links import open_links


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "links.sqlite"


@pytest.fixture
async def store(path):
    opened = open_links(path)
    yield opened
    await opened.aclose()
