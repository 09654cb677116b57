"""Requests that arrive too slowly, too large or too many, on real sockets."""

import asyncio
from multiprocessing.reduction import ForkingPickler

import pytest
from bounded_server import GET, POST, Echo, bounded
from eventually import eventually
from starlette.types import Scope

from hub.limits.arrival import BoundedConfig, Response
from hub.limits.settings import ArrivalLimits

SOON = 0.2
"""Seconds: what must end does so by the server's clock, and the test waits for its end."""


async def test_a_request_is_answered_and_the_connection_kept() -> None:
    async with bounded(Echo()) as server:
        reader, writer = await server.connect()
        for part in (POST[:20], POST[20:], b"01234", b"56789" + GET):
            writer.write(part)
            await writer.drain()
        first = await reader.readuntil(b"0123456789")
        second = await reader.readuntil(b"content-length: 0\r\n\r\n")
        writer.close()

    assert first.startswith(b"HTTP/1.1 200 OK")
    assert second.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HT", b"GET / HTTP/1.1\r\nHost: hub\r\nX-A: "])
async def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    async with bounded(Echo(), head_seconds=SOON) as server:
        assert await server.ask(sent) == b""


@pytest.mark.parametrize("sent", [b"\r\n", b"GET / HT"])
async def test_neither_is_the_next_one(sent: bytes) -> None:
    async with bounded(Echo(), head_seconds=SOON) as server:
        reader, writer = await server.connect(GET)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)

        assert await reader.read() == b""
        writer.close()


async def test_between_requests_a_connection_is_idle_for_its_own_time() -> None:
    async with bounded(Echo(), idle_seconds=SOON) as server:
        assert (await server.ask(GET)).startswith(b"HTTP/1.1 200 OK")


def known(scope: Scope, body: bytes) -> Response:
    """What answers every request at once."""
    return Response(200, (b"content-length: 5\r\n",), b"known")


async def test_so_it_is_after_an_answer_at_once() -> None:
    async with bounded(Echo(), at_once=known, idle_seconds=SOON) as server:
        assert (await server.ask(GET)).endswith(b"known")


@pytest.mark.parametrize("sent", [b"\r\n", b"GET / HT", GET + b"GET / HT"])
async def test_and_the_next_head_has_its_own_time_too(sent: bytes) -> None:
    async with bounded(Echo(), at_once=known, head_seconds=SOON) as server:
        reader, writer = await server.connect(GET)
        await reader.readuntil(b"known")
        await asyncio.sleep(2 * SOON)
        writer.write(GET)
        await reader.readuntil(b"known")
        writer.write(sent)

        assert (await reader.read()).endswith(b"known" if sent.startswith(GET) else b"")
        writer.close()


async def test_a_body_that_ends_after_its_answer_leaves_no_connection_open() -> None:
    async def hasty(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async with bounded(hasty, head_seconds=SOON) as server:
        reader, writer = await server.connect(POST, b"01234")
        await reader.readuntil(b"done")
        writer.write(b"56789")

        assert await reader.read() == b""
        writer.close()


async def test_a_body_that_does_not_come_gets_408_and_the_application_knows() -> None:
    app = Echo()
    async with bounded(app, body_seconds=SOON) as server:
        answer = await server.ask(POST, b"01234")
        await app.left.wait()

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"connection: close" in answer


async def test_a_body_that_does_not_come_after_the_answer_began_is_cut_off() -> None:
    async def hasty(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with bounded(hasty, body_seconds=SOON) as server:
        reader, writer = await server.connect(POST)
        await reader.readuntil(b"begun")

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1000)
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        GET.replace(b"Host", b"X-A: " + b"a" * 2000 + b"\r\nHost"),
        GET.replace(b"/ ", b"/" + b"a" * 2000 + b" "),
        GET.replace(b"Host", b"X-A: 1\r\n" * 20 + b"Host"),
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 2000,
    ],
    ids=["field", "path", "fields", "unfinished"],
)
async def test_a_head_that_is_too_large_gets_431(sent: bytes) -> None:
    async with bounded(Echo(), head_bytes=1000, head_fields=20) as server:
        answer = await server.ask(sent)

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


async def test_a_head_that_comes_in_parts_is_bounded_as_a_whole() -> None:
    async with bounded(Echo(), head_bytes=1000) as server:
        reader, writer = await server.connect(b"GET / HTTP/1.1\r\nX-A: ")
        for _ in range(4):
            writer.write(b"a" * 300)
            await writer.drain()

        assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
        writer.close()


async def test_a_client_that_goes_on_sending_comes_to_read_why_it_was_refused() -> None:
    async with bounded(Echo(), head_bytes=1000) as server:
        reader, writer = await server.connect(b"GET / HTTP/1.1\r\nX-A: ")
        for _ in range(100):
            writer.write(b"a" * 100_000)
            await writer.drain()
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_what_is_refused_never_takes_the_place_of_an_answer_that_is_due() -> None:
    app = Echo()
    async with bounded(app, head_bytes=1000) as server:
        reader, writer = await server.connect(GET.replace(b"/ ", b"/wait "))
        await app.waiting.wait()
        writer.write(GET.replace(b"Host", b"X-A: " + b"a" * 2000 + b"\r\nHost"))

        assert await reader.read() == b""
        writer.close()
        app.go.set()


async def test_neither_does_a_slow_body_behind_it() -> None:
    app = Echo()
    async with bounded(app, body_seconds=SOON) as server:
        reader, writer = await server.connect(GET.replace(b"/ ", b"/wait "))
        await app.waiting.wait()
        writer.write(POST)

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        app.go.set()


async def test_connections_beyond_the_bound_are_refused_and_the_others_served() -> None:
    async with bounded(Echo(), connections=2) as server:
        kept = [await server.connect(), await server.connect()]
        await eventually(lambda: len(server.server.server_state.connections) == 2)

        assert (await server.ask()).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")

        for reader, writer in kept:
            writer.write(GET)
            assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
            writer.close()
        await eventually(lambda: not server.server.server_state.connections)
        reader, writer = await server.connect(GET)
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        writer.close()


async def test_an_answer_that_nobody_reads_is_not_held() -> None:
    async with bounded(Echo(size=20_000_000), write_seconds=SOON) as server:
        reader, writer = await server.connect(GET)
        await eventually(lambda: len(server.server.server_state.connections) == 1)
        await eventually(lambda: not server.server.server_state.connections)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(20_000_000)
        writer.close()


async def test_an_answer_that_is_read_is_not_cut() -> None:
    async with bounded(Echo(size=5_000_000)) as server:
        reader, writer = await server.connect(GET)
        await reader.readuntil(b"\r\n\r\n")
        assert len(await reader.readexactly(5_000_000)) == 5_000_000
        writer.close()


async def test_an_upgrade_is_not_offered_and_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nHost"
    async with bounded(Echo(), idle_seconds=SOON) as server:
        assert (await server.ask(GET.replace(b"Host", upgrade))).startswith(b"HTTP/1.1 200 OK")
    assert caplog.text == ""


def test_the_configuration_reaches_other_processes() -> None:
    sent = ForkingPickler.dumps(BoundedConfig("hub.app:none", ArrivalLimits(connections=7), log_config=None))
    config = ForkingPickler.loads(sent)

    assert config.arrival.connections == 7
    assert config.proxy_headers is False
