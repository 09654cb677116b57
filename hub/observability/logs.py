"""Logs: one JSON object a line on standard error, the hub's own and those of every library alike.

A line tells what was done and what it cost, never what was asked for: no variables, no query strings, no addresses
of clients. What a client chose (a name, a path) cannot forge a line: control characters are escaped, those that
only move a terminal's cursor or the direction of its text included. `console` is for people: the same lines as text,
where the further lines of a traceback are indented.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Protocol, TypeAlias

import orjson
import structlog
from structlog.typing import WrappedLogger

from connectors.guards.trail import CURRENT
from hub.observability.settings import Format, Level

Event: TypeAlias = MutableMapping[str, Any]
Render: TypeAlias = Callable[[WrappedLogger, str, Event], bytes]

QUIET: Final = ("httpx", "httpcore", "aiohttp", "asyncio", "opentelemetry", "urllib3")
"""Libraries that are heard from `warning` on: what some say of each call holds its query."""

_UNSAFE: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
_UNSAFE_TEXT: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTINUED: Final = "\n    | "


class Told(Protocol):
    """What has a line in the log. `ended`: seconds of `time.perf_counter`."""

    @property
    def ended(self) -> float:
        """When it ended."""
        ...

    def facts(self, at: datetime) -> Event:
        """Its line, with `timestamp` first."""
        ...


class RequestLog:
    """Writes one line for each request, at level info. `render` makes the bytes of a line."""

    def __init__(self, out: BinaryIO, render: Render, *, wanted: bool) -> None:
        self.wanted = wanted
        """Whether the level lets these lines through: without it nothing has to be gathered."""
        self._render = render
        self._out = out

    def write(self, ended: Iterable[Told]) -> None:
        """A line for each of these requests; none any more once nobody reads them, which is no reason to fail."""
        now, clock = time.time(), time.perf_counter()
        lines = [
            self._render(None, "info", exchange.facts(datetime.fromtimestamp(now - clock + exchange.ended, UTC)))
            for exchange in ended
        ]
        # straight to the stream: the loggers in between would cost more than the lines themselves
        try:
            self._out.write(b"\n".join([*lines, b""]))
            self._out.flush()
        except (OSError, ValueError):
            self.wanted = False


def configure(level: Level = "info", format_: Format = "json", stream: BinaryIO | None = None) -> RequestLog:
    """Send what is logged in this process to `stream` (standard error), and return the log of requests.

    It replaces what was configured before, so that a process may do it again.
    """
    out = stream or sys.stderr.buffer
    render: Render = _json if format_ == "json" else _Console()
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(_Utf8(out))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _request],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _stamp,
                render,
                _text,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    return RequestLog(out, render, wanted=number <= logging.INFO)


class _Utf8:
    """The text stream that logging writes to, over the bytes that requests are logged to."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        """Write a line that holds no surrogate any more."""
        self._out.write(text.encode())

    def flush(self) -> None:
        """Hand on what was written."""
        self._out.flush()


def _request(_: WrappedLogger, __: str, event: Event) -> Event:
    trail = CURRENT.get()
    if trail is not None:
        event["request"] = trail.request
    return event


def _stamp(_: WrappedLogger, method: str, event: Event) -> Event:
    record = {"timestamp": datetime.now(UTC), "level": method, "event": event.pop("event", "")}
    record.update(event)
    return record


def _json(_: WrappedLogger, __: str, event: Event) -> bytes:
    try:
        line = orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)
    except TypeError:  # a lone surrogate in a text
        event["timestamp"] = event["timestamp"].isoformat()
        line = json.dumps(event, default=str).encode()
    if line.isascii() and b"\x7f" not in line:
        return line
    return _UNSAFE.sub(_escaped, line)


def _escaped(found: re.Match[bytes]) -> bytes:
    return f"\\u{ord(found[0].decode()):04x}".encode()


class _Console:
    """Lines for people."""

    def __init__(self) -> None:
        self._render = structlog.dev.ConsoleRenderer(colors=False, timestamp_key="timestamp", pad_event_to=24)

    def __call__(self, logger: WrappedLogger, method: str, event: Event) -> bytes:
        """The line, in which only this function makes a new line."""
        event["timestamp"] = f"{event['timestamp']:%H:%M:%S}"
        text = self._render(logger, method, event)
        return _UNSAFE_TEXT.sub(lambda found: f"\\x{ord(found[0]):02x}", text).replace("\n", _CONTINUED).encode()


def _text(_: WrappedLogger, __: str, line: Any) -> str:
    return bytes(line).decode()
