"""Whole requests whose response is made meanwhile: who waits, who leaves, and how the connection goes on."""

import asyncio

import pytest
from bounded_server import GET, Echo, bounded
from eventually import eventually
from starlette.types import Scope

from hub.limits.arrival import Response

FIRST = b"GET /made HTTP/1.1\r\nhost: hub\r\n\r\n"


class Making:
    """Makes the response to /made once it may; anything else is for the application."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.ended = asyncio.Event()
        self.fails = False

    def __call__(self, scope: Scope, body: bytes):  # type: ignore[no-untyped-def]
        return self._make() if scope["path"] == "/made" else None

    async def _make(self) -> Response:
        self.begun.set()
        try:
            await self.go.wait()
        finally:
            self.ended.set()
        if self.fails:
            raise ZeroDivisionError
        return Response(200, (b"content-length: 4\r\n",), b"made")


@pytest.fixture
def making() -> Making:
    return Making()


async def test_it_is_sent_when_it_is_made_and_the_connection_stays(making: Making) -> None:
    async with bounded(Echo(), at_once=making) as server:
        reader, writer = await server.connect(FIRST)
        await making.begun.wait()
        making.go.set()
        assert (await reader.readuntil(b"made")).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.write(FIRST)
        assert b"connection: close" not in await reader.readuntil(b"made")
        writer.close()


async def test_who_leaves_stops_it(making: Making) -> None:
    async with bounded(Echo(), at_once=making) as server:
        _, writer = await server.connect(FIRST)
        await making.begun.wait()
        writer.close()
        await making.ended.wait()
        assert not making.go.is_set()
        await eventually(lambda: not server.server.server_state.tasks)


async def test_requests_behind_it_are_answered_after_it_in_their_order(making: Making) -> None:
    async with bounded(Echo(size=3), at_once=making) as server:
        reader, writer = await server.connect(FIRST + GET + FIRST)
        await making.begun.wait()
        making.go.set()
        first = await reader.readuntil(b"made")
        second = await reader.readuntil(b"xxx")
        third = await reader.readuntil(b"xxx")  # behind another one, it comes through the application
        writer.close()
    assert first.count(b"HTTP/1.1") == second.count(b"HTTP/1.1") == third.count(b"HTTP/1.1") == 1


async def test_a_server_that_stops_ends_it_and_the_connection(making: Making) -> None:
    async with bounded(Echo(), at_once=making, drain_seconds=0.2) as server:
        reader, writer = await server.connect(FIRST)
        await making.begun.wait()
        stopping = asyncio.create_task(server.stop())
        await eventually(lambda: server.server.should_exit)
        await asyncio.sleep(0.05)
        making.go.set()
        answer = await reader.read()
        await stopping
        writer.close()
    assert answer.endswith(b"connection: close\r\n\r\nmade")


async def test_what_fails_is_told_and_logged(making: Making, caplog: pytest.LogCaptureFixture) -> None:
    making.fails = True
    making.go.set()
    async with bounded(Echo(), at_once=making) as server:
        answer = await server.ask(FIRST)
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"connection: close\r\n" in answer
    assert "a request could not be answered" in caplog.text
