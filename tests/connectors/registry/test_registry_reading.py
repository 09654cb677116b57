"""Point reads, searches by place, identifier and relation, and what a record keeps of what was written."""

import sqlite3
from contextlib import closing

import pytest
from msgspec import Struct
from msgspec.structs import replace
from registry_records import FULL_ACTION, FULL_STRUCTURE, PLACES, action, structure

from connectors.contract import (
    ActionsOf,
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    PractisingAt,
    Query,
    SameAs,
    SourceKind,
    WithIdentifiers,
)
from connectors.errors import Refused
from connectors.gazetteer import gazetteer
from connectors.nomenclature import IdentifierScheme, PriorityBasis, PriorityCode, TerritoryKind
from connectors.records import Address, Identifier, RecordPriority, Territory
from connectors.registry import in_memory

BY_FULL_ACTION = tuple(RecordPriority(code, PriorityBasis.BY_ACTION, "full-action") for code in FULL_ACTION.priorities)


@pytest.fixture
async def filled(registry):
    await registry.add([FULL_ACTION, FULL_STRUCTURE, *PLACES])
    return registry


async def keys(registry, where, kind=Kind.STRUCTURE):
    page = await registry.search(Query(where=where, kind=kind))
    assert page.after is None
    return [record.key for record in page.records]


def communes(*codes):
    return InCommunes(tuple(gazetteer().communes[code] for code in codes))


def test_info(registry):
    info = registry.info
    assert (info.id, info.name, info.kind) == ("registry", "Registre des 1000 premiers jours", SourceKind.REGISTRY)
    assert (info.ttl, info.batch_size, info.communes_per_call, info.concurrency) == (0, 500, 900, 8)
    assert (info.sandbox, info.licence, info.kinds) == (False, None, frozenset(Kind))
    assert info.max_departements >= len(gazetteer().departements)


async def test_a_structure_is_kept_whole(filled):
    read = (await filled.get(Kind.STRUCTURE, ["full"]))["full"]
    assert FULL_ACTION.laureates
    assert read == replace(
        FULL_STRUCTURE,
        priorities=(*FULL_STRUCTURE.priorities, *BY_FULL_ACTION),
        laureates=FULL_ACTION.laureates,
    )


async def test_an_action_is_kept_whole(filled):
    assert await filled.get(Kind.ACTION, ["full-action"]) == {"full-action": FULL_ACTION}


async def test_a_bare_structure_and_a_bare_action(registry):
    bare = [structure("bare"), action("bare")]
    await registry.add(bare)
    assert await registry.get(Kind.STRUCTURE, ["bare"]) == {"bare": bare[0]}
    assert await registry.get(Kind.ACTION, ["bare"]) == {"bare": bare[1]}


async def test_priorities_by_action_come_to_the_carrier_and_the_places_not_to_the_partners(filled):
    found = await filled.get(Kind.STRUCTURE, ["place-a", "place-b"])
    assert found["place-a"].priorities == BY_FULL_ACTION
    assert found["place-b"].priorities == ()


async def test_a_carrier_that_is_also_the_place_has_each_priority_once(registry):
    await registry.add([structure("s"), action("a", carrier="s", places=("s",), priorities=(PriorityCode.EVEILLER,))])
    found = await registry.get(Kind.STRUCTURE, ["s"])
    assert found["s"].priorities == (RecordPriority(PriorityCode.EVEILLER, PriorityBasis.BY_ACTION, "a"),)


async def test_get_of_many_leaves_out_what_is_not_there(filled):
    wanted = ["full", "nobody", "", "full", "a\0b", "cove\0", "\ud800", "'; DROP TABLE structure", "cove"]
    found = await filled.get(Kind.STRUCTURE, wanted)
    assert found.keys() == {"full", "cove"}
    assert await filled.get(Kind.ACTION, ["full", "cove"]) == {}
    assert await filled.get(Kind.STRUCTURE, []) == {}


async def test_a_whole_batch_in_one_get(registry):
    records = [structure(f"s{n}") for n in range(registry.info.batch_size)]
    await registry.add(records)
    assert await registry.get(Kind.STRUCTURE, [r.key for r in records]) == {r.key: r for r in records}


async def test_structures_in_communes(filled):
    assert await keys(filled, communes("21231")) == ["creche-roosevelt-dijon", "full", "place-a"]
    assert await keys(filled, communes("21231", "71076", "21231")) == [
        "udaf-71",
        "creche-roosevelt-dijon",
        "full",
        "place-a",
        "place-b",
    ]
    assert await keys(filled, communes("01001")) == []
    assert await keys(filled, InCommunes(())) == []


async def test_a_whole_call_of_communes(filled):
    some = tuple(gazetteer().communes.values())[: filled.info.communes_per_call - 1]
    asked = InCommunes((*some, gazetteer().communes["71076"]))
    assert "place-b" in await keys(filled, asked)


