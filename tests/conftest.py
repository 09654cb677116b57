"""Fixtures that all tests may use."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hubs import PATIENCE, Client, in_process
from hypothesis import settings

from resolvers.identity import linker

settings.register_profile("tests", deadline=None, derandomize=True)  # the same examples each time, however slow
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def patient_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, links are written in time: an answer without them is another one."""
    monkeypatch.setattr(linker, "WRITE_SECONDS", PATIENCE)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A hub on the sandbox, new for each test."""
    async with in_process(tmp_path) as hub_client:
        yield hub_client


@pytest.fixture(scope="session")
def hub_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `hub1000 serve`, run as its users run it: one process for the whole session."""
    data = tmp_path_factory.mktemp("served")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB1000_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "serve", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=data,
    )
    try:
        line = process.stdout.readline()
        found = re.search(r"http://[\d.:]+", line)
        assert found, line
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
        process.stdout.close()
    assert status == 0
