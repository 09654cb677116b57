"""What the tests of declared directories share."""

from importlib.metadata import EntryPoint

import pytest

from hub import config


@pytest.fixture
def by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point "declared", also where the installed metadata are older than it."""
    installed = config.entry_points(group="hub1000.connectors")
    declared = EntryPoint("declared", "connectors.declared:plugin", "hub1000.connectors")
    monkeypatch.setattr(config, "entry_points", lambda group: [*installed, declared])
