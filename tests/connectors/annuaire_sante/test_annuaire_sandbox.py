"""Against the embedded sandbox: a server of the same wire format, over a world known beforehand."""

from collections import defaultdict
from operator import attrgetter
from pathlib import Path

import pytest

from connectors.annuaire_sante import AnnuaireSante, Settings, build, plugin
from connectors.conformance import CHECKS, Check, Factory, Facts
from connectors.contract import Context, InCommunes, InDepartement, Kind, PractisingAt, Query, WithIdentifiers
from connectors.errors import Unavailable
from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import IdentifierScheme, SubcategoryCode
from connectors.records import Identifier, StructureRecord
from connectors.sandbox import Body, Establishment, Fault, Place, Professional, Sandbox, world
from connectors.telephone import e164

PLACES = {p.key: p for p in world().places if p.source == "annuaire_sante"}
LISTED = {key: place for key, place in PLACES.items() if place.listed}


def connector(sandbox: Sandbox, page_size: int = 200) -> AnnuaireSante:
    context = Context(source="annuaire_sante", data=Path("unused"), sandbox=sandbox.annuaire_sante.app)
    return build(Settings(page_size=page_size), context)


async def everything(directory: AnnuaireSante, query: Query) -> dict[str, StructureRecord]:
    """All records of an answer; none is given twice."""
    found: dict[str, StructureRecord] = {}
    while True:
        page = await directory.search(query)
        assert page.unreadable == 0
        for record in page.records:
            assert isinstance(record, StructureRecord)
            assert record.key not in found
            found[record.key] = record
        if page.after is None:
            return found
        query = Query(where=query.where, subcategories=query.subcategories, after=page.after)


def by_commune() -> dict[Commune, set[str]]:
    found = defaultdict(set)
    for key, place in LISTED.items():
        found[place.commune].add(key)
    return found


def crowded(count: int) -> list[Commune]:
    communes = by_commune()
    return sorted(communes, key=lambda commune: (-len(communes[commune]), commune.insee))[:count]


async def test_every_commune_gives_what_is_listed_there() -> None:
    directory = connector(Sandbox())
    expected = by_commune()
    communes = list(expected)
    for start in range(0, len(communes), 20):
        asked = communes[start : start + 20]
        found = await everything(directory, Query(where=InCommunes(tuple(asked))))
        assert set(found) == set().union(*(expected[commune] for commune in asked))
        for record in found.values():
            assert_same(record, PLACES[record.key])
    await directory.aclose()


def assert_same(record: StructureRecord, place: Place) -> None:
    assert record.name == place.name
    assert (record.kind, record.category, record.subcategory) == (place.kind, place.category, place.subcategory)
    assert record.address is not None
    assert (record.address.insee, record.address.departement) == (place.commune.insee, place.commune.departement)
    assert record.address.postal_code == place.postal_code
    assert (record.address.street is None) == (place.street is None)
    assert (record.contact.phone if record.contact else None) == e164(place.phone)
    assert (record.contact.email if record.contact else None) == place.email


@pytest.mark.parametrize("page_size", [7, 200])
async def test_small_and_large_pages_give_the_same(page_size: int) -> None:
    directory = connector(Sandbox(), page_size)
    commune = crowded(1)[0]
    found = await everything(directory, Query(where=InCommunes((commune,))))
    assert set(found) == by_commune()[commune]
    await directory.aclose()


@pytest.mark.parametrize("departement", ["21", "2A", "2B", "971", "974"])
async def test_a_departement_gives_what_is_listed_there(departement: str) -> None:
    directory = connector(Sandbox())
    expected = {key for key, place in LISTED.items() if place.commune.departement == departement}
    found = await everything(directory, Query(where=InDepartement(departement)))
    assert set(found) == expected
    await directory.aclose()


@pytest.mark.parametrize(
    "asked",
    [
        {SubcategoryCode.HOPITAL},
        {SubcategoryCode.SAGE_FEMME},
        {SubcategoryCode.PHARMACIEN},
        {SubcategoryCode.CAMSP, SubcategoryCode.KINE},
    ],
)
async def test_narrowing_loses_nothing(asked: set[SubcategoryCode]) -> None:
    directory = connector(Sandbox())
    communes = tuple(crowded(3))
    expected = {k for k, p in LISTED.items() if p.commune in communes and p.subcategory in asked}
    found = await everything(directory, Query(where=InCommunes(communes), subcategories=frozenset(asked)))
    assert {key for key, record in found.items() if record.subcategory in asked} == expected
    assert len(expected) > 0
    await directory.aclose()


