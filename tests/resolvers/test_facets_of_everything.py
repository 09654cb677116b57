"""Facets without a place: what the registries counted, and what is one entry or hidden as it is shown."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from hubs import in_process
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import links
from connectors.contract import Everywhere, Kind, Query
from connectors.gazetteer import gazetteer
from connectors.guards.ledger import Ledger
from connectors.held import Held
from connectors.links import Decision, LinkMethod, LinkState
from connectors.links.errors import LinkRefused
from connectors.nomenclature import (
    CategoryCode,
    IdentifierScheme,
    PriorityBasis,
    PriorityCode,
    StructureKind,
    SubcategoryCode,
)
from connectors.records import Address, Identifier, RecordPriority, StructureRecord
from connectors.registrations import HUB, Erasure, Registrations
from connectors.registry import Registry, in_memory
from connectors.registry.removing import remove_records
from hub.composition import Guarding
from hub.config import GuardsConfig
from resolvers.federation import everywhere
from resolvers.federation.coverage import CoverageStatus
from resolvers.federation.entries import Assembler, Precedence
from resolvers.federation.facets import Facets, facets_of
from resolvers.federation.filters import Filter
from resolvers.federation.ordering import Order
from resolvers.federation.places import CommuneCode
from resolvers.federation.search import Question, search
from resolvers.federation.sources import Federation
from resolvers.federation.threads import MANY, worked_out
from resolvers.federation.used import Changes, Used
from resolvers.identity.likeness import Likeness
from resolvers.identity.linker import Linker
from resolvers.registration.feed import Feed

AT = datetime(2026, 5, 4, tzinfo=UTC)
NAMES = ("registry", "registry_sandbox")
KEYS = ("1", "2")
OWN = [f"{name}--{key}" for name in NAMES for key in KEYS]
OTHERS = ["annuaire_sante--z", "monenfant--f"]
NUMBERS = [Identifier(IdentifierScheme.SIRET, digit * 14) for digit in "12"]


def structure(source: str, key: str, **fields: object) -> StructureRecord:
    needed = {"name": key, "kind": StructureKind.ITINERANT, "category": CategoryCode.CULTURE}
    return StructureRecord(source=source, key=key, **{**needed, **fields})


def federation_of(registries: Sequence[Registry]) -> Federation:
    """A federation of registries alone, whose links are its own."""
    registered = Registrations(registries[0])
    changes = Changes()
    guarding = Guarding(GuardsConfig(), gazetteer(), changes, Ledger, monotonic, registered.suppressions)
    sources = {registry.info.id: guarding.source(registry, 5.0) for registry in registries}
    referentials = registries[0].referentials()
    assembler = Assembler(Precedence({id_: s.info for id_, s in sources.items()}, referentials), gazetteer())
    linker = Linker(links.in_memory(), Likeness(), registered.suppressions)
    feed = Feed(registered, linker.store, changes)
    return Federation(sources, referentials, gazetteer(), assembler, linker, registered, feed)


async def aclose(federation: Federation) -> None:
    for source in federation.sources.values():
        await source.cells.aclose()
        await source.connector.aclose()
    await federation.linker.store.aclose()


async def counted_one_by_one(federation: Federation) -> Facets:
    """The facets of all that the registries show, read whole."""
    records = [
        record
        for source in federation.sources.values()
        for record in (await source.connector.search(Query(where=Everywhere()))).records
    ]
    return facets_of(await federation.assemble([Held(record, AT) for record in records]))


def structures(names: st.SearchStrategy[str], keys: st.SearchStrategy[str]) -> st.SearchStrategy[StructureRecord]:
    return st.builds(
        structure,
        names,
        keys,
        category=st.sampled_from(list(CategoryCode)[:2]),
        subcategory=st.sampled_from([None, SubcategoryCode.MATERNITE]),
        address=st.sampled_from([None, Address(insee="21231"), Address(departement="75")]),
        identifiers=st.lists(st.sampled_from(NUMBERS), max_size=1).map(tuple),
        same_as=st.lists(st.sampled_from([*OTHERS, *OWN]), max_size=2).map(tuple),
        priorities=st.lists(st.sampled_from(list(PriorityCode)[:3]), max_size=2).map(
            lambda codes: tuple(RecordPriority(code, PriorityBasis.DECLARED) for code in codes)
        ),
    )


FIRST = st.tuples(*(structures(st.just(name), st.just(key)) for name in NAMES for key in KEYS))
STRUCTURES = structures(st.sampled_from(NAMES), st.sampled_from(KEYS))
PAIRS = st.tuples(st.sampled_from([*OTHERS, *OWN]), st.sampled_from([*OTHERS, *OWN]))
ERASURES = st.tuples(
    st.lists(st.sampled_from([*OTHERS, *OWN]), max_size=1), st.lists(st.sampled_from(NUMBERS), max_size=1)
)
STEPS = st.lists(
    st.tuples(st.just("write"), STRUCTURES)
    | st.tuples(st.just("remove"), st.sampled_from(OWN))
    | st.tuples(st.sampled_from(["link", "part"]), PAIRS)
    | st.tuples(st.sampled_from(["erase", "lift"]), ERASURES),
    max_size=12,
)


async def step(federation: Federation, what: str, of: object) -> None:
    registries = {id_: source.registry for id_, source in federation.sources.items()}
    suppressions = federation.registrations.suppressions
    match what, of:
        case "write", StructureRecord() as record:
            await registries[record.source].add([record])
        case "remove", str() as id_:
            name, _, key = id_.partition("--")
            await registries[name].database.write(lambda c: remove_records(c, name, structures=[key]))
        case "link" | "part", (a, b):
            state = LinkState.LINKED if what == "link" else LinkState.APART
            decision = Decision(
                a=a, b=b, state=state, method=LinkMethod.PERSON, fingerprints=("aaaa", "bbbb"), decided_by="p", decided_at=AT
            )  # fmt: skip
            with suppress(LinkRefused):  # then nothing is changed
                await federation.linker.store.apply([decision])
        case "erase", (ids, numbers):
            await federation.registrations.erase([], HUB, Erasure(ids=tuple(ids), numbers=tuple(numbers)))
        case "lift", (ids, numbers):
            await registries["registry"].database.write(lambda c: suppressions.lift(c, ids, numbers))
            await registries["registry"].add([])  # as the registration that is validated then


@pytest.mark.long
@settings(max_examples=120)
@given(first=FIRST, steps=STEPS)
def test_they_are_those_of_all_entries(first: tuple[StructureRecord, ...], steps: list[tuple[str, object]]) -> None:
    async def check() -> None:
        federation = federation_of([in_memory(name) for name in NAMES])
        for record in first:
            await step(federation, "write", record)
        for what, of in [("none", None), *steps]:
            await step(federation, what, of)
            told = await everywhere.counted(federation, federation.registries)
            assert (told.facets, told.complete) == (await counted_one_by_one(federation), True), (what, of)
        await aclose(federation)

    asyncio.run(check())


async def test_what_is_erased_of_another_registry_is_not_counted_there() -> None:
    federation = federation_of([in_memory(name, records=[structure(name, key) for key in KEYS]) for name in NAMES])
    await step(federation, "erase", (["registry_sandbox--1"], []))

    told = await everywhere.counted(federation, federation.registries)

    assert {c.value: c.count for c in told.facets.sources} == {"registry": 2, "registry_sandbox": 1}
    assert told.facets == await counted_one_by_one(federation)
    await aclose(federation)


@pytest.fixture
async def wide():
    """A registry that is longer than what one answer reads without a place: 20 pages of 10."""
    records = [structure("registry", f"k{n:04}", address=Address(insee="21231")) for n in range(300)]
    federation = federation_of([in_memory("registry", records=records, page_size=10)])
    yield federation
    await aclose(federation)


async def found(federation: Federation, **filter_: object):
    return await search(federation, Question(Filter(**filter_), first=1), Used())


async def test_a_long_registry_is_counted_whole(wide: Federation) -> None:
    for filter_ in ({}, {"sources": ("registry",)}):
        answer = await found(wide, **filter_)
        (coverage,) = answer.coverage
        assert coverage.status is CoverageStatus.PARTIAL

        told = await answer.facets()

        assert told.complete
        assert [(c.value, c.count) for c in told.facets.sources] == [("registry", 300)]
        assert [(c.value, c.count) for c in told.facets.departements] == [("21", 300)]


async def test_a_long_registry_has_its_whole_number_of_structures(wide: Federation) -> None:
    async def total(**filter_: object) -> int | None:
        return (await search(wide, Question(Filter(**filter_), Order.NAME, first=1), Used())).total

    assert await total() == 300
    assert await total(categories=(CategoryCode.CULTURE,)) is None, "it was not read to its end"
    assert await total(place=CommuneCode("21231")) == 300

    await step(wide, "link", ("registry--k0001", "registry--k0002"))
    assert await total() == 299


async def test_what_is_filtered_is_counted_as_far_as_it_was_read(wide: Federation) -> None:
    told = await (await found(wide, categories=(CategoryCode.CULTURE,))).facets()

    assert not told.complete
    assert [c.count for c in told.facets.kinds] == [200]


async def test_what_is_asked_of_a_place_is_of_that_place(wide: Federation) -> None:
    await wide.sources["registry"].registry.add([structure("registry", "away", address=Address(insee="75056"))])

    told = await (await found(wide, place=CommuneCode("21231"))).facets()

    assert [c.value for c in told.facets.departements] == ["21"]


async def test_they_are_told_again_until_something_changes(wide: Federation) -> None:
    first = await (await found(wide)).facets()
    assert await (await found(wide)).facets() is first

    await wide.sources["registry"].registry.add([structure("registry", "new", kind=StructureKind.SALARIED)])
    again = await (await found(wide)).facets()
    assert {c.value: c.count for c in again.facets.kinds} == {StructureKind.ITINERANT: 300, StructureKind.SALARIED: 1}

    await step(wide, "link", ("registry--k0001", "registry--k0002"))
    joined = await (await found(wide)).facets()
    assert [c.count for c in joined.facets.sources] == [300]


async def test_counts_that_cannot_be_read_leave_what_was_read(wide: Federation) -> None:
    registry = wide.sources["registry"].registry
    with registry.database.writing() as connection:
        connection.execute("INSERT INTO facet VALUES ('kind', 'OTHER', '', 1)")

    answer = await search(wide, Question(Filter(), Order.NAME, first=1), Used())
    told = await answer.facets()

    assert not told.complete
    assert [c.count for c in told.facets.sources] == [200]
    assert answer.total is None


async def test_many_entries_are_gone_through_once_however_many_ask() -> None:
    records = [structure("registry", f"m{n:05}") for n in range(MANY)]
    federation = federation_of([in_memory("registry", records=records)])
    await found(federation)

    answers = await asyncio.gather(*(found(federation, kinds=(StructureKind.ITINERANT,)) for _ in range(8)))

    assert {len(answer.entries) for answer in answers} == {MANY}
    assert len({id(answer.entries) for answer in answers}) == 1
    await aclose(federation)


async def test_many_entries_are_not_gone_through_on_the_event_loop() -> None:
    assert await worked_out(MANY, threading.get_ident) != threading.get_ident()
    assert await worked_out(MANY - 1, threading.get_ident) == threading.get_ident()


QUERY = """query ($f: StructureFilter) { structures(first: 1, filter: $f) {
  facets { complete sources { source { id } count } kinds { kind count } } } }"""


async def test_they_say_that_directories_which_need_a_place_are_missing(tmp_path: Path) -> None:
    toml = '[sources.monenfant]\nway = "agreement"\n'
    async with in_process(tmp_path, toml) as client:
        told = (await client.ask(QUERY))["structures"]["facets"]
        expected = {}
        for id_ in NAMES:
            page = await client.hub.federation.sources[id_].connector.search(
                Query(kind=Kind.STRUCTURE, where=Everywhere())
            )
            expected[id_] = page.total

    assert not told["complete"]
    assert {c["source"]["id"]: c["count"] for c in told["sources"]} == expected


async def test_a_hub_of_the_registry_alone_tells_all(tmp_path: Path) -> None:
    toml = "[sources.monenfant]\nenabled = false\n[sources.annuaire_sante]\nenabled = false\n"
    async with in_process(tmp_path, toml) as client:
        told = (await client.ask(QUERY, f={"sources": ["registry"]}))["structures"]["facets"]

    assert told["complete"]
    assert [(c["source"]["id"], c["count"]) for c in told["sources"]] == [("registry", 18)]