async def test_structures_in_a_departement_with_or_without_a_commune(registry):
    await registry.add(
        [
            structure("by-commune", address=Address(insee="29019")),
            structure("by-address", address=Address(departement="29")),
            structure("by-territory", territory=Territory(TerritoryKind.DEPARTEMENT, "Finistère", "29")),
            structure("by-commune-as-territory", territory=Territory(TerritoryKind.COMMUNE, "Brest", "29019")),
            structure("former-commune", address=Address(insee="29999")),
            structure("overseas-former-commune", address=Address(insee="97699")),
            structure("other", address=Address(insee="35238")),
            structure("nowhere", territory=Territory(TerritoryKind.DEPARTEMENT, "Finistère")),
        ]
    )
    assert await keys(registry, InDepartement("29")) == [
        "by-commune",
        "by-address",
        "by-territory",
        "by-commune-as-territory",
        "former-commune",
    ]
    assert await keys(registry, communes("29019")) == ["by-commune", "by-commune-as-territory"]
    assert await keys(registry, InDepartement("976")) == ["overseas-former-commune"]


async def test_actions_by_place(registry):
    await registry.add(
        [
            structure("brest", address=Address(insee="29019")),
            structure("finistere", address=Address(departement="29")),
            action("stated-commune", communes=("29019",)),
            action("territory-commune", territory=Territory(TerritoryKind.COMMUNE, "Brest", "29019")),
            action("carrier-there", carrier="brest"),
            action("place-there", places=("brest",)),
            action("partner-there", partners=("brest",)),
            action("carrier-in-departement", carrier="finistere"),
            action("stated-departement", departements=("29",)),
            action("territory-departement", territory=Territory(TerritoryKind.DEPARTEMENT, "Finistère", "29")),
            action("territory-region", territory=Territory(TerritoryKind.REGION, "Bretagne", "53")),
            action("elsewhere", communes=("35238",), departements=("35",)),
        ]
    )
    in_commune = ["stated-commune", "territory-commune", "carrier-there", "place-there"]
    assert await keys(registry, communes("29019"), Kind.ACTION) == in_commune
    assert await keys(registry, InDepartement("29"), Kind.ACTION) == [
        *in_commune,
        "carrier-in-departement",
        "stated-departement",
        "territory-departement",
        "territory-region",
    ]
    assert await keys(registry, InDepartement("35"), Kind.ACTION) == ["territory-region", "elsewhere"]


async def test_with_identifiers(filled):
    siret, finess = FULL_STRUCTURE.identifiers
    assert await keys(filled, WithIdentifiers((siret, finess))) == ["full"]
    assert await keys(filled, WithIdentifiers((Identifier(IdentifierScheme.RPPS, finess.value), finess))) == ["full"]
    assert await keys(filled, WithIdentifiers((Identifier(IdentifierScheme.FINESS, siret.value),))) == []


async def test_same_as(filled):
    assert await keys(filled, SameAs(("monenfant--7", "annuaire_sante--210987731"))) == ["full"]
    assert await keys(filled, SameAs(("monenfant--8",))) == []


async def test_practising_at(filled):
    assert await keys(filled, PractisingAt(("place-a", "place-b", "nobody"))) == ["full"]
    assert await keys(filled, PractisingAt(("full",))) == []


async def test_actions_of_those_who_carry_or_host_them(filled):
    assert await keys(filled, ActionsOf(("full", "udaf-71", "nobody")), Kind.ACTION) == [
        "cercle-des-parents-71",
        "full-action",
    ]
    assert await keys(filled, ActionsOf(("place-a",)), Kind.ACTION) == ["full-action"]
    assert await keys(filled, ActionsOf(("nobody",)), Kind.ACTION) == []


async def test_relations_that_a_kind_does_not_have(filled):
    assert await keys(filled, ActionsOf(("full",)), Kind.STRUCTURE) == []
    for where in (SameAs(("monenfant--7",)), WithIdentifiers(FULL_STRUCTURE.identifiers), PractisingAt(("place-a",))):
        assert await keys(filled, where, Kind.ACTION) == []


async def test_what_the_registry_is_not_asked_by_is_refused(registry):
    class Near(Struct, frozen=True):
        """No such question."""

    with pytest.raises(Refused, match="Near"):
        await registry.search(Query(where=Near()))


@pytest.mark.parametrize("after", ["", "-1", "x", "٣", "9" * 19, "1 OR 1"])
async def test_a_mark_that_is_not_ours_is_refused(registry, after):
    with pytest.raises(Refused):
        await registry.search(Query(where=Everywhere(), after=after))


async def test_an_entry_that_cannot_be_read_costs_itself_only(filled, path, caplog):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            """UPDATE structure SET record = json_set(record, '$.contact', 'no object') WHERE key = 'full'"""
        )
        connection.execute(
            """UPDATE action SET record = json_set(record, '$.audiences', 1) WHERE key = 'full-action'"""
        )
    page = await filled.search(Query(where=communes("21231")))
    assert ([r.key for r in page.records], page.unreadable) == (["creche-roosevelt-dijon", "place-a"], 1)
    page = await filled.search(Query(where=Everywhere(), kind=Kind.ACTION))
    assert (len(page.records), page.unreadable) == (12, 1)
    assert await filled.get(Kind.STRUCTURE, ["full", "place-a"]) == await filled.get(Kind.STRUCTURE, ["place-a"])
    assert "'full' cannot be read" in caplog.text


async def test_in_memory_answers_alike():
    registry = in_memory("registry", records=[FULL_STRUCTURE, *PLACES, FULL_ACTION])
    await registry.ping()
    assert await keys(registry, communes("21231")) == ["full", "place-a"]
    assert await registry.get(Kind.ACTION, ["full-action"]) == {"full-action": FULL_ACTION}
    await registry.aclose()
