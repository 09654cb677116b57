"""Cells past their time: served while they are read again, and for as long as their source is dead."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import pytest
from virtual_time import in_virtual_time, now

from connectors.contract import InCommunes, InDepartement, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import Unavailable
from connectors.gazetteer import gazetteer
from connectors.guards.keeping import Keeping
from connectors.guards.ledger import Ledger
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.records import Address, StructureRecord
from resolvers.federation.cell import CACHED, LIVE, STALE, CellsRead
from resolvers.federation.cells import Cells
from resolvers.federation.coverage import Coverage, of_cells
from resolvers.federation.places import Area, CommuneCode, Near, resolve

INFO = SourceInfo(
    id="here",
    name="Here",
    kind=SourceKind.PARTNER_DIRECTORY,
    asks=frozenset({InCommunes, InDepartement}),
    communes_per_call=20,
    narrows=True,
    ttl=300,
)
KEEPING = Keeping(stale_while_revalidate=60, stale_if_error=3600, megabytes=1)
DEADLINE = 1.0
GONE = Unavailable("here", "gone")


def area(place: CommuneCode | Near) -> Area:
    return resolve(place, gazetteer())


DIJON = area(CommuneCode("21231"))
AROUND = area(Near(47.32, 5.04, 5000))


class Directory:
    """One entry in each commune asked for, on one page or two."""

    def __init__(self, info: SourceInfo = INFO) -> None:
        self.info = info
        self.name = "first"
        self.size = 1
        self.pages = 1
        self.seconds = 0.0
        self.failure: Unavailable | None = None
        self.queries: list[Query] = []
        self.flying = self.cancelled = 0

    async def search(self, query: Query) -> Page:
        self.queries.append(query)
        self.flying += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.flying -= 1
        if self.failure:
            raise self.failure
        match query.where:
            case InCommunes(communes):
                codes = [c.insee for c in communes]
            case _:
                codes = ["21231"]
        number = int(query.after or 1)
        records = tuple(
            StructureRecord(
                source="here", key=f"{code}-{number}-{i}", name=self.name, kind=StructureKind.ESTABLISHMENT,
                category=CategoryCode.PMI, address=Address(insee=code),
            )
            for code in codes
            for i in range(self.size)
        )  # fmt: skip
        return Page(records=records, after=str(number + 1) if number < self.pages else None)

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        raise AssertionError

    async def ping(self) -> None:
        raise AssertionError

    async def aclose(self) -> None:
        raise AssertionError


class Setting:
    """The cells of a directory, and what they tell."""

    def __init__(self, info: SourceInfo = INFO) -> None:
        self.directory = Directory(info)
        self.changed: list[str] = []
        self.ledger = Ledger("here")
        self.cells = Cells(
            self.directory, gazetteer(), deadline=DEADLINE, clock=now, keeping=KEEPING, ledger=self.ledger,
            on_change=self.changed.append,
        )  # fmt: skip

    async def read(self, where: Area = DIJON, narrow: frozenset[SubcategoryCode] | None = None) -> CellsRead:
        return await self.cells.read(where, narrow)


def how(read: CellsRead) -> set[int]:
    return {STALE if h.stale else CACHED if h.cached else LIVE for h in read.helds}


def names(read: CellsRead) -> set[str]:
    return {h.record.name for h in read.helds}


def told(read: CellsRead) -> tuple[str, str | None]:
    coverage: Coverage = of_cells("here", read)
    return coverage.status.value, coverage.message


@in_virtual_time
async def test_past_its_time_a_cell_is_served_at_once_while_it_is_read_again() -> None:
    here = Setting()
    first = await here.read()
    assert (how(first), told(first)) == ({LIVE}, ("COMPLETE", None))
    await asyncio.sleep(INFO.ttl)
    here.directory.name, here.directory.seconds = "second", 0.5

    stale = [await here.read() for _ in range(3)]

    assert now() == INFO.ttl
    for read in stale:
        assert (how(read), names(read), read.missing, read.stale) == ({STALE}, {"first"}, 0, 1)
        assert told(read) == ("STALE", "being read again")
        assert read.since == first.since
    await asyncio.sleep(0.6)
    fresh = await here.read()
    assert (how(fresh), names(fresh), told(fresh)) == ({CACHED}, {"second"}, ("COMPLETE", None))
    assert len(here.directory.queries) == 2
    assert (here.ledger.tally.hits, here.ledger.tally.misses, here.ledger.tally.stale) == (1, 1, 3)


@in_virtual_time
async def test_a_dead_source_is_served_from_what_is_held_and_said_to_be_stale() -> None:
    here = Setting()
    first = await here.read()
    await asyncio.sleep(INFO.ttl + KEEPING.stale_while_revalidate)
    here.directory.failure = GONE

    read = await here.read()

    assert (how(read), names(read), told(read)) == ({STALE}, {"first"}, ("STALE", "gone"))
    assert read.since == first.since
    here.directory.failure, here.directory.seconds = None, 10
    begun = now()
    hanging = await here.read()
    assert told(hanging) == ("STALE", "no answer within 1 s")
    assert now() - begun == DEADLINE
    at_once = now()
    assert told(await here.read())[0] == "STALE"
    assert now() == at_once, "nobody waits again for a source that has been silent for as long as the deadline"
    await asyncio.sleep(10)
    assert told(await here.read()) == ("COMPLETE", None), "what came late is there"


@in_virtual_time
async def test_what_is_too_old_is_not_served() -> None:
    here = Setting()
    await here.read()
    await asyncio.sleep(INFO.ttl + KEEPING.stale_if_error)
    here.directory.failure = GONE

    assert told(await here.read()) == ("UNAVAILABLE", "gone")


@in_virtual_time
async def test_what_is_missing_beside_what_is_stale_is_partial() -> None:
    here = Setting()
    await here.read(DIJON)
    await asyncio.sleep(INFO.ttl + KEEPING.stale_while_revalidate)
    here.directory.failure = GONE

    read = await here.read(AROUND)

    assert (how(read), read.missing, read.stale) == ({STALE}, len(AROUND.communes) - 1, 1)
    assert told(read)[0] == "PARTIAL"


@in_virtual_time
async def test_the_version_is_the_same_only_for_what_is_the_same() -> None:
    here = Setting()
    live, cached, again = [(await here.read(AROUND)) for _ in range(3)]
    assert live.version != cached.version == again.version
    assert all(a is b for a, b in zip(cached.helds, again.helds, strict=True))
    hash(cached.version)

    await asyncio.sleep(INFO.ttl)
    stale = await here.read(AROUND)
    await asyncio.sleep(1)
    fresh = await here.read(AROUND)

    assert len({live.version, cached.version, stale.version, fresh.version}) == 4
    assert len(fresh.version) == len(AROUND.communes)


@in_virtual_time
async def test_a_change_is_told_and_the_same_again_is_none() -> None:
    here = Setting()
    await here.read(AROUND)
    filled = here.cells.filled
    assert (here.changed, filled > 0) == ([], True)
    await here.read(AROUND)
    assert here.cells.filled == filled

    await asyncio.sleep(INFO.ttl)
    await here.read(AROUND)
    await asyncio.sleep(INFO.ttl)
    assert here.changed == []
    here.directory.name = "second"
    await here.read(AROUND)
    await asyncio.sleep(1)

    assert set(here.changed) == {"here"}
    assert here.cells.filled > filled


@in_virtual_time
async def test_a_narrow_cell_that_is_fresh_serves_before_a_whole_one_that_is_not() -> None:
    here = Setting()
    narrow = frozenset({SubcategoryCode.CENTRE_PMI})
    await here.read()
    assert how(await here.read(DIJON, narrow)) == {CACHED}
    await asyncio.sleep(INFO.ttl)
    here.directory.name = "second"
    assert how(await here.read(DIJON, narrow)) == {STALE}
    await asyncio.sleep(0.1)

    read = await here.read(DIJON, narrow)

    assert (how(read), names(read)) == ({CACHED}, {"second"})
    assert [q.subcategories for q in here.directory.queries] == [None, narrow]


@in_virtual_time
async def test_when_all_have_gone_away_the_walk_is_stopped_and_the_next_begins_anew() -> None:
    here = Setting()
    here.directory.seconds = 10
    asking = [asyncio.create_task(here.read()) for _ in range(50)]
    await asyncio.sleep(0.5)
    assert here.directory.flying == 1

    for task in asking[:-1]:
        task.cancel()
    await asyncio.sleep(0)
    assert here.directory.flying == 1, "one still waits"
    asking[-1].cancel()
    late = asyncio.create_task(here.read())
    await asyncio.gather(*asking, return_exceptions=True)

    assert (here.directory.cancelled, here.directory.flying) == (1, 1)
    assert told(await late)[0] == "UNAVAILABLE"
    assert here.directory.flying == 1, "who was answered may ask again: it goes on"
    await asyncio.sleep(10)
    assert told(await here.read()) == ("COMPLETE", None)
    assert len(here.directory.queries) == 2


@in_virtual_time
async def test_a_client_that_leaves_does_not_stop_what_others_were_promised() -> None:
    here = Setting()
    here.directory.seconds = 5
    await here.read()
    leaving = asyncio.create_task(here.read())
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert (here.directory.flying, here.directory.cancelled) == (1, 0)
    await asyncio.sleep(5)
    assert told(await here.read()) == ("COMPLETE", None)


@in_virtual_time
async def test_a_source_that_is_answering_is_waited_for_each_time() -> None:
    here = Setting()
    here.directory.pages, here.directory.seconds = 5, 0.9

    first = await here.read()
    second = await here.read()

    assert now() == 2 * DEADLINE
    for read in (first, second):
        assert told(read) == ("PARTIAL", "still loading: ask again for the rest")
    await asyncio.sleep(5)
    assert told(await here.read()) == ("COMPLETE", None)


@pytest.mark.parametrize("ttl", [0, 300])
@in_virtual_time
async def test_what_is_held_is_bounded_in_bytes(ttl: float) -> None:
    here = Setting(msgspec.structs.replace(INFO, ttl=ttl))
    here.directory.size, here.directory.name = 100, "x" * 1000
    communes = gazetteer().by_departement("90")[:40]
    for commune in communes:
        await here.read(area(CommuneCode(commune.insee)))

    here.directory.queries.clear()
    for commune in communes[::-1]:
        await here.read(area(CommuneCode(commune.insee)))

    asked_again = len(here.directory.queries)
    assert asked_again == 40 if ttl == 0 else 20 < asked_again < 40
    here.directory.size = 1000  # larger than all that may be held
    here.cells.forget()
    here.directory.queries.clear()
    for _ in range(2):
        await here.read()
    assert len(here.directory.queries) == 2
