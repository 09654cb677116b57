"""Both ways over the embedded sandbox: what the world holds is what comes out."""

from functools import cache
from typing import Any

import msgspec
import opening_hours as osm
import pytest
from monenfant_wire import context

from connectors.conformance import pages
from connectors.contract import InCommunes, InDepartement, Kind, Query
from connectors.gazetteer import Commune
from connectors.monenfant import Settings, build
from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from connectors.sandbox import Place, Sandbox, Way, world
from connectors.telephone import e164

WAYS = [Way.DATA_INCLUSION, Way.AGREEMENT]


def connect(sandbox: Sandbox, way: Way) -> Any:
    server = sandbox.agreement if way is Way.AGREEMENT else sandbox.data_inclusion
    return build(Settings(way=way.value), context(server.app))


@cache
def places(way: Way) -> dict[str, Place]:
    return {p.key: p for p in world().places if p.source == "monenfant" and way in p.ways}


def expect_same(record: Any, place: Place) -> None:
    """A record says what the world says of its place."""
    assert isinstance(record, StructureRecord)
    assert (record.name, record.kind) == (place.name, place.kind)
    assert (record.category, record.subcategory) == (place.category, place.subcategory)
    assert record.address is not None
    assert (record.address.insee, record.address.postal_code) == (place.commune.insee, place.postal_code)
    home = place.subcategory is SubcategoryCode.ASSISTANT_MATERNEL
    assert record.address.street == (place.street.text if place.street and not home else None)
    assert (record.contact.phone if record.contact else None) == e164(place.phone)
    assert (record.contact.email if record.contact else None) == place.email


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("commune", world().communes, ids=lambda commune: commune.insee)
async def test_a_commune_holds_what_the_world_holds(commune: Commune, way: Way) -> None:
    connector = connect(Sandbox(), way)
    records = await pages(connector, Query(where=InCommunes((commune,))))
    expected = {key: place for key, place in places(way).items() if place.commune.insee == commune.insee}
    assert {record.key for record in records} == set(expected)
    for record in records:
        expect_same(record, expected[record.key])


async def test_a_departement_holds_what_the_world_holds() -> None:
    records = await pages(connect(Sandbox(), Way.DATA_INCLUSION), Query(where=InDepartement("21")))
    expected = {key for key, place in places(Way.DATA_INCLUSION).items() if place.commune.departement == "21"}
    assert {record.key for record in records} == expected


@pytest.mark.parametrize("way", WAYS)
async def test_details_say_what_the_world_says(way: Way) -> None:
    connector = connect(Sandbox(), way)
    for key, place in list(places(way).items())[::7]:
        record = (await connector.get(Kind.STRUCTURE, [key]))[key]
        expect_same(record, place)
        assert record.updated_at.date() == place.updated_at.date()
        details = place.childcare
        if details.hours and place.subcategory is SubcategoryCode.CRECHE:
            assert record.opening_hours.startswith("Mo-Fr ")
            assert osm.validate(record.opening_hours)
        assert (record.description is None) or "<" not in record.description


async def test_both_ways_give_a_creche_the_same_key() -> None:
    assert set(places(Way.DATA_INCLUSION)) < set(places(Way.AGREEMENT))
    key = min(places(Way.DATA_INCLUSION))
    sandbox = Sandbox()
    by_way = [(await connect(sandbox, way).get(Kind.STRUCTURE, [key]))[key] for way in WAYS]
    assert [record.id for record in by_way] == [f"monenfant--{key}"] * 2
    assert by_way[0].url == by_way[1].url
    assert by_way[0].contact == by_way[1].contact
    same = msgspec.structs.replace(by_way[0].address, city=None, complement=None)
    assert same == msgspec.structs.replace(by_way[1].address, city=None, complement=None)


async def test_a_token_that_wears_out_is_renewed_without_notice() -> None:
    sandbox = Sandbox()
    connector = connect(sandbox, Way.AGREEMENT)
    key = min(places(Way.AGREEMENT))
    assert await connector.get(Kind.STRUCTURE, [key])
    sandbox.agreement.directory.tokens.expire()
    assert await connector.get(Kind.STRUCTURE, [key])
    assert sandbox.agreement.faults.count("getAngularToken") == 2
