"""Sending to addresses that others chose: what comes back, whatever it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from serving import LOOPBACK

from connectors.addresses import Outgoing
from connectors.posting import NotPosted, Posted, Poster


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """A server that answers so, whatever it is asked, and then says nothing more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        try:
            with suppress(OSError):  # the client does not wait for all of it
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
                await reader.read()
        finally:
            writer.close()

    served: list[asyncio.Task[None] | None] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await asyncio.gather(*(task for task in served if task))


@asynccontextmanager
async def poster(outgoing: Outgoing = LOOPBACK, seconds: float = 10.0) -> AsyncIterator[Poster]:
    made = Poster(outgoing, seconds=seconds, connections=2)
    yield made
    await made.aclose()


@pytest.mark.parametrize(
    ("answer", "posted"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nx", Posted(200)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Posted(204)),
        (b"HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n", Posted(503, 7.0)),
        (b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n", Posted(302)),
    ],
)  # fmt: skip
async def test_the_status_is_all_that_is_waited_for(answer: bytes, posted: Posted) -> None:
    async with answering(answer) as url, poster() as sender:
        assert await sender.post(url, b"{}", {"content-type": "application/json"}) == posted
        assert posted.taken is (posted.status < 300)


@pytest.mark.parametrize(
    "answer",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000],
)  # fmt: skip
async def test_what_is_not_http_or_too_much(answer: bytes) -> None:
    async with answering(answer) as url, poster() as sender:
        with pytest.raises(NotPosted, match="is not HTTP"):
            await sender.post(url, b"{}", {})


async def test_one_that_says_nothing() -> None:
    async with answering(b"") as url, poster(seconds=0.05) as sender:
        with pytest.raises(NotPosted, match="no answer in time"):
            await sender.post(url, b"{}", {})


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_addresses_that_are_not_public_are_not_called(host: str) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as url, poster(Outgoing()) as sender:
        with pytest.raises(NotPosted, match=r"not public|cannot be reached"):
            await sender.post(url.replace("127.0.0.1", host), b"{}", {})


async def test_without_having_sent_there_is_nothing_to_close() -> None:
    async with poster():
        pass
