"""Cells: what is fetched, how much at once, and what is left when a source is slow, partial or odd."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from connectors.contract import InCommunes, InDepartement, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import Unavailable
from connectors.gazetteer import gazetteer
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode, TerritoryKind
from connectors.records import Address, StructureRecord, Territory
from resolvers.federation import walks
from resolvers.federation.cells import Cells, CellsRead
from resolvers.federation.coverage import of_cells
from resolvers.federation.places import Area, CommuneCode, DepartementCode, Near, RegionCode, resolve

INFO = SourceInfo(
    id="here", name="Here", kind=SourceKind.PARTNER_DIRECTORY, asks=frozenset({InCommunes}), communes_per_call=2
)


def record(key: str, insee: str | None = None, departement: str | None = None) -> StructureRecord:
    return StructureRecord(
        source="here", key=key, name=key, kind=StructureKind.ESTABLISHMENT, category=CategoryCode.PMI,
        address=Address(insee=insee, departement=departement),
    )  # fmt: skip


class Listed:
    """A directory over a list of records; `gate` holds its answers back."""

    def __init__(self, info: SourceInfo = INFO, records: Sequence[StructureRecord] = ()) -> None:
        self.info = info
        self.records = list(records)
        self.queries: list[Query] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.flying = self.most = 0
        self.page_size = 1000

    async def search(self, query: Query) -> Page:
        self.queries.append(query)
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await self.gate.wait()
        finally:
            self.flying -= 1
        if self.failure:
            raise self.failure
        match query.where:
            case InCommunes(communes):
                wanted = {c.insee for c in communes}
                found = [r for r in self.records if r.address and r.address.insee in wanted]
            case InDepartement(code):
                found = [r for r in self.records if r.address and (r.address.insee or code).startswith(code)]
        start = int(query.after or 0)
        end = start + self.page_size
        return Page(
            records=tuple(found[start:end]), after=str(end) if end < len(found) else None, unreadable=start == 0 and 1
        )

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        raise AssertionError

    async def ping(self) -> None:
        raise AssertionError

    async def aclose(self) -> None:
        raise AssertionError


def area(place) -> Area:
    return resolve(place, gazetteer())


DIJON = area(CommuneCode("21231"))
AROUND = area(Near(47.32, 5.04, 5000))


def cells(directory: Listed, deadline: float = 30) -> Cells:
    return Cells(directory, gazetteer(), deadline=deadline, clock=lambda: 0.0)


def keys(read: CellsRead) -> set[str]:
    return {held.record.key for held in read.helds}


async def test_lists_of_communes_and_nothing_twice() -> None:
    directory = Listed(records=[record("a", "21231"), record("b", "21166"), record("far", "75111")])
    held = cells(directory)

    first, second = await asyncio.gather(held.read(AROUND, None), held.read(AROUND, None))

    assert keys(first) == keys(second) == {"a", "b"}
    asked = [c.insee for q in directory.queries for c in q.where.communes]
    assert sorted(asked) == sorted({c.insee for c in AROUND.communes})
    assert max(len(q.where.communes) for q in directory.queries) == 2
    assert directory.most <= INFO.concurrency
    assert all(not h.cached for h in first.helds)
    assert all(h.cached for h in (await held.read(DIJON, None)).helds)


async def test_pages_are_followed_and_a_key_is_kept_once() -> None:
    directory = Listed(records=[record(f"k{i}", "21231") for i in range(25)] + [record("k0", "21231")])
    directory.page_size = 7

    read = await cells(directory).read(DIJON, None)

    assert len(read.helds) == len(keys(read)) == 25
    assert [q.after for q in directory.queries] == [None, "7", "14", "21"]
    assert read.unreadable == 1
    told = of_cells("here", read)
    assert (told.status, told.message) == ("PARTIAL", "1 entries could not be read")


async def test_a_departement_is_one_walk_with_what_has_no_commune() -> None:
    info = msgspec.structs.replace(INFO, asks=frozenset({InCommunes, InDepartement}))
    somewhere = msgspec.structs.replace(
        record("t"), address=None, territory=Territory(TerritoryKind.DEPARTEMENT, "Côte-d’Or", "21")
    )
    directory = Listed(info, [record("a", "21231"), record("b", None, "21")])
    held = cells(directory)

    read = await held.read(area(DepartementCode("21")), None)

    assert keys(read) == {"a", "b"}
    assert [type(q.where) for q in directory.queries] == [InDepartement]
    assert keys(await held.read(DIJON, None)) == {"a"}
    assert len(directory.queries) == 1
    assert walks.code_of(somewhere) == "dep:21"
    assert walks.code_of(msgspec.structs.replace(somewhere, territory=None)) == ""


async def test_a_wide_circle_becomes_a_walk_of_its_departement() -> None:
    info = msgspec.structs.replace(INFO, asks=frozenset({InCommunes, InDepartement}), communes_per_call=1)
    directory = Listed(info, [record("a", "21231")])

    await cells(directory).read(AROUND, None)

    assert [q.where for q in directory.queries] == [InDepartement("21")]


async def test_without_departements_the_communes_are_asked() -> None:
    directory = Listed(records=[record("a", "90010")])

    read = await cells(directory).read(area(DepartementCode("90")), None)

    assert keys(read) == {"a"}
    assert read.missing == 0
    assert len(directory.queries) == (len(gazetteer().by_departement("90")) + 1) // 2


async def test_what_narrows_is_kept_apart_and_a_whole_cell_serves_all() -> None:
    info = msgspec.structs.replace(INFO, narrows=True)
    directory = Listed(info, [record("a", "21231")])
    held = cells(directory)
    narrow = frozenset({SubcategoryCode.CENTRE_PMI})

    await held.read(DIJON, narrow)
    await held.read(DIJON, narrow)
    assert [q.subcategories for q in directory.queries] == [narrow]
    await held.read(DIJON, None)
    await held.read(DIJON, frozenset({SubcategoryCode.CAMSP}))
    assert [q.subcategories for q in directory.queries] == [narrow, None]


async def test_a_source_without_a_ttl_is_asked_each_time() -> None:
    directory = Listed(msgspec.structs.replace(INFO, ttl=0.0), [record("a", "21231")])
    held = cells(directory)

    await asyncio.gather(held.read(DIJON, None), held.read(DIJON, None))
    directory.records.append(record("new", "21231"))

    assert keys(await held.read(DIJON, None)) == {"a", "new"}
    assert len(directory.queries) == 3


async def test_late_is_unavailable_then_there() -> None:
    directory = Listed(records=[record("a", "21231")])
    directory.gate.clear()
    held = cells(directory, deadline=0.01)

    read = await held.read(DIJON, None)
    told = of_cells("here", read)
    assert (told.status, told.message, read.helds) == ("UNAVAILABLE", "no answer within 0.01 s", [])

    directory.gate.set()
    async with asyncio.timeout(60):
        while (read := await held.read(DIJON, None)).missing:
            pass
    assert keys(read) == {"a"}
    assert len(directory.queries) == 1


async def test_a_source_that_is_answering_is_partial_and_then_complete() -> None:
    directory = Listed(records=[record(f"k{i}", "21231") for i in range(20)])
    directory.page_size = 10
    held = cells(directory, deadline=0.05)
    first_page = directory.search

    async def slow(query: Query) -> Page:
        page = await first_page(query)
        directory.gate.clear()
        return page

    directory.search = slow
    told = of_cells("here", await held.read(DIJON, None))
    assert (told.status, told.message) == (
        "PARTIAL",
        "still loading: ask again for the rest; 1 entries could not be read",
    ) or (told.status, told.message) == ("PARTIAL", "still loading: ask again for the rest")

    directory.gate.set()
    async with asyncio.timeout(60):
        while (read := await held.read(DIJON, None)).missing:
            pass
    assert len(read.helds) == 20
    assert len(directory.queries) == 2


async def test_a_part_that_fails_leaves_the_rest() -> None:
    directory = Listed(records=[record("a", "21231"), record("b", "21166")])
    held = cells(directory)
    await held.read(DIJON, None)
    directory.failure = Unavailable("here", "gone")

    read = await held.read(AROUND, None)
    told = of_cells("here", read)

    assert keys(read) == {"a"}
    assert told.status == "PARTIAL"
    assert told.message.startswith("gone; ")
    assert f"of {len(AROUND.communes)} communes missing" in told.message
    directory.failure = None
    assert keys(await held.read(AROUND, None)) == {"a", "b"}


async def test_one_who_leaves_does_not_stop_the_others_and_closing_stops_all() -> None:
    directory = Listed(records=[record("a", "21231")])
    directory.gate.clear()
    held = cells(directory)
    leaving, staying = asyncio.create_task(held.read(DIJON, None)), asyncio.create_task(held.read(DIJON, None))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    directory.gate.set()
    assert keys(await staying) == {"a"}

    directory.gate.clear()
    held.forget()
    waiting = asyncio.create_task(held.read(AROUND, None))
    await asyncio.sleep(0)
    await held.aclose()
    assert directory.flying == 0
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_regions_are_their_departements() -> None:
    info = msgspec.structs.replace(INFO, asks=frozenset({InCommunes, InDepartement}))
    directory = Listed(info, [record("a", "21231"), record("b", "71076")])

    read = await cells(directory).read(area(RegionCode("27")), None)

    assert keys(read) == {"a", "b"}
    assert len(directory.queries) == 8
