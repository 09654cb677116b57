"""What the registry counts is what its records say, whatever was written, removed or erased, and by whichever version."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_records import action, declared, structure

from connectors.contract import Everywhere, Kind, Query
from connectors.errors import BadData
from connectors.gazetteer import gazetteer
from connectors.held import Held
from connectors.nomenclature import (
    CategoryCode,
    IdentifierScheme,
    PriorityCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)
from connectors.records import Address, Identifier, Territory
from connectors.registrations import Suppressions
from connectors.registry import MIGRATIONS, in_memory, open_registry
from connectors.registry.counting import census
from connectors.registry.referentials import write_referentials
from connectors.registry.removing import remove_records
from connectors.registry.seeding import embedded_referentials
from connectors.sqlite.connections import connect, transaction
from connectors.sqlite.migrations import migrate
from resolvers.federation.entries import Assembler, Precedence
from resolvers.federation.facets import Tally, facets_of

AT = datetime(2026, 5, 4, tzinfo=UTC)
REFERENTIALS = embedded_referentials()
KEYS = [f"s{n}" for n in range(5)]
CODES = list(PriorityCode)[:4]
IDS = ["registry--s0", "registry--s4", "monenfant--1", "monenfant--2"]
NUMBERS = [
    Identifier(IdentifierScheme.SIRET, "11111111111111"),
    Identifier(IdentifierScheme.SIRET, "22222222222222"),
    Identifier(IdentifierScheme.RPPS, "10000000001"),
]
ADDRESSES = st.builds(
    Address,
    insee=st.sampled_from([None, "21231", "2A004", "97411", "21999", "97599", "99999"]),
    departement=st.sampled_from([None, "", "21", "75"]),
)
TERRITORIES = st.sampled_from([
    None,
    Territory(TerritoryKind.COMMUNE, "Dijon", "21231"),
    Territory(TerritoryKind.DEPARTEMENT, "Ain", "01"),
    Territory(TerritoryKind.DEPARTEMENT, "quelque part"),
    Territory(TerritoryKind.REGION, "Bretagne", "53"),
])  # fmt: skip
STRUCTURES = st.builds(
    structure,
    st.sampled_from(KEYS),
    category=st.sampled_from(list(CategoryCode)[:3]),
    kind=st.sampled_from(StructureKind),
    subcategory=st.sampled_from([None, SubcategoryCode.MATERNITE, SubcategoryCode.CRECHE, SubcategoryCode.MUSEE]),
    address=st.none() | ADDRESSES,
    territory=TERRITORIES,
    identifiers=st.lists(st.sampled_from(NUMBERS), max_size=2).map(tuple),
    same_as=st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
    priorities=st.lists(st.sampled_from(CODES), max_size=3).map(lambda codes: declared(*codes)),
)
ACTIONS = st.builds(
    action,
    st.sampled_from(["a0", "a1", "a2"]),
    carrier=st.none() | st.sampled_from(KEYS),
    places=st.lists(st.sampled_from(KEYS), max_size=2).map(tuple),
    partners=st.lists(st.sampled_from(KEYS), max_size=1).map(tuple),
    priorities=st.lists(st.sampled_from(CODES), max_size=3).map(tuple),
)
ERASURES = st.tuples(st.lists(st.sampled_from(IDS), max_size=2), st.lists(st.sampled_from(NUMBERS), max_size=2))
STEPS = st.lists(
    st.tuples(st.just("add"), st.lists(STRUCTURES | ACTIONS, max_size=4))
    | st.tuples(st.just("remove"), st.lists(st.sampled_from([*KEYS, "a0", "a1", "a2"]), max_size=2))
    | st.tuples(st.sampled_from(["erase", "lift"]), ERASURES),
    max_size=8,
)


async def everything(registry):
    return (await registry.search(Query(where=Everywhere()))).records


def counted(registry):
    """What the registry counted, as facets, and the keys of what it holds hidden."""
    with registry.database.reading() as connection:
        told, hidden = census(connection, "registry", [])
    tally = Tally()
    tally.add("registry", told, REFERENTIALS)
    return tally.facets(), {record.key for record in hidden}


def facets(registry, records):
    """The facets of records, each an entry of its own."""
    assembler = Assembler(Precedence({"registry": registry.info}, REFERENTIALS), gazetteer())
    return facets_of(assembler.entry([Held(record, AT)]) for record in records)


def step(registry, suppressions, what, of):
    with registry.database.writing() as connection:
        match what:
            case "remove":
                remove_records(connection, "registry", structures=of, actions=of)
            case "erase":
                suppressions.add(connection, *of, AT)
            case "lift":
                suppressions.lift(connection, *of)


@settings(max_examples=150)
@given(steps=STEPS)
def test_the_counts_follow_every_write(steps):
    async def check():
        registry = in_memory("registry", records=[structure(key) for key in KEYS])
        suppressions = Suppressions(registry.database, "registry", lambda: registry.database.version())
        for what, of in steps:
            if what == "add":  # what an action refers to comes with it, if it was removed
                held = await registry.get(Kind.STRUCTURE, KEYS)
                await registry.add([*(structure(key) for key in KEYS if key not in held), *of])
            else:
                step(registry, suppressions, what, of)
            records = await everything(registry)
            shown = suppressions.shown(records, lambda record: record)
            hidden = set() if shown is None else {r.key for r in records} - {r.key for r in shown}
            assert counted(registry) == (facets(registry, records), hidden)
        await registry.aclose()

    asyncio.run(check())


async def test_the_keys_that_are_asked_for_come_with_what_is_hidden():
    registry = in_memory("registry", records=[structure(key) for key in KEYS])
    step(registry, Suppressions(registry.database, "registry", registry.version), "erase", (["registry--s4"], []))

    told, records = await registry.census(["s1", "s4", "nobody"])

    assert told.structures == 5
    assert sorted(record.key for record in records) == ["s1", "s4"]


async def test_counts_of_what_is_not_known_are_refused_rather_than_told(registry):
    with registry.database.writing() as connection:
        connection.execute("UPDATE structure SET record = json_set(record, '$.category', 'OTHER') WHERE key = 'cove'")

    with pytest.raises(BadData, match="counts cannot be read"):
        await registry.census([])


@pytest.fixture
def older(path):
    """A database of the version before there were counts, with some erased."""
    path.parent.mkdir(parents=True)
    with closing(connect(path)) as connection:
        migrate(connection, "registry", MIGRATIONS[:3])
        with transaction(connection, "IMMEDIATE"):
            write_referentials(connection, embedded_referentials())
            for key, insee in (("a", "21231"), ("b", "21999"), ("c", "2A004")):
                record = f'{{"key": "{key}", "name": "n", "kind": "ITINERANT", "category": "CULTURE", '
                record += '"subcategory": "CRECHE", "priorities": [{"code": "FORMER", "basis": "DECLARED"}], '
                record += f'"same_as": ["monenfant--{key}"], "address": {{"insee": "{insee}"}}}}'
                values = (key, insee, insee[:2], record)
                connection.execute(
                    "INSERT INTO structure (key, commune, departement, record) VALUES (?, ?, ?, ?)", values
                )
            connection.execute("INSERT INTO same_as (id, structure) SELECT 'monenfant--' || key, id FROM structure")
            connection.execute("INSERT INTO structure (key, record) VALUES ('bad', '{\"key\": \"bad\"}')")
    return path


async def test_an_older_database_is_counted_when_it_is_opened(older):
    registry = open_registry(older)

    records = await everything(registry)
    told, hidden = counted(registry)

    assert len(records) == 3
    expected = facets(registry, records)
    assert (told.departements, told.priorities, told.kinds) == (
        expected.departements, expected.priorities, expected.kinds
    )  # fmt: skip
    assert {count.value for count in told.departements} == {"21", "2A"}  # 21999 is no commune
    assert hidden == set()
    assert (await registry.quoted_after(0, 10)).ids == ("monenfant--a", "monenfant--b", "monenfant--c")
    await registry.aclose()


async def test_what_another_gazetteer_counted_is_counted_anew(older):
    registry = open_registry(older)
    right = counted(registry)
    step(registry, Suppressions(registry.database, "registry", registry.version), "erase", (["monenfant--a"], []))
    with registry.database.writing() as connection:
        connection.execute("UPDATE counted_by SET gazetteer = 'another'")
        connection.execute("UPDATE structure SET shown_in = '75' WHERE key = 'c'")
        connection.execute("DELETE FROM hidden")
    await registry.aclose()

    again = open_registry(older)

    assert counted(again) == (right[0], {"a"})
    await again.aclose()


async def test_an_opened_database_is_not_counted_again(older):
    await open_registry(older).aclose()
    with closing(connect(older)) as connection:
        connection.execute("UPDATE facet SET entries = entries + 1000 WHERE dimension = 'kind'")
    registry = open_registry(older)

    assert counted(registry)[0].kinds[0].count > 1000
    await registry.aclose()


async def test_ids_that_are_quoted_are_followed_as_they_come(registry):
    before = await registry.quoted_after(0, 1_000)
    assert (await registry.quoted_after(before.last, 10)).ids == ()

    await registry.add(
        [structure("s", same_as=("monenfant--1", "monenfant--2")), structure("t", same_as=("monenfant--1",))]
    )
    news = await registry.quoted_after(before.last, 2)
    rest = await registry.quoted_after(news.last, 10)
    assert sorted((*news.ids, *rest.ids)) == ["monenfant--1", "monenfant--1", "monenfant--2"]
    assert set(await registry.quoting(["monenfant--1", "monenfant--9"])) == {
        ("monenfant--1", "s"),
        ("monenfant--1", "t"),
    }

    await registry.add([structure("t", same_as=("monenfant--1",))])  # written again is quoted again
    assert (await registry.quoted_after(rest.last, 10)).ids == ("monenfant--1",)
