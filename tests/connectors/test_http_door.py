"""The HTTP door, against real servers on loopback."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from serving import LOOPBACK, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from connectors import http
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.http import HttpDoor

SECRET = "very-secret-key"


def answering(response: Response | Callable[[Request], Awaitable[Response]]) -> Starlette:
    async def answer(request: Request) -> Response:
        return await response(request) if callable(response) and not isinstance(response, Response) else response

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def a_door(source: str, url: str, **settings: Any) -> HttpDoor:
    """A door that may call this machine."""
    return HttpDoor(source, url, outgoing=LOOPBACK, **settings)


async def failure(response: Response, path: str = "things") -> SourceError:
    async with (
        serving(answering(response)) as url,
        a_door("somewhere", url, headers={"authorization": SECRET}) as door,
    ):
        with pytest.raises(SourceError) as caught:
            await door.get(path, dict)
    return caught.value


async def test_it_sends_headers_and_parameters_and_decodes() -> None:
    async def echo(request: Request) -> Response:
        return JSONResponse({"q": request.query_params.multi_items(), "key": request.headers["x-key"]})

    async with serving(answering(echo)) as url, a_door("s", url + "/api/", headers={"x-key": "k"}) as door:
        answer = await door.get("things", dict, params=[("a", "1,2"), ("a", "é+&=%|")])

    assert answer == {"q": [["a", "1,2"], ["a", "é+&=%|"]], "key": "k"}


async def test_a_form_is_posted_as_a_form() -> None:
    async def echo(request: Request) -> Response:
        body = (await request.body()).decode("ascii")
        read = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        return JSONResponse([request.method, request.headers["content-type"], read])

    form = [("address-postalcode", "21000,21033"), ("a", "é+&=%|;#? x"), ("a", ""), ("system", "urn:oid:1.2|3/4")]
    async with serving(answering(echo)) as url, a_door("s", url) as door:
        answer = await door.post_form("_search", list[Any], form=form)

    assert answer == ["POST", "application/x-www-form-urlencoded", [list(pair) for pair in form]]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (408, Unavailable), (425, Unavailable), (429, Unavailable), (500, Unavailable), (502, Unavailable),
        (503, Unavailable), (504, Unavailable), (401, Refused), (403, Refused), (400, Refused), (404, Refused),
        (410, Refused), (422, Refused), (304, BadData),
    ],
)  # fmt: skip
async def test_statuses_are_named_by_what_the_hub_does_next(status: int, kind: type[SourceError]) -> None:
    error = await failure(Response(status_code=status))

    assert isinstance(error, kind)
    assert str(status) in error.detail
    assert SECRET not in repr(error) + error.message + error.detail


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("soon", None),
        ("", None),
        ("-3", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0),
    ],
)
async def test_retry_after_is_understood_in_both_forms(value: str, seconds: float | None) -> None:
    error = await failure(Response(status_code=429, headers={"retry-after": value}))

    assert isinstance(error, Unavailable)
    assert error.retry_after == seconds


async def test_retry_after_as_a_date_to_come() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    error = await failure(Response(status_code=503, headers={"retry-after": later}))

    assert isinstance(error, Unavailable)
    assert 80 < error.retry_after <= 90


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html><p>captcha", b'{"a": ', b"[1]", b'{"a": NaN}', b"\xff\xfe", b"[" * 5000]
)
async def test_what_is_not_the_format_is_bad_data(body: bytes) -> None:
    assert isinstance(await failure(Response(body, media_type="application/json")), BadData)


async def test_a_body_that_cannot_be_decompressed_is_bad_data() -> None:
    assert isinstance(await failure(Response(b"not gzip", headers={"content-encoding": "gzip"})), BadData)


async def test_a_body_that_grows_too_large_once_decompressed_is_bad_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 10_000)
    bomb = gzip.compress(b" " * 1_000_000)

    error = await failure(Response(bomb, headers={"content-encoding": "gzip"}))

    assert isinstance(error, BadData)
    assert error.message == "the answer is too large"


async def test_redirects_are_not_followed() -> None:
    error = await failure(RedirectResponse("http://127.0.0.1:1/"))

    assert isinstance(error, BadData)


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with a_door("s", f"http://127.0.0.1:{port}") as door:
        with pytest.raises(Unavailable):
            await door.get("things", dict)


@pytest.mark.parametrize("drip", [False, True])
async def test_one_deadline_for_the_whole_call(monkeypatch: pytest.MonkeyPatch, drip: bool) -> None:
    monkeypatch.setattr(http, "CALL_SECONDS", 0.1)
    released = asyncio.Event()

    async def wait(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while drip and not released.is_set():
                yield b" "
                await asyncio.sleep(0.01)
            await released.wait()

        return StreamingResponse(pieces(), media_type="application/json")

    async with serving(answering(wait)) as url, a_door("s", url) as door:
        with pytest.raises(Unavailable, match="no answer in time") as caught:
            await door.get("things", dict)
        released.set()
    assert caught.value.momentary


@pytest.mark.parametrize(
    ("media_type", "good"),
    [
        ("application/json", True), ("application/fhir+json; charset=utf-8", True), ("Application/JSON", True),
        ("text/json", True), ("application/geo+json", True), (None, True), ("text/html", False), ("image/png", False),
        ("text/plain", False), ("application/jsonp", False), ("application/x-json-stream", False), ("", False),
    ],
)  # fmt: skip
async def test_what_says_that_it_is_not_json_is_not_read(media_type: str | None, good: bool) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    async with serving(answering(Response(b"{}", headers=headers))) as url, a_door("s", url) as door:
        if good:
            assert await door.get("x", dict) == {}
        else:
            with pytest.raises(BadData, match="not JSON"):
                await door.get("x", dict)


@pytest.mark.parametrize(("status", "momentary"), [(502, True), (503, True), (504, True), (500, False), (429, False)])
async def test_what_a_moment_may_mend(status: int, momentary: bool) -> None:
    error = await failure(Response(status_code=status))

    assert isinstance(error, Unavailable)
    assert error.momentary is momentary


async def test_a_wish_to_wait_is_granted_by_every_call() -> None:
    asked: list[str] = []
    both = asyncio.Event()

    async def busy(request: Request) -> Response:
        asked.append(request.url.path)
        if len(asked) == 2:
            both.set()
        await both.wait()
        return Response(b"{}", 429, {"retry-after": "60"})

    async with serving(answering(busy)) as url, a_door("s", url, connections=2) as door:
        calls = await asyncio.gather(*(door.get(f"{i}", dict) for i in range(6)), return_exceptions=True)
        with pytest.raises(Unavailable, match="slow down") as caught:
            await door.get("later", dict)

    assert sorted(asked) == ["/0", "/1"], "those that waited for a connection or their turn did not leave either"
    assert all(isinstance(error, Unavailable) and 59 < error.retry_after <= 60 for error in calls)
    assert 59 < caught.value.retry_after <= 60


async def test_of_a_failure_only_the_beginning_is_read() -> None:
    async def endless(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 10_000
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), 500)

    async with serving(answering(endless)) as url, a_door("s", url) as door:
        with pytest.raises(Unavailable) as caught:
            await door.get("x", dict)
    assert "x" * 500 in caught.value.detail
    assert len(caught.value.detail) < 600


async def test_a_connection_cut_in_the_middle_is_unavailable() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server, a_door("s", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as door:
        with pytest.raises(Unavailable):
            await door.get("things", dict)


async def test_find_takes_absence_for_an_answer() -> None:
    async def some(request: Request) -> Response:
        status = {"/gone": 410, "/missing": 404}.get(request.url.path, 200)
        return Response(b"[1]", status_code=status)

    async with serving(answering(some)) as url, a_door("s", url) as door:
        assert await door.find("gone", list[int]) is None
        assert await door.find("missing", list[int]) is None
        assert await door.find("there", list[int]) == [1]


async def test_links_are_followed_as_they_are_and_never_elsewhere() -> None:
    async def echo(request: Request) -> Response:
        return JSONResponse([request.url.path, request.query_params["id"], request.headers["x-key"]])

    async with serving(answering(echo)) as url, a_door("s", url + "/fhir/v2", headers={"x-key": "k"}) as door:
        opaque = "a%2Fb%2B%252F=%20%26"
        page = await door.follow(f"{url}/fhir/v2/_page?id={opaque}", list[str])
        assert page == ["/fhir/v2/_page", "a/b+%2F= &", "k"]
        assert await door.follow("_page?id=1", list[str]) == ["/fhir/v2/_page", "1", "k"]
        for elsewhere in (
            "http://127.0.0.1:1/_page",
            "https://example.org/",
            "//example.org/x",
            "http://[bad/",
            "http://a:b:c/",
        ):
            with pytest.raises(BadData):
                await door.follow(elsewhere, list[str])
        assert door.calls == 2


async def test_an_address_that_cannot_be_called_is_bad_data() -> None:
    async with a_door("s", "http://127.0.0.1:9") as door:
        with pytest.raises(BadData):
            await door.get("x" * 70_000, dict)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_cookies_are_not_kept(host: str) -> None:
    async def count(request: Request) -> Response:
        return Response(f'["{request.headers.get("cookie", "none")}"]', headers={"set-cookie": "a=b"})

    async with serving(answering(count)) as url, a_door("s", url.replace("127.0.0.1", host)) as door:
        await door.get("x", list[str])
        assert await door.get("x", list[str]) == ["none"]


async def test_a_published_rate_is_never_exceeded() -> None:
    moments: list[float] = []

    async def note(_: Request) -> Response:
        moments.append(asyncio.get_running_loop().time())
        return Response(b"1")

    async with serving(answering(note)) as url, a_door("s", url, calls_per_second=50, connections=8) as door:
        await asyncio.gather(*(door.get("x", int) for _ in range(12)))

    # a bound from below cannot be broken by a slow machine: 12 calls need 11 intervals of 20 ms between departures
    assert moments[-1] - moments[0] >= 11 * 0.02 - 0.02


async def test_connections_are_bounded() -> None:
    flying = most = 0
    go = asyncio.Event()

    async def note(_: Request) -> Response:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        if flying == 2:
            go.set()
        await go.wait()
        flying -= 1
        return Response(b"1")

    async with serving(answering(note)) as url, a_door("s", url, connections=2) as door:
        await asyncio.gather(*(door.get("x", int) for _ in range(10)))

    assert most == 2
