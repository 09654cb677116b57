"""The real connectors over the sandbox's servers, against the world by brute force: what is listed is what is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors import annuaire_sante, monenfant
from connectors.contract import (
    ActionsOf,
    Connector,
    Context,
    InCommunes,
    Kind,
    PractisingAt,
    Query,
    SameAs,
    WithIdentifiers,
)
from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import IdentifierScheme, PriorityBasis
from connectors.records import Identifier, StructureRecord
from connectors.registry import in_memory
from connectors.sandbox import Establishment, Place, Professional, Sandbox, Way, actions, registrations, world

CASES = [
    (Way.ANNUAIRE_SANTE, annuaire_sante, annuaire_sante.Settings()),
    (Way.DATA_INCLUSION, monenfant, monenfant.Settings(way="data_inclusion")),
    (Way.AGREEMENT, monenfant, monenfant.Settings(way="agreement")),
]


@asynccontextmanager
async def connected(way: Way, module, settings) -> AsyncIterator[Connector]:
    app = getattr(Sandbox(), way.value).app
    source = "annuaire_sante" if way is Way.ANNUAIRE_SANTE else "monenfant"
    connector = module.plugin.build(settings, Context(source=source, data=Path("unused"), sandbox=app))
    try:
        yield connector
    finally:
        await connector.aclose()


async def everything(connector: Connector, where) -> list[StructureRecord]:
    records, after = [], None
    while True:
        page = await connector.search(Query(where=where, after=after))
        assert page.unreadable == 0
        records += page.records
        after = page.after
        if after is None:
            return records


def listed(way: Way, commune: Commune) -> dict[str, Place]:
    return {p.key: p for p in world().places if p.listed and way in p.ways and p.commune.insee == commune.insee}


@pytest.mark.parametrize(("way", "module", "settings"), CASES, ids=[way.value for way, *_ in CASES])
async def test_a_search_by_commune_gives_what_the_world_lists(way, module, settings):
    async with connected(way, module, settings) as connector:
        for commune in world().communes:
            records = {r.key: r for r in await everything(connector, InCommunes((commune,)))}
            expected = listed(way, commune)
            assert records.keys() == expected.keys(), commune.name
            for key, record in records.items():
                place = expected[key]
                assert record.name == place.name
                assert (record.kind, record.category, record.subcategory) == (
                    place.kind,
                    place.category,
                    place.subcategory,
                )
                assert record.address.insee == commune.insee
                if way is Way.DATA_INCLUSION and place.latitude is not None:
                    assert (record.position.latitude, record.position.longitude) == (place.latitude, place.longitude)


async def test_several_communes_in_one_search_of_the_annuaire():
    communes = tuple(gazetteer().communes[insee] for insee in ("21231", "75111", "69383", "97411"))
    async with connected(*CASES[0]) as connector:
        keys = {r.key for r in await everything(connector, InCommunes(communes))}
    assert keys == {key for commune in communes for key in listed(Way.ANNUAIRE_SANTE, commune)}


async def test_professionals_of_a_place_are_those_of_the_world():
    people = [p for p in world().places if isinstance(p.details, Professional)]
    keys = tuple(dict.fromkeys(p.professional.organization for p in people if p.professional.mode == "S"))[:20]
    async with connected(*CASES[0]) as connector:
        records = {r.key: r for r in await everything(connector, PractisingAt(keys))}
    expected = {
        p.key: p
        for p in people
        if p.professional.organization in keys and p.professional.active and p.subcategory is not None
    }
    assert records.keys() == expected.keys()
    assert {key: r.kind for key, r in records.items()} == {key: p.kind for key, p in expected.items()}


async def test_identifiers_find_their_place():
    places = [p for p in world().places if isinstance(p.details, Establishment) and p.listed]
    by_finess = [p for p in places if p.establishment.finess][:30]
    identifiers = tuple(Identifier(IdentifierScheme.FINESS, p.establishment.finess) for p in by_finess)
    async with connected(*CASES[0]) as connector:
        keys = {r.key for r in await everything(connector, WithIdentifiers(identifiers))}
    assert keys == {p.key for p in by_finess}


@pytest.mark.parametrize(("way", "module", "settings"), CASES, ids=[way.value for way, *_ in CASES])
async def test_keys_can_be_got_back(way, module, settings):
    places = [p for p in world().places if p.listed and way in p.ways]
    async with connected(way, module, settings) as connector:
        size = connector.info.batch_size
        wanted = [p.key for p in places[:: len(places) // 40]]
        found = {}
        for start in range(0, len(wanted), size):
            found |= await connector.get(Kind.STRUCTURE, wanted[start : start + size])
        assert found.keys() == set(wanted)
        assert all(record.name == world().by_id[record.id].name for record in found.values())


async def test_registrations_and_actions_are_what_a_registry_takes_and_gives_back():
    store = in_memory(records=[*registrations(), *actions()])
    try:
        linked = [r for r in registrations() if r.same_as]
        ids = tuple(r.same_as[0] for r in linked)[: store.info.batch_size]
        found = {r.key: r for r in await everything(store, SameAs(ids))}
        assert found.keys() == {r.key for r in linked[: len(ids)]}
        for key, record in found.items():
            given = next(r for r in linked if r.key == key)
            declared = {p for p in record.priorities if p.basis is PriorityBasis.DECLARED}
            assert (record.name, record.address, set(given.priorities)) == (given.name, given.address, declared)
        carrier = actions()[0].carrier
        page = await store.search(Query(where=ActionsOf((carrier,)), kind=Kind.ACTION))
        assert {a.key for a in page.records} == {a.key for a in actions() if a.carrier == carrier}
    finally:
        await store.aclose()
