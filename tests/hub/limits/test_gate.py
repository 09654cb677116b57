"""The gate: by which names the hub is called, what browsers are told, who is seen behind proxies."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.limits.gate import Gate
from hub.limits.settings import CallerLimits
from hub.web.page import HEADERS, page

PREFLIGHT = {"origin": "https://app.example", "access-control-request-method": "POST"}


async def seen(request: Request) -> Response:
    return JSONResponse({"client": request.client and request.client.host, "scheme": request.url.scheme})


async def home(_: Request) -> Response:
    return page("home.html", {"origin": ""}, sandbox=False)


async def fails(_: Request) -> Response:
    raise ZeroDivisionError


SITE = Starlette(routes=[Route("/", seen, methods=["GET", "POST"]), Route("/page", home), Route("/fails", fails)])


def asking(peer: str = "203.0.113.9", base: str = "http://hub.test", **callers: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Gate(SITE, CallerLimits(**callers)), client=(peer, 5), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/fails"])
async def test_every_answer_forbids_what_a_browser_could_do_with_it(path: str) -> None:
    async with asking() as http:
        headers = (await http.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "strict-transport-security" not in headers


async def test_a_page_keeps_its_own_policy() -> None:
    async with asking() as http:
        headers = (await http.get("/page")).headers

    assert headers.get_list("content-security-policy") == [headers["content-security-policy"]]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert HEADERS.items() <= dict(headers).items()
    assert len(headers.get_list("x-content-type-options")) == 1


@pytest.mark.parametrize("host", ["hub.test", "HUB.test:8000", "hub.test.", "127.0.0.1:80", "[::1]:8000", "localhost"])
async def test_without_names_any_name_will_do(host: str) -> None:
    async with asking() as http:
        assert (await http.get("/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example/admin?x=", "", "a b", "hub.test:port", "hub.test@evil.example", "-x", "[zz]", "x" * 300, "é.fr"],
)
async def test_what_is_no_name_is_refused(host: str) -> None:
    async with asking() as http:
        response = await http.get("/", headers={"host": host.encode("latin-1")})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_two_names_are_refused_and_none_only_in_the_oldest_http() -> None:
    async with asking() as http:
        twice = http.build_request("GET", "/", headers=[("host", "hub.test"), ("host", "hub.test")])
        assert (await http.send(twice)).status_code == 400
    for version, names, status in (("1.1", (), 400), ("1.0", (), 200), ("1.0", ("hub.test",), 400)):
        assert await bare(version, hosts=names) == status


async def bare(version: str, **callers: Any) -> int:
    """The status of a request without any header."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http", "http_version": version, "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"",
        "headers": [], "client": None, "server": ("hub", 80), "scheme": "http", "root_path": "",
    }  # fmt: skip
    await Gate(SITE, CallerLimits(**callers))(scope, receive, send)  # type: ignore[arg-type]
    return int(sent[0]["status"])


async def test_with_names_only_those() -> None:
    async with asking(hosts=("Hub.example.org", "*.eu.example.org")) as http:
        for host, status in {
            "hub.example.org": 200,
            "HUB.example.org:443": 200,
            "a.eu.example.org": 200,
            "eu.example.org": 421,
            "evil.example": 421,
            "hub.example.org.evil.example": 421,
        }.items():
            assert (await http.get("/", headers={"host": host})).status_code == status, host


async def test_any_page_may_read_by_default_and_never_with_credentials() -> None:
    async with asking() as http:
        plain = await http.get("/")
        asked = await http.options("/", headers=PREFLIGHT)

    assert plain.headers["access-control-allow-origin"] == asked.headers["access-control-allow-origin"] == "*"
    assert asked.status_code == 204
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers
    assert asked.content == b""


async def test_pages_of_the_configured_origins_only() -> None:
    async with asking(origins=("https://app.example",)) as http:
        ours = await http.get("/", headers={"origin": "https://app.example"})
        other = await http.get("/", headers={"origin": "https://evil.example"})
        none = await http.get("/")
        asked = await http.options("/", headers=PREFLIGHT)
        refused = await http.options("/", headers={**PREFLIGHT, "origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == "https://app.example"
    for response in (other, none, refused):
        assert "access-control-allow-origin" not in response.headers
    for response in (ours, other, none, asked, refused):
        assert response.headers["vary"] == "origin"
    assert asked.headers["access-control-max-age"] == "86400"
    assert "access-control-allow-methods" not in refused.headers


async def test_no_page_of_another_origin() -> None:
    async with asking(origins=()) as http:
        response = await http.get("/", headers={"origin": "https://app.example"})
        asked = await http.options("/", headers=PREFLIGHT)

    assert not [name for name in (*response.headers, *asked.headers) if name.startswith("access-control")]


async def test_options_that_are_no_question_of_a_browser_go_on() -> None:
    async with asking() as http:
        assert (await http.options("/")).status_code == 405


async def test_behind_proxies_the_client_and_its_scheme_are_seen() -> None:
    told = {"x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https"}
    async with asking("10.0.0.1", proxies=("10.0.0.0/8",)) as http:
        ours = await http.get("/", headers=told)
    async with asking(proxies=("10.0.0.0/8",)) as http:
        other = await http.get("/", headers=told)

    assert ours.json() == {"client": "198.51.100.1", "scheme": "https"}
    assert ours.headers["strict-transport-security"] == "max-age=31536000"
    assert other.json() == {"client": "203.0.113.9", "scheme": "http"}


async def test_a_socket_without_an_address_is_served_behind_proxies_too() -> None:
    assert await bare("1.0", proxies=("10.0.0.0/8",)) == 200


async def test_what_is_not_http_goes_through() -> None:
    types = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        types.append(scope["type"])

    await Gate(app, CallerLimits())({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert types == ["lifespan"]
