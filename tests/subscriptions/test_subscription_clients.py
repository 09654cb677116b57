"""The usual clients of subscriptions, npm `graphql-ws` and `graphql-sse`, against `hub1000 serve` on a real socket."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from changing import WITHDRAW, Changing
from hubs import configuration, key_of

from hub.composition import open_hub
from resolvers.access import Role

HERE = Path(__file__).parent
NODE = shutil.which("node")
READY = NODE is not None and all((HERE / "node_modules" / name).is_dir() for name in ("graphql-ws", "graphql-sse"))

if not READY and not os.environ.get("CI"):
    pytest.skip("needs Node, and `npm ci` in tests/subscriptions", allow_module_level=True)

WATCH = "subscription ($since: String, $filter: ChangeFilter) { changes(since: $since, filter: $filter) { kind ids cursor } }"
BOTH = pytest.mark.parametrize("transport", ["ws", "sse"])


class Watching:
    """A client that subscribes, in a process of its own, and tells what it is told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def told(self) -> dict[str, Any]:
        """The next that it tells."""
        assert self.process.stdout
        line = await asyncio.wait_for(self.process.stdout.readline(), 30)
        assert line, "the client has ended"
        return json.loads(line)

    async def next(self) -> Any:
        """The next change."""
        told = await self.told()
        while "connected" in told or "closed" in told:
            told = await self.told()
        return told["next"]["data"]["changes"]


@asynccontextmanager
async def watching(
    transport: str, url: str, query: str = WATCH, *, options: dict[str, Any] | None = None, **variables: Any
) -> AsyncIterator[Watching]:
    assert NODE, "Node is not installed"
    request = json.dumps({"query": query, "variables": variables})
    process = await asyncio.create_subprocess_exec(
        NODE, HERE / "client.mjs", transport, f"{url}/graphql", request, json.dumps(options or {}),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Watching(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@dataclass
class Served:
    """A running hub."""

    url: str
    process: asyncio.subprocess.Process
    changing: Changing
    admin: list[str]

    async def cli(self, *arguments: str) -> str:
        return await run(*self.admin, *arguments)


async def run(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return out.decode()


@asynccontextmanager
async def served(folder: Path, *, port: int = 0, toml: str = "") -> AsyncIterator[Served]:
    opened = open_hub(configuration(folder, toml))
    key = await key_of(opened, Role.ADMIN)
    await opened.aclose()
    common = ["--config", str(folder / "hub.toml"), "--data", str(folder)]
    hub = [sys.executable, "-m", "hub.cli"]
    process = await asyncio.create_subprocess_exec(
        *hub, "serve", "--port", str(port), *common, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://[\d.:]+", line)
    assert found, line
    try:
        async with httpx.AsyncClient(base_url=found[0], timeout=30) as http:
            changing = Changing(http, key)
            yield Served(found[0], process, changing, [*hub, "admin"])
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0


@BOTH
async def test_what_came_before_and_what_comes_is_told_once_and_in_order(tmp_path: Path, transport: str) -> None:
    async with served(tmp_path) as hub:
        first = await hub.changing.validated()
        cursor = await hub.changing.cursor()
        second = await hub.changing.validated()
        async with watching(transport, hub.url, since=cursor) as client:
            assert (await client.next())["ids"] == [second["structures"][0]["id"]]
            told = []
            for _ in range(5):
                await hub.changing.validated()
                told.append(await client.next())
            await hub.changing.ask(WITHDRAW, id=first["id"])
            told.append(await client.next())
        assert [change["kind"] for change in told] == ["CREATED"] * 5 + ["WITHDRAWN"]
        assert told == (await hub.changing.feed(cursor))[1:]


@pytest.mark.long
@BOTH
async def test_a_client_goes_on_with_the_hub_that_comes_after(tmp_path: Path, transport: str) -> None:
    async with served(tmp_path) as hub:
        cursor = await hub.changing.cursor()
        port = int(hub.url.rpartition(":")[2])
        async with watching(transport, hub.url, options={"retries": 200}, since=cursor) as client:
            before = await hub.changing.validated()
            assert (await client.next())["ids"] == [before["structures"][0]["id"]]
            hub.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(hub.process.wait(), 9)  # sooner than requests in flight may go on
            if transport == "ws":
                told = await client.told()
                assert told == {"closed": 1001}
            async with served(tmp_path, port=port) as again:
                # with the cursor that it began with, it is told the same again, and then what comes
                assert (await client.next())["ids"] == [before["structures"][0]["id"]]
                after = await again.changing.validated()
                assert (await client.next())["ids"] == [after["structures"][0]["id"]]


@BOTH
async def test_reading_the_configuration_again_has_clients_come_again(tmp_path: Path, transport: str) -> None:
    async with served(tmp_path) as hub, watching(transport, hub.url, options={"retries": 50}, since=None) as client:
        assert await client.told() == {"connected": True}
        hub.process.send_signal(signal.SIGHUP)
        if transport == "ws":
            assert await client.told() == {"closed": 1012}
        assert await client.told() == {"connected": True}
        made = await hub.changing.validated()
        filtered = await hub.changing.feed()
        assert filtered[-1]["ids"] == [made["structures"][0]["id"]]


@BOTH
async def test_errors_are_told_by_their_codes(hub_url: str, transport: str) -> None:
    cases = [
        ('subscription { changes(since: "x") { kind } }', "BAD_INPUT"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ('subscription { changes(filter: { sources: ["x"] }) { kind } }', "BAD_INPUT"),
        (
            "subscription { " + " ".join(f"a{i}: sourceStatus {{ id }}" for i in range(60)) + " }",
            "DOCUMENT_TOO_COMPLEX",
        ),
    ]
    for query, code in cases:
        async with watching(transport, hub_url, query) as client:
            told = await client.told()
            while "connected" in told:
                told = await client.told()
            errors = told["error"] if transport == "ws" else told["next"]["errors"]
            assert [error["extensions"]["code"] for error in errors] == [code]


@BOTH
async def test_a_query_is_answered_too(tmp_path: Path, transport: str) -> None:
    async with served(tmp_path) as hub:
        options = {"key": hub.changing.key}
        async with watching(transport, hub.url, "{ viewer { role } }", options=options) as client:
            told = await client.told()
            while "connected" in told:
                told = await client.told()
            assert told == {"next": {"data": {"viewer": {"role": "ADMIN"}}}}
            assert await client.told() == {"complete": True}


@BOTH
async def test_a_key_that_opens_nothing(hub_url: str, transport: str) -> None:
    options = {"key": "Bearer hub1000_x"}
    async with watching(transport, hub_url, options=options, since=None) as client:
        told = await client.told()
        if transport == "ws":
            assert told == {"closed": 4403}
        else:
            assert "401" in told["error"]["message"] or "Unauthorized" in told["error"]["message"]
