"""What the tests of declared directories share."""

from importlib.metadata import EntryPoint

import pytest

from hub import config


@pytest.fixture
def by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point "declared", also where the installed metadata are older than it."""
    declared = EntryPoint("declared", "connectors.declared:plugin", "hub1000.connectors")
    found = {**config.installed(), "declared": declared}
    monkeypatch.setattr(config, "installed", lambda: found)
