"""Answers given on the connection itself: the same as the application gives, and only where it would give them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from bounded_server import Running, bounded
from eventually import eventually
from hubs import configuration

from connectors.sandbox import Sandbox
from hub.app import Application, Process, Site
from hub.composition import open_hub
from hub.observability.observatory import Observatory
from resolvers.schema import build_schema

QUERY = "{ priorities { code label } }"
BODY = json.dumps({"query": QUERY}).encode()
LENGTH = re.compile(rb"content-length: (\d+)")
ITS_OWN = re.compile(rb"\r\n(?:date|x-request-id): [^\r]*")


def post(*lines: str, body: bytes = BODY, path: str = "/graphql", version: str = "1.1") -> bytes:
    head = [f"POST {path} HTTP/{version}", "host: hub.test", "accept: application/json", *lines]
    head += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def get(*lines: str, method: str = "GET") -> bytes:
    head = [f"{method} /graphql?query={quote(QUERY)} HTTP/1.1", "host: hub.test", "accept: application/json", *lines]
    return "\r\n".join([*head, "", ""]).encode()


@dataclass
class Asked:
    """A connection to a hub that counts for which requests an answer is made."""

    running: Running
    site: Site
    observatory: Observatory
    reached: int = 0

    async def __call__(self, scope, receive, send) -> None:
        self.reached += 1
        await self._application(scope, receive, send)

    def serve(self, application: Application) -> None:
        self._application = application

    def at_once(self, scope, body):
        response = self._application.at_once(scope, body)
        self.reached += asyncio.iscoroutine(response)
        return response

    async def open(self) -> None:
        self.reader, self.writer = await self.running.connect()

    async def ask(self, *parts: bytes, head_only: bool = False) -> bytes:
        """One response, without what is its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.01 if len(parts) > 1 else 0)
        return await self.read(head_only=head_only)

    async def read(self, *, head_only: bool = False) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        body = await self.reader.readexactly(int(length[1])) if length and not head_only else b""
        return ITS_OWN.sub(b"", head) + body


@asynccontextmanager
async def asking(data: Path, toml: str = "") -> AsyncIterator[Asked]:
    hub = open_hub(configuration(data, toml), sandbox=Sandbox())
    schema = build_schema()
    process = Process(schema, Observatory(schema))
    application = Application(process, site := Site(hub, process, look_every=0))
    asked = Asked(None, site, process.observatory)  # type: ignore[arg-type]
    asked.serve(application)
    try:
        async with bounded(asked, at_once=asked.at_once) as asked.running:
            await asked.open()
            try:
                yield asked
            finally:
                asked.writer.close()
    finally:
        await site.aclose()


@pytest.mark.parametrize(
    "request_",
    [post(), get(), post("accept-encoding: gzip"), get("origin: https://app.example"), post(path="/graphql/")],
    ids=["post", "get", "coded", "from a page", "with a slash"],
)
async def test_what_was_answered_is_answered_at_once_and_alike(tmp_path: Path, request_: bytes) -> None:
    async with asking(tmp_path) as asked:
        first = await asked.ask(request_)
        assert asked.reached == 1
        again = await asked.ask(request_)

        assert asked.reached == 1
        assert again == first
        assert first.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"content-security-policy: default-src 'none'" in first


async def test_each_has_its_own_id_and_is_counted(tmp_path: Path) -> None:
    async with asking(tmp_path) as asked:
        for _ in range(3):
            asked.writer.write(get("x-client-name: carte"))
            head = await asked.reader.readuntil(b"\r\n\r\n")
            await asked.reader.readexactly(int(LENGTH.search(head)[1]))  # type: ignore[index]
        ids = set(re.findall(rb"x-request-id: (\S+)", head))
        assert len(ids) == 1
        snapshot = asked.observatory.total()

        assert asked.reached == 1
        assert {key: times.count for key, times in snapshot.requests.by_cache().items()} == {
            ("graphql", "miss"): 1,
            ("graphql", "hit"): 2,
        }
        (use,) = snapshot.usage.operations.values()
        assert (use.kept, use.count) == (2, 3)


