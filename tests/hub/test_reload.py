"""Another configuration takes the place of the one that serves: no request is lost, a bad one changes nothing."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hubs import configuration, site
from starlette.types import Receive, Scope, Send

from connectors.sandbox import Sandbox
from hub.app import Application, Process, Site
from hub.composition import open_hub
from hub.config import load
from hub.observability.observatory import Observatory
from hub.reload import Current, Reload, live
from resolvers.schema import build_schema

SOURCES = {"query": "{ sources { id } }"}
PARTNER = """
[sources.partner]
connector = "declared"
name = "Partenaire"
departements = ["92"]
url = "https://data.example.org/records"
by_commune = { insee = "{insee}" }
by_key = { id = "{key}" }
category = "MODE_ACCUEIL"
[sources.partner.fields]
key = "id"
name = "nom"
insee = "insee"
"""


class Served:
    """A real hub and its application; requests with a header `hold` wait for `go` inside it."""

    def __init__(self, data: Path) -> None:
        config = load({"HUB1000_DATA": str(data)}, str(data / "hub.toml"))
        self.hub = open_hub(config, sandbox=Sandbox())
        self.app = site(self.hub)
        self.held = asyncio.Event()
        self.go = asyncio.Event()
        self.closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(name == b"hold" for name, _ in scope["headers"]):
            self.held.set()
            await self.go.wait()
        assert not self.closed
        await self.app(scope, receive, send)

    async def aclose(self) -> None:
        self.closed = True
        await self.hub.aclose()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Reload[Served]]:
    configuration(tmp_path)
    reload = Reload(Served(tmp_path), lambda: Served(tmp_path))
    yield reload
    await reload.aclose()


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")


async def sources(http: httpx.AsyncClient, **headers: str) -> list[str]:
    response = await http.post("/graphql", json=SOURCES, headers=headers)
    assert response.status_code == 200
    return [source["id"] for source in response.json()["data"]["sources"]]


BUILT_IN = ["registry", "annuaire_sante", "monenfant", "registry_sandbox"]


async def test_sources_are_added_and_removed(served: Reload[Served], tmp_path: Path) -> None:
    async with client(served) as http:
        assert await sources(http) == BUILT_IN
        configuration(tmp_path, PARTNER)
        assert await served.reload()
        assert await sources(http) == [*BUILT_IN[:3], "partner", BUILT_IN[3]]
        configuration(tmp_path, "[sources.monenfant]\nenabled = false")
        assert await served.reload()
        assert await sources(http) == ["registry", "annuaire_sante", "registry_sandbox"]


async def test_a_request_under_way_ends_on_the_old_one_which_is_closed_then(
    served: Reload[Served], tmp_path: Path
) -> None:
    old = served.current.now
    async with client(served) as http:
        under_way = asyncio.create_task(sources(http, hold="yes"))
        await old.held.wait()
        configuration(tmp_path, "[sources.monenfant]\nenabled = false")
        assert await served.reload()

        assert "monenfant" not in await sources(http)
        assert not old.closed
        old.go.set()
        assert await under_way == BUILT_IN
        await asyncio.gather(*served.current._closing)
        assert old.closed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[server]\nport = 70000", "line 2: server.port"),
        ("[sources.partner]\nconnector = 'nothing'", "line 2: sources.partner.connector"),
        ("not toml", "hub.toml"),
        ("[sources.registry]\nenabled = false", "the registry of the programme is needed"),
    ],
)
async def test_a_bad_file_keeps_the_old_one_and_says_why(
    served: Reload[Served], tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, reason: str
) -> None:
    old = served.current.now
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")

    assert not await served.reload()
    assert reason in caplog.text
    assert served.current.now is old
    async with client(served) as http:
        assert await sources(http) == BUILT_IN
    configuration(tmp_path, PARTNER)
    assert await served.reload()


async def test_whatever_else_goes_wrong_keeps_the_old_one_too(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    def broken() -> Served:
        raise ZeroDivisionError

    configuration(tmp_path)
    served = Reload(Served(tmp_path), broken)

    assert not await served.reload()
    assert "ZeroDivisionError" in caplog.text
    async with client(served) as http:
        assert await sources(http) == BUILT_IN
    await served.aclose()


async def test_no_request_is_lost_while_configurations_follow_each_other(
    served: Reload[Served], tmp_path: Path
) -> None:
    fewer = ["registry", "annuaire_sante", "registry_sandbox"]
    olds: list[Served] = []
    under_way: list[tuple[list[str], asyncio.Task[list[str]]]] = []
    async with client(served) as http:
        for i in range(4):
            old = served.current.now
            here = await sources(http)
            under_way += [(here, asyncio.create_task(sources(http, hold="yes"))) for _ in range(10)]
            await old.held.wait()
            olds.append(old)
            configuration(tmp_path, "" if i % 2 else "[sources.monenfant]\nenabled = false")
            assert await served.reload()
            assert await sources(http) == (BUILT_IN if i % 2 else fewer)
        assert [old.closed for old in olds] == [False] * 4
        for old in reversed(olds):
            old.go.set()
        for expected, task in under_way:
            assert await task == expected
    await asyncio.gather(*served.current._closing)

    assert [old.closed for old in olds] == [True] * 4


async def test_the_signal_asks_for_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    configuration(tmp_path)
    made: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def make() -> Served:
        loop.call_soon_threadsafe(made.put_nowait, None)
        return Served(tmp_path)

    first = Served(tmp_path)
    served = Reload(first, make)
    served.listen()
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGHUP)
    await made.get()
    await served.aclose()

    assert first.closed
    assert served.current.now is not first
    assert served.current.now.closed
    assert "is served now" in caplog.text


async def test_a_request_that_came_before_and_is_answered_after_is_answered_by_what_serves_then(tmp_path: Path) -> None:
    configuration(tmp_path)
    schema = build_schema()
    process = Process(schema, Observatory(schema))
    sites: asyncio.Queue[Site] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def make() -> Site:
        config = load({"HUB1000_DATA": str(tmp_path)}, str(tmp_path / "hub.toml"))
        made = Site(open_hub(config, sandbox=Sandbox()), process)
        loop.call_soon_threadsafe(sites.put_nowait, made)
        return made

    application = Application(process, make(), make)
    come, told = asyncio.Queue[Any](), asyncio.Queue[Any]()
    living = asyncio.create_task(application({"type": "lifespan"}, come.get, told.put))
    come.put_nowait({"type": "lifespan.startup"})
    assert (await told.get())["type"] == "lifespan.startup.complete"

    names = (b"host", b"localhost"), (b"accept", b"application/json"), (b"content-type", b"application/json")
    scope: Scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": list(names)}
    response = application.at_once(
        {**scope, "scheme": "http", "client": ("127.0.0.1", 1)}, json.dumps(SOURCES).encode()
    )
    assert asyncio.iscoroutine(response)
    configuration(tmp_path, "[sources.monenfant]\nenabled = false")
    os.kill(os.getpid(), signal.SIGHUP)
    for _ in ("the first", "the second"):
        await sites.get()
    async with client(application) as http:
        while "monenfant" in await sources(http):  # noqa: ASYNC110  # the signal is heard when it is
            await asyncio.sleep(0.01)
        answer = await response
        assert answer.status == 200
        assert [source["id"] for source in json.loads(answer.body)["data"]["sources"]] == await sources(http)

    come.put_nowait({"type": "lifespan.shutdown"})
    await living


class Thing:
    """What counts how often it was closed."""

    def __init__(self, *, fails: bool = False) -> None:
        self.closed = 0
        self.fails = fails

    async def aclose(self) -> None:
        self.closed += 1
        if self.fails:
            raise OSError("stuck")


async def test_each_is_closed_once_after_its_last_borrower(caplog: pytest.LogCaptureFixture) -> None:
    first, second = Thing(fails=True), Thing()
    current = Current(first)
    with current.borrow() as one, current.borrow() as other:
        assert one is other is first
        current.replace(second)
        with current.borrow() as new:
            assert new is second
    assert first.closed == 0  # not within the request's own time
    await current.aclose()

    assert (first.closed, second.closed) == (1, 1)
    assert "stuck" in caplog.text


async def test_closing_waits_for_the_last_borrower() -> None:
    thing = Thing()
    current = Current(thing)
    with current.borrow():
        await current.aclose()
        assert thing.closed == 0
    await current.aclose()

    assert thing.closed == 1


async def life_of(
    life: AbstractAsyncContextManager[None],
) -> list[str]:
    sent: list[str] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    try:
        await live(lambda: life, receive, send)
    except OSError as error:
        sent.append(str(error))
    return sent


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (None, ["lifespan.startup.complete", "lifespan.shutdown.complete"]),
        ("before", ["lifespan.startup.failed", "before"]),
        ("after", ["lifespan.startup.complete", "lifespan.shutdown.failed", "after"]),
    ],
)
async def test_what_lives_as_long_as_the_process(fails: str | None, told: list[str]) -> None:
    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        if fails == "before":
            raise OSError(fails)
        yield
        if fails == "after":
            raise OSError(fails)

    assert await life_of(life()) == told
