"""Server-Sent Events: how results come, how a stream ends, and what is refused before it begins."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from eventually import eventually
from streaming import WATCH, Streaming, streaming

from hub.subscriptions.events import wants_events

EVENTS = {"accept": "text/event-stream"}


class Events:
    """The events of an answer."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any] | None:
        """The next event and its data; ("", None) for a comment; None at the end."""
        name, data = "", ""
        async with asyncio.timeout(30):
            async for line in self._lines:
                if not line:
                    return name, json.loads(data) if data.strip() else None
                field, _, value = line.partition(":")
                name, data = (value.strip(), data) if field == "event" else (name, data + value)
        return None


@asynccontextmanager
async def events(hub: Streaming, query: str = WATCH, **variables: Any) -> AsyncIterator[Events]:
    body = {"query": query, "variables": variables}
    async with hub.http.stream("POST", "/graphql", json=body, headers=EVENTS) as response:
        yield Events(response)


async def test_events_come_one_by_one(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        cursor = await hub.cursor()
        async with events(hub, since=cursor) as stream:
            assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert stream.response.headers["cache-control"] == "no-cache, no-store"
            assert await stream.next() == ("", None)
            for _ in range(3):
                made = await hub.validated()
                found = await stream.next()
                assert found
                assert (found[0], found[1]["data"]["changes"]["ids"]) == ("next", [made["structures"][0]["id"]])
        await eventually(lambda: not len(hub.process.streams))


async def test_an_operation_with_one_result_is_complete_after_it(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        async with events(hub, "{ sources { id } }") as stream:
            told = [await stream.next() for _ in range(4)]
        assert told[0] == ("", None)
        assert told[1] is not None
        assert (told[1][0], len(told[1][1]["data"]["sources"])) == ("next", 4)
        assert told[2:] == [("complete", None), None]


async def test_what_cannot_be_executed_is_told_and_complete(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        for query, code in (("{ nothing }", "GRAPHQL_VALIDATION_FAILED"), ("{", "GRAPHQL_PARSE_FAILED")):
            async with events(hub, query) as stream:
                _, told, end, _ = [await stream.next() for _ in range(4)]
            assert told is not None
            assert told[1]["errors"][0]["extensions"]["code"] == code
            assert end == ("complete", None)


async def test_get_reads_and_changes_nothing(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        read = await hub.http.get("/graphql", params={"query": "{ __typename }"}, headers=EVENTS)
        assert 'data: {"data":{"__typename":"Query"}}' in read.text
        query = 'mutation { withdrawRegistration(id: "x") { __typename } }'
        refused = await hub.http.get("/graphql", params={"query": query}, headers=EVENTS)
        assert "GET never runs a mutation" in refused.text
        head = await hub.http.head("/graphql", params={"query": "{ __typename }"}, headers=EVENTS)
        assert head.status_code == 406


async def test_what_is_refused_before_a_stream_begins(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        for options, status in (
            ({"content": b"{", "headers": {**EVENTS, "content-type": "application/json"}}, 400),
            ({"content": b"{}", "headers": {**EVENTS, "content-type": "text/plain"}}, 415),
            ({"json": {"query": WATCH}, "headers": {**EVENTS, "authorization": "Bearer x"}}, 401),
        ):
            assert (await hub.http.post("/graphql", **options)).status_code == status
        plain = await hub.http.post("/graphql", json={"query": WATCH})
        assert plain.status_code == 406
        assert "text/event-stream" in plain.text


async def test_an_idle_stream_shows_that_it_is_there(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\nping_seconds = 0.05\n") as hub, events(hub) as stream:
        assert [await stream.next() for _ in range(4)] == [("", None)] * 4


async def test_a_stream_that_the_hub_ends_is_not_complete(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub, events(hub) as stream:
        assert await stream.next() == ("", None)
        hub.process.streams.restart()
        assert await stream.next() is None


async def test_events_wait_for_who_asked_for_too_much(tmp_path: Path) -> None:
    toml = "[limits.document]\ncost = 1000\naliases = 500\n[limits.rates]\naddress = 1000\nkey = 0\nseconds = 1\n"
    async with streaming(tmp_path, toml) as hub:
        cursor = await hub.cursor()
        ids = [(await hub.validated())["structures"][0]["id"] for _ in range(4)]
        query = WATCH.replace("kind", " ".join(f"k{n}: kind" for n in range(300)))
        async with events(hub, query, since=cursor) as stream:
            await stream.next()
            found = [await stream.next() for _ in range(4)]
        assert [told[1]["data"]["changes"]["ids"] for told in found if told] == [[id_] for id_ in ids]


def test_who_wants_events() -> None:
    for accept in (b"text/event-stream", b"application/json, Text/Event-Stream;q=0.5"):
        assert wants_events(accept)
    for accept in (None, b"", b"*/*", b"text/*", b"application/json;x=text/event-stream"):
        assert not wants_events(accept)
