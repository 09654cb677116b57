"""The log: one object a line, whatever a client sends, and nothing that was asked for."""

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from connectors.guards.trail import CURRENT, Trail
from hub.observability.logs import RequestLog, configure
from hub.observability.settings import Format, Level

FORGED = 'a\n{"level":"error","event":"forged"}\r\x0b\x0c\x85\u2028\u2029\x1b[2J\x9b2J\x7f\u202e'


class Request:
    """A request with these facts, that ends now."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.ended = time.perf_counter()
        self._facts = facts

    def facts(self, at: datetime) -> dict[str, Any]:
        return {"timestamp": at, "level": "info", "event": "request", **self._facts}


def told(facts: dict[str, Any]) -> list[Request]:
    return [Request(facts)]


@pytest.fixture
def out() -> Iterator[io.BytesIO]:
    """A stream for logs; the logging of pytest is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.BytesIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(out: io.BytesIO) -> list[str]:
    return out.getvalue().decode().splitlines()


@pytest.mark.parametrize("logger", ["hub.execution", "uvicorn.error", "someone.elses"])
def test_every_librarys_lines_are_json(out: io.BytesIO, logger: str) -> None:
    configure(stream=out)
    logging.getLogger(logger).warning("the %s is %d", "answer", 42)

    [line] = map(json.loads, lines(out))
    assert (line["level"], line["event"], line["logger"]) == ("warning", "the answer is 42", logger)
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_a_traceback_is_in_its_line(out: io.BytesIO) -> None:
    configure(stream=out)
    try:
        int(FORGED)
    except ValueError:
        logging.getLogger("hub").exception("it failed")

    [line] = map(json.loads, lines(out))
    assert "Traceback" in line["exception"]
    assert "test_observability_logs.py" in line["exception"]


@pytest.mark.parametrize("surrogate", ["", "\ud800"])
@pytest.mark.parametrize("format_", ["json", "console"])
def test_what_a_client_sends_forges_no_line(out: io.BytesIO, format_: Format, surrogate: str) -> None:
    log = configure(format_=format_, stream=out)
    logging.getLogger("hub").error("said %s", FORGED + surrogate)
    log.write(told({"client": FORGED + surrogate}))

    shown = out.getvalue().decode()
    assert not set("\r\x0b\x0c\x85\u2028\u2029\x1b\x9b\x7f\u202e") & set(shown)
    if format_ == "json":
        said, request = map(json.loads, shown.splitlines())
        assert said["event"].startswith('said a\n{"level"')
        assert request["event"] == "request"
    else:
        # a line begins with its time; whatever does not is visibly the rest of one
        began = [line for line in shown.splitlines() if re.match(r"\d\d:\d\d:\d\d \[", line)]
        assert [line.split("]")[0][10:].strip() for line in began] == ["error", "info"]
        assert all(line.startswith("    | ") for line in shown.splitlines() if line not in began)


def test_a_lone_surrogate_costs_nothing_but_its_letter(out: io.BytesIO) -> None:
    log = configure(stream=out)
    log.write(told({"client": "a\ud800b"}))

    [line] = map(json.loads, lines(out))
    assert line["client"] == "a\ud800b"
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


@pytest.mark.parametrize(("level", "shown"), [("debug", 3), ("info", 3), ("warning", 1), ("error", 0)])
def test_the_level_says_what_is_told(out: io.BytesIO, level: Level, shown: int) -> None:
    log = configure(level, stream=out)
    logging.getLogger("hub").info("one")
    logging.getLogger("hub").warning("two")
    if log.wanted:
        log.write(told({"status": 200}))

    assert len(lines(out)) == shown


def test_libraries_that_tell_of_queries_are_quiet(out: io.BytesIO) -> None:
    configure("debug", stream=out)
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/?name=Martin")
    logging.getLogger("httpx").warning("something is wrong")

    [line] = map(json.loads, lines(out))
    assert line["event"] == "something is wrong"


def test_a_line_within_a_request_names_it(out: io.BytesIO) -> None:
    configure(stream=out)
    token = CURRENT.set(Trail("abc-1"))
    logging.getLogger("hub").warning("inside")
    CURRENT.reset(token)
    logging.getLogger("hub").warning("outside")

    inside, outside = map(json.loads, lines(out))
    assert inside["request"] == "abc-1"
    assert "request" not in outside


def test_people_read_requests_as_text(out: io.BytesIO) -> None:
    configure(format_="console", stream=out).write(told({"id": "abc-1", "status": 200}))

    [line] = lines(out)
    assert "request" in line
    assert "id=abc-1" in line
    assert "status=200" in line


def test_nobody_reading_any_more_is_no_failure() -> None:
    class Broken(io.BytesIO):
        def write(self, _: object) -> int:
            raise BrokenPipeError

    closed = io.BytesIO()
    log = RequestLog(closed, lambda *_: b"line", wanted=True)
    closed.close()
    log.write(told({"status": 200}))
    RequestLog(Broken(), lambda *_: b"line", wanted=True).write(told({"status": 200}))
