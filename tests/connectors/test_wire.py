"""What carries requests, against real servers on loopback: what its failures mean, and what they never tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from serving import LOOPBACK

from connectors.addresses import Outgoing
from connectors.errors import Unavailable
from connectors.http import HttpDoor


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """The port of a server that gives one answer to whatever it is sent, and hangs up."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def failure(url: str, outgoing: Outgoing = LOOPBACK) -> Unavailable:
    async with HttpDoor("s", url, outgoing=outgoing) as door:
        with pytest.raises(Unavailable) as caught:
            await door.get("x", dict, params=[("q", "what-was-asked")])
    return caught.value


async def test_a_server_that_hangs_up_without_a_word_was_reached() -> None:
    async with answering(b"") as port:
        error = await failure(f"http://127.0.0.1:{port}")

    assert error.message == "the connection broke"
    assert error.momentary
    assert "what-was-asked" not in error.detail


async def test_what_is_not_http_is_no_answer() -> None:
    async with answering(b"220 mail.example ESMTP\r\n\r\n") as port:
        error = await failure(f"http://127.0.0.1:{port}")

    assert error.message == "the connection broke"
    assert "what-was-asked" not in error.detail


async def test_the_key_of_a_proxy_is_not_told() -> None:
    async with answering(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n") as port:
        proxy = Outgoing(proxy=f"http://somebody:secret-word@127.0.0.1:{port}")
        error = await failure("https://directory.example", proxy)

    assert error.detail == "/x: ClientHttpProxyError"


async def test_a_proxy_that_is_not_there() -> None:
    async with answering(b"") as port:
        pass
    error = await failure("http://directory.example", Outgoing(proxy=f"http://somebody:secret-word@127.0.0.1:{port}"))

    assert error.message == "cannot be reached"
    assert "secret-word" not in error.detail
