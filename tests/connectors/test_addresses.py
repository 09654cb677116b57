"""Which addresses may be called, by number and by name, whatever the name says the next time."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ThreadedResolver
from serving import LOOPBACK, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.addresses import NotPublic, Outgoing, PublicResolver, is_literal, is_public
from connectors.errors import BadData, Refused, Unavailable
from connectors.http import MAX_REDIRECTS, HttpDoor

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822")
NOT_PUBLIC = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fe80::1",
    "fe80::1%eth0", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "localhost", "", "127.1",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert not Outgoing().allows("example.org", address)
    assert Outgoing(frozenset({"example.org"})).allows("Example.ORG.", address)


@pytest.mark.parametrize(
    ("host", "literal"), [("127.0.0.1", True), ("::1", True), ("2130706433", True), ("a1.example", False), ("a", False)]
)
def test_literals(host: str, literal: bool) -> None:
    assert is_literal(host) is literal


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "http://0.0.0.0/"],
)
async def test_an_address_by_number_that_is_not_public_is_not_called(url: str) -> None:
    async with HttpDoor("s", url) as door:
        with pytest.raises(Refused, match="may not be called"):
            await door.get("x", dict)
        assert door.calls == 0


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "127.0.0.1."])
async def test_nor_by_a_name_or_another_spelling(host: str) -> None:
    async def nothing(_: Request) -> Response:
        raise AssertionError

    async with serving(Starlette(routes=[Route("/x", nothing)])) as url:
        port = url.rpartition(":")[2]
        async with HttpDoor("s", f"http://{host}:{port}") as door:
            with pytest.raises((Refused, Unavailable)) as caught:
                await door.get("x", dict)
    assert host != "localhost" or isinstance(caught.value, Refused)


def resolving(*answers: list[str]) -> Callable[..., Any]:
    """A resolver of names that answers differently each time."""
    left = iter(answers)

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(left)]

    return getaddrinfo


async def test_a_name_is_good_only_when_all_its_addresses_are(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    good, bad = "93.184.216.34", "127.0.0.1"
    monkeypatch.setattr(loop, "getaddrinfo", resolving([good], [good, bad], [bad], [bad]))
    resolver = PublicResolver(Outgoing(frozenset({"here.example"})), ThreadedResolver())

    assert [one["host"] for one in await resolver.resolve("rebind.example", 80)] == [good]
    for _ in range(2):
        with pytest.raises(NotPublic):
            await resolver.resolve("rebind.example", 80)
    assert [one["host"] for one in await resolver.resolve("here.example", 80)] == [bad]
    await resolver.close()


async def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is checked, and would be this machine the next time it were looked up."""
    reached: list[str] = []
    loop = asyncio.get_running_loop()

    async def connect(sock: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(loop, "getaddrinfo", resolving(["93.184.216.34"], ["127.0.0.1"]))
    monkeypatch.setattr(loop, "sock_connect", connect)
    async with HttpDoor("s", "http://rebind.example") as door:
        with pytest.raises(Unavailable):
            await door.get("x", dict)

    assert reached == ["93.184.216.34"]


async def test_a_proxy_is_used_when_it_is_configured_and_never_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async def direct(_: Request) -> Response:
        return Response(b"{}")

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, address)
    async with server, serving(Starlette(routes=[Route("/x", direct)])) as url:
        async with HttpDoor("s", url, outgoing=LOOPBACK) as door:
            assert await door.get("x", dict) == {}
        assert seen == []
        async with HttpDoor("s", "http://directory.example", outgoing=Outgoing(proxy=address)) as door:
            assert await door.get("x", dict) == {}
        assert seen == ["GET http://directory.example/x HTTP/1.1"]
        async with HttpDoor("s", "http://10.0.0.1", outgoing=Outgoing(proxy=address)) as door:
            with pytest.raises(Refused):
                await door.get("x", dict)


def redirecting(status: int = 302, to: str | None = None) -> Starlette:
    """`/0` leads to `/1` and so on, all with their key; `/end` is reached from `/near`."""

    async def answer(request: Request) -> Response:
        path = request.url.path
        if path == "/end":
            return Response(f'["{request.headers["x-key"]}", "{request.url.query}"]')
        target = to or ("/end?a=b" if path == "/near" else f"/{int(path[1:]) + 1}")
        return RedirectResponse(target, status)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_on_the_same_server_are_followed_with_the_key(status: int) -> None:
    async with (
        serving(redirecting(status)) as url,
        HttpDoor("s", url, headers={"x-key": "k"}, outgoing=LOOPBACK) as door,
    ):
        assert await door.get("near", list[str]) == ["k", "a=b"]
        assert door.calls == 2
        with pytest.raises(BadData, match="redirects instead of answering"):
            await door.post_form("near", list[str], form=[("a", "b")])


async def test_redirects_have_an_end() -> None:
    async with serving(redirecting()) as url, HttpDoor("s", url, outgoing=LOOPBACK) as door:
        with pytest.raises(BadData, match="redirects instead of answering"):
            await door.get("0", list[str])
        assert door.calls == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:1/", "http://localhost/", "//example.org/", "ftp://127.0.0.1/", "file:///etc/passwd",
     "http://169.254.169.254/latest/meta-data", "http://[bad/", "https://127.0.0.1:9/", "http://a:b:c/"],
)  # fmt: skip
async def test_redirects_elsewhere_are_not(target: str) -> None:
    async with serving(redirecting(to=target)) as url, HttpDoor("s", url, outgoing=LOOPBACK) as door:
        with pytest.raises(BadData, match="redirects"):
            await door.get("near", list[str])
        assert door.calls == 1


async def test_a_redirect_to_https_on_the_same_host_is_followed() -> None:
    async with serving(redirecting(to="https://127.0.0.1/x")) as url, HttpDoor("s", url, outgoing=LOOPBACK) as door:
        with pytest.raises(Unavailable, match="cannot be reached"):  # nobody listens there
            await door.get("near", list[str])
        assert door.calls == 2