async def test_a_client_that_has_it_is_told_so(tmp_path: Path) -> None:
    async with asking(tmp_path) as asked:
        etag = re.search(rb"etag: (\S+)", await asked.ask(get()))
        assert etag
        condition = f"if-none-match: {etag[1].decode()}"
        asked.writer.write(get(condition) + get())
        unchanged = await asked.reader.readuntil(b"\r\n\r\n")
        whole = await asked.read()

        assert asked.reached == 1
        assert unchanged.startswith(b"HTTP/1.1 304 Not Modified\r\n")
        assert etag[0] in unchanged
        assert whole.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_requests_sent_together_are_answered_in_order(tmp_path: Path) -> None:
    other = post(body=json.dumps({"query": "{ axes { rank } }"}).encode())
    async with asking(tmp_path) as asked:
        alone = [await asked.ask(request) for request in (post(), other)]
        reached = asked.reached
        unknown = post(body=json.dumps({"query": "{ programmes { name } }"}).encode())
        asked.writer.write(post() + other + unknown + post() + other)
        together = [await asked.read() for _ in range(5)]

        assert [*together[:2], *together[3:]] == [*alone, *alone]
        assert b"programmes" in together[2]
        assert asked.reached == reached + 3, "the two before the unknown one are known, those behind it wait"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (post("authorization: Bearer someone"), "somebody's"),
        (post("x-a: 1", "x-a: 2"), "a header twice"),
        (post("expect: 100-continue"), "asks before it sends"),
        (post("connection: upgrade", "upgrade: h2c"), "an upgrade"),
        (get(method="HEAD"), "no body is sent"),
    ],
)
async def test_what_is_not_plain_goes_to_the_application(tmp_path: Path, request_: bytes, reason: str) -> None:
    async with asking(tmp_path) as asked:
        await asked.ask(post())
        await asked.ask(get())
        before = asked.reached
        head_only = request_.startswith(b"HEAD")
        asked.writer.write(request_)
        answer = await asked.read(head_only=head_only)
        if b"100 Continue" in answer:
            answer = await asked.read()
        assert asked.reached == before + 1, reason


async def test_a_body_that_comes_in_pieces_is_the_same_request(tmp_path: Path) -> None:
    request = post()
    async with asking(tmp_path) as asked:
        first = await asked.ask(request)
        assert await asked.ask(request[:-9], request[-9:]) == first


@pytest.mark.parametrize("request_", [post("connection: close"), post(version="1.0")], ids=["close", "HTTP/1.0"])
async def test_a_connection_that_is_to_end_ends(tmp_path: Path, request_: bytes) -> None:
    async with asking(tmp_path) as asked:
        await asked.ask(post())
        await asked.ask(request_)
        assert await asked.reader.read() == b""


async def test_the_gate_is_passed_too(tmp_path: Path) -> None:
    toml = '[limits.callers]\nhosts = ["hub.test"]\norigins = ["https://app.example"]'
    async with asking(tmp_path, toml) as asked:
        allowed, other = get("origin: https://app.example"), get("origin: https://other.example")
        first = await asked.ask(allowed)
        assert b"access-control-allow-origin: https://app.example\r\n" in first
        assert await asked.ask(allowed) == first
        assert b"access-control-allow-origin" not in await asked.ask(other)
        assert asked.reached == 1
        refused = await asked.ask(get().replace(b"hub.test", b"evil.example"))
        assert refused.startswith(b"HTTP/1.1 421 ")


async def test_the_client_is_who_stands_before_the_proxy(tmp_path: Path) -> None:
    toml = '[limits.callers]\nproxies = ["127.0.0.1"]\n[limits.rates]\naddress = 100\nseconds = 3600\n[limits.document]\ncost = 100'
    async with asking(tmp_path, toml) as asked:
        assert (await asked.ask(get("x-forwarded-for: 203.0.113.9")))[9:12] == b"200"
        one, other = (get(f"x-forwarded-for: 203.0.113.{n}", "x-forwarded-proto: https") for n in (1, 2))
        answers = [await asked.ask(one) for _ in range(101)]
        assert [answer[9:12] for answer in answers] == [b"200"] * 100 + [b"429"]
        assert b"strict-transport-security" in answers[0]
        assert (await asked.ask(other))[9:12] == b"200"


async def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    body = json.dumps({"query": '{ structure(id: "registry--udaf-71") { name } }'}).encode()
    async with asking(tmp_path) as asked:
        await asked.ask(post(body=body))
        await asked.ask(post(body=body))
        assert asked.reached == 1
        asked.site.hub.federation.changes.publish("links", "source:registry")
        await asked.ask(post(body=body))
        assert asked.reached == 2


async def test_a_reader_that_is_slow_is_not_written_to_without_end(tmp_path: Path) -> None:
    async with asking(tmp_path) as asked:
        await asked.ask(post())
        asked.writer.write(post() * 20_000)
        connections = asked.running.server.server_state.connections
        await eventually(
            lambda: (
                any(c.flow.write_paused for c in connections)
                or asked.running.server.server_state.total_requests > 20_000
            )
        )
        for _ in range(20_000):
            assert (await asked.read())[9:12] == b"200"
