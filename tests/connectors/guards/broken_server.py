"""A server that breaks HTTP in all the ways that an application cannot: on the wire."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from itertools import count
from typing import TypeAlias

Answer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MEGABYTES = 200
"""Of what is far too large."""

GOOD = b'{"items": [], "total": 0, "page": 1, "size": 1000, "pages": 1}'


def head(*lines: str, status: str = "200 OK", type_: str = "application/json", length: int | None = None) -> bytes:
    told = [f"HTTP/1.1 {status}", f"content-type: {type_}", *lines]
    if length is not None:
        told.append(f"content-length: {length}")
    return "\r\n".join([*told, "", ""]).encode()


def whole(body: bytes, *lines: str, status: str = "200 OK", type_: str = "application/json") -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head(*lines, status=status, type_=type_, length=len(body)) + body)
        await writer.drain()

    return answer


@cache
def bomb() -> bytes:
    """`MEGABYTES` of blanks, a thousandth of that on the wire."""
    return gzip.compress(b'{"items": ["' + b" " * (MEGABYTES * 2**20) + b'"]}', 9)


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def truncated(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(length=1000) + GOOD[:10])
    await writer.drain()
    writer.close()


async def bad_chunk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head("transfer-encoding: chunked") + b"ZZ\r\nbad\r\n")
    await writer.drain()


async def huge(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head("transfer-encoding: chunked"))
    piece = b'"' + b"x" * 65_533 + b'",'
    for _ in range(MEGABYTES * 16):
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()


async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(head(length=len(GOOD)))
    for byte in GOOD:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


async def bombs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await whole(bomb(), "content-encoding: gzip")(reader, writer)


UNAVAILABLE: dict[str, Answer] = {
    "hang": hang,
    "error": whole(b"{}", status="503 Down"),
    "status_429": whole(b"{}", "retry-after: 30", status="429 Slow"),
    "reset": reset,
    "truncated": truncated,
    "drip": drip,
    "bad_chunk": bad_chunk,
    "header_line": whole(GOOD, "x-long: " + "v" * 100_000),
    "not_http": lambda _, writer: _write(writer, b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
}

BAD_DATA: dict[str, Answer] = {
    "wrong_type": whole(b"\x89PNG\r\n", type_="image/png"),
    "html": whole(b"<html>Maintenance</html>", type_="text/html"),
    "invalid_utf8": whole(b'{"items": [{"id": "\xff\xfe"}], "total": 1, "page": 1, "size": 1, "pages": 1}'),
    "invalid_json": whole(b'{"items": [{"id":'),
    "deep_json": whole(b"[" * 200_000 + b"]" * 200_000),
    "empty": whole(b""),
    "huge": huge,
    "gzip_bomb": bombs,
    "gzip_lie": whole(GOOD, "content-encoding: gzip"),
    "other_coding": whole(GOOD, "content-encoding: br"),
    "redirect_loop": whole(b"", "location: /api/v1/structures", status="302 Found"),
    "redirect_to": whole(b"", "location: http://169.254.169.254/latest", status="302 Found"),
    "endless_pages": whole(
        b'{"items": [{"id": "monenfant--1", "source": "monenfant", "nom": "x", "code_insee": "21231"}],'
        b' "total": 9, "page": 1, "size": 1, "pages": 1000000000}'
    ),
}

HARMLESS: dict[str, Answer] = {
    "good": whole(GOOD),
    "set_cookie": whole(GOOD, "set-cookie: session=of-another; path=/"),
    "no_length": lambda _, writer: _write(writer, head("connection: close") + GOOD),
    "gzip": whole(gzip.compress(GOOD), "content-encoding: gzip"),
    "many_headers": whole(GOOD, *(f"x-{i}: {'v' * 100}" for i in range(100))),
}


async def _write(writer: asyncio.StreamWriter, wire: bytes) -> None:
    writer.write(wire)
    await writer.drain()
    writer.close()


def now_and_then(broken: Answer, good: Answer, *, every: int) -> Answer:
    """One answer in so many is another."""
    numbers = count(1)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await (good if next(numbers) % every else broken)(reader, writer)

    return answer


class BrokenServer:
    """Answers every request with `answer`; `calls` counts them, `flying` those under way. `idle` when there are none."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls = self.flying = self.most = 0
        self.idle = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                await reader.readuntil(b"\r\n\r\n")
                self.calls += 1
                self.flying += 1
                self.idle.clear()
                self.most = max(self.most, self.flying)
                try:
                    await self.answer(reader, writer)
                finally:
                    self.flying -= 1
                    if not self.flying:
                        self.idle.set()
        writer.close()


@asynccontextmanager
async def broken(answer: Answer) -> AsyncIterator[tuple[BrokenServer, str]]:
    """A server that answers so, and its address."""
    here = BrokenServer(answer)
    server = await asyncio.start_server(here.serve, "127.0.0.1", 0)
    async with server:
        yield here, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
