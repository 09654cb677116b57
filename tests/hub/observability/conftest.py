"""Logging that is put back after each test."""

import io
import logging
import socket
from collections.abc import Callable, Iterator

import pytest

from hub.observability.logs import RequestLog, configure
from hub.observability.settings import Level


@pytest.fixture
def log_to() -> Iterator[Callable[..., RequestLog]]:
    """Configures the logs to go to a stream, until the test ends."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def log(out: io.BytesIO, wanted: Level = "info") -> RequestLog:
        return configure(wanted, stream=out)

    yield log
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port of this machine on which nobody listens, though it is taken."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