def active(place: Place) -> bool:
    return isinstance(place.details, Establishment | Professional) and place.details.active


def reachable(place: Place) -> bool:
    """Active, and for a professional practising at an active place too."""
    if isinstance(place.details, Professional):
        return active(place) and place.details.organization in PLACES and active(PLACES[place.details.organization])
    return active(place)


async def test_get_gives_every_active_place_and_no_other() -> None:
    directory = connector(Sandbox())
    keys = list(PLACES)[:: max(1, len(PLACES) // 400)]
    for start in range(0, len(keys), 40):
        asked = keys[start : start + 40]
        found = await directory.get(Kind.STRUCTURE, asked)
        assert set(found) == {key for key in asked if reachable(PLACES[key])}
    await directory.aclose()


async def test_who_practises_where() -> None:
    sandbox = Sandbox()
    directory = connector(sandbox)
    expected: dict[str, set[str]] = defaultdict(set)
    for key, place in PLACES.items():
        if isinstance(place.details, Professional) and reachable(place) and place.subcategory:
            expected[place.details.organization].add(key)
    asked = sorted(expected)[:40]
    found = await everything(directory, Query(where=PractisingAt(tuple(asked))))
    assert set(found) == set().union(*(expected[key] for key in asked))
    assert all(record.practises_at[0] in asked for record in found.values())
    await directory.aclose()


async def test_people_by_their_number() -> None:
    directory = connector(Sandbox())
    people: dict[str, set[str]] = defaultdict(set)
    for key, place in PLACES.items():
        if isinstance(place.details, Professional) and reachable(place):
            people[place.details.rpps].add(key)
    busiest = sorted(people, key=lambda rpps: (-len(people[rpps]), rpps))[:40]
    where = WithIdentifiers(tuple(Identifier(IdentifierScheme.RPPS, rpps) for rpps in busiest))
    found = await everything(directory, Query(where=where))
    assert set(found) == set().union(*(people[rpps] for rpps in busiest))
    assert len(people[busiest[0]]) > 1
    await directory.aclose()


async def test_stale_page_links_are_told() -> None:
    sandbox = Sandbox()
    directory = connector(sandbox, page_size=3)
    query = Query(where=InCommunes((crowded(1)[0],)))
    first = await directory.search(query)
    sandbox.annuaire_sante.directory.forget_pages()
    with pytest.raises(Unavailable):
        await directory.search(Query(where=query.where, after=first.after))
    await directory.aclose()


FAULTS = (*(Fault(status=status) for status in (401, 404, 429, 500, 504)), *(Fault(body=body) for body in Body))


def facts() -> Facts:
    communes = tuple(gazetteer().communes[insee] for insee in ("21231", "75111", "97411"))
    keys = sorted(key for key, place in LISTED.items() if place.commune in communes)
    people = [PLACES[key].details for key in keys if key.startswith("rpps-")]
    professionals = [person for person in people if isinstance(person, Professional)]
    return Facts(
        keys=tuple(keys[::20]),
        unknown=("finess-000000000", "rpps-00000000000.finess-000000000", "158480", ""),
        communes=communes,
        identifiers=(
            Identifier(IdentifierScheme.RPPS, professionals[0].rpps),
            Identifier(IdentifierScheme.FINESS, next(k for k in keys if k.startswith("finess-"))[7:]),
        ),
        practised=tuple(person.organization for person in professionals[:3]),
        failing=tuple(out_of_order(fault) for fault in FAULTS),
    )


def out_of_order(fault: Fault) -> Factory:
    """Makes connectors onto a sandbox that answers with this fault."""

    def factory() -> AnnuaireSante:
        sandbox = Sandbox()
        sandbox.annuaire_sante.faults.now = fault
        return connector(sandbox)

    return factory


@pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
async def test_conformance(check: Check) -> None:
    sandbox = Sandbox()
    context = Context(source="annuaire_sante", data=Path("unused"), sandbox=sandbox.annuaire_sante.app)
    await check(lambda: plugin.build(plugin.settings(), context), facts())
