"""Every way in which a directory can break, over a real socket, behind all guards: told for what it is, in time, with
little memory, and gone as soon as it is over."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from broken_server import BAD_DATA, HARMLESS, UNAVAILABLE, bomb, broken, now_and_then
from serving import LOOPBACK

from connectors import http, monenfant
from connectors.contract import Context, Kind
from connectors.errors import BadData, SourceError, Unavailable
from connectors.gazetteer import gazetteer
from connectors.guards.ledger import Ledger
from connectors.monenfant import Settings
from hub.composition import Guarding
from hub.config import GuardsConfig
from resolvers.federation.coverage import of_cells
from resolvers.federation.places import CommuneCode, resolve
from resolvers.federation.sources import Source
from resolvers.federation.used import Changes

DEADLINE = 1.0
MEGABYTES_MORE = 64
COMMUNES = ("21231", "21166", "21617", "71076")


@asynccontextmanager
async def source_at(url: str) -> AsyncIterator[Source]:
    """monenfant.fr at this address, guarded as in the hub."""
    context = Context(source="monenfant", data=Path(), secret="token", outgoing=LOOPBACK)
    connector = monenfant.plugin.build(Settings(data_inclusion_url=f"{url}/api/v1"), context)
    guarding = Guarding(GuardsConfig(), gazetteer(), Changes(), Ledger, time.monotonic)
    source = guarding.source(connector, DEADLINE)
    try:
        yield source
    finally:
        await source.cells.aclose()
        await source.connector.aclose()


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


class Peak:
    """The most memory held while a block runs, beyond what was held before it."""

    async def __aenter__(self) -> "Peak":
        self._before = self._most = resident()
        self._task = asyncio.create_task(self._watch())
        return self

    async def _watch(self) -> None:
        while True:
            self._most = max(self._most, resident())
            await asyncio.sleep(0.005)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.megabytes = max(self._most, resident()) - self._before


@pytest.mark.parametrize("mode", [*UNAVAILABLE, *BAD_DATA])
async def test_a_directory_that_breaks(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(http, "CALL_SECONDS", 1.5)
    bomb()  # made before the clock runs
    answer = UNAVAILABLE.get(mode) or BAD_DATA[mode]
    places = [resolve(CommuneCode(code), gazetteer()) for code in COMMUNES]
    async with broken(answer) as (server, url), source_at(url) as source:
        async with Peak() as peak, asyncio.timeout(20):
            reads = await asyncio.gather(*(source.cells.read(place, None) for place in places))
            rows = await source.connector.rows(Kind.STRUCTURE, ["1"])

        for read in reads:
            assert of_cells("monenfant", read).status in {"UNAVAILABLE", "PARTIAL"}
            assert read.missing == 1
            late = read.error.message.startswith("no answer within")
            assert isinstance(read.error, BadData if mode in BAD_DATA and not late else Unavailable)
        assert isinstance(rows["1"], SourceError)
        assert peak.megabytes <= MEGABYTES_MORE
        assert server.most <= source.info.concurrency
        async with asyncio.timeout(30):
            await server.idle.wait()


@pytest.mark.parametrize("mode", HARMLESS)
async def test_what_is_odd_but_harmless(mode: str) -> None:
    async with broken(HARMLESS[mode]) as (server, url), source_at(url) as source:
        for code in COMMUNES[:2]:
            read = await source.cells.read(resolve(CommuneCode(code), gazetteer()), None)
            assert of_cells("monenfant", read).status == "COMPLETE"
        assert server.calls == 2


async def test_after_429_nothing_is_sent_before_the_time() -> None:
    async with broken(UNAVAILABLE["status_429"]) as (server, url), source_at(url) as source:
        for _ in range(30):
            await asyncio.gather(
                source.cells.read(resolve(CommuneCode(COMMUNES[0]), gazetteer()), None),
                source.connector.rows(Kind.STRUCTURE, ["1"]),
            )

        assert server.calls <= 2, "those that had left together"
        assert source.circuit.state == "open"


async def test_of_a_directory_that_is_down_most_questions_ask_nothing() -> None:
    async with broken(UNAVAILABLE["error"]) as (server, url), source_at(url) as source:
        for commune in gazetteer().by_departement("21")[:200]:
            await source.cells.read(resolve(CommuneCode(commune.insee), gazetteer()), None)

        assert server.calls <= 1.1 * 200
        assert source.ledger.tally.held_back["breaker"] >= 100


async def test_a_moment_of_trouble_is_not_seen() -> None:
    flaky = now_and_then(UNAVAILABLE["error"], HARMLESS["good"], every=50)
    async with broken(flaky) as (_, url), source_at(url) as source:
        complete = 0
        for commune in gazetteer().by_departement("21")[:300]:
            complete += (await source.cells.read(resolve(CommuneCode(commune.insee), gazetteer()), None)).missing == 0

        assert complete == 300
        assert source.ledger.tally.retries == 6
