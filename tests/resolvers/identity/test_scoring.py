"""Deciding: the pairs of the founding texts, the sandbox's twins and lookalikes, and Fodors–Zagats."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.linking_sets import fodors_zagats

from connectors import annuaire_sante, monenfant
from connectors.contract import Context, Everywhere, InCommunes, Query
from connectors.nomenclature import CategoryCode, StructureKind
from connectors.records import Address, StructureRecord
from connectors.registry import Registry, open_registry
from connectors.sandbox import Sandbox, world
from resolvers.identity.candidates import candidates
from resolvers.identity.cell import Cell, Match
from resolvers.identity.comparison import compare
from resolvers.identity.description import Description, of_record
from resolvers.identity.scorer import AUTOMATIC, SUGGEST, probability, score

PAU, CARPENTRAS, DIJON, TALANT = "64445", "84031", "21231", "21617"


def record(name: str, insee: str | None, category: CategoryCode) -> StructureRecord:
    return StructureRecord(
        source="partner", key="1", name=name, kind=StructureKind.ESTABLISHMENT, category=category,
        address=Address(insee=insee) if insee else None,
    )  # fmt: skip


def likelihood(one: StructureRecord, other: StructureRecord) -> float:
    return probability(compare(of_record(one), of_record(other)))


async def seeds(registry: Registry) -> dict[str, StructureRecord]:
    page = await registry.search(Query(where=Everywhere()))
    assert page.after is None
    return {r.key: r for r in page.records}


@pytest.fixture
async def registry(tmp_path):
    registry = open_registry(tmp_path / "registry.sqlite")
    yield registry
    await registry.aclose()


@pytest.mark.parametrize(
    ("one", "other", "insee", "category"),
    [
        ("Maison de la Parentalité", "Maison des Familles", CARPENTRAS, CategoryCode.MAISON_DES_PARENTS),
        ("Mary Pau Pin’s", "Mary Pau Pins", PAU, CategoryCode.CENTRE_SOCIAL),
    ],
)
def test_the_same_place_written_differently_is_found(one, other, insee, category):
    found = likelihood(record(one, insee, category), record(other, insee, category))
    assert SUGGEST < 0.8 < found < AUTOMATIC  # a name is no ground to link without a person


async def test_the_hospital_of_the_seeds_is_found_by_its_short_name(registry):
    hospital = (await seeds(registry))["chi-amboise-chateau-renault"]
    assert likelihood(hospital, record("CHI Amboise", None, CategoryCode.SANTE)) > 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("udaf-71", "udaf-21"),
        ("chi-amboise-chateau-renault", "centre-de-perinatalite-amboise"),
        ("creche-roosevelt-dijon", "pouponniere-ahuy"),
    ],
)
async def test_distinct_structures_of_the_seeds_are_kept_apart(registry, one, other):
    known = await seeds(registry)
    assert likelihood(known[one], known[other]) < SUGGEST


def test_two_circles_of_parents_are_two():
    ours, theirs = (
        record(name, insee, CategoryCode.GROUPES_DE_PARENTS)
        for name, insee in (("Cercle des parents", "71076"), ("Cercles des parents", DIJON))
    )
    assert likelihood(ours, theirs) < SUGGEST


def test_two_sites_behind_one_switchboard_are_not_linked_without_a_person():
    sites = [
        Description(
            name=f"Hôpital Saint-Roch site {side}", phone="+33353012727", insee=DIJON, category="SANTE", person=False
        )
        for side in ("Nord", "Sud")
    ]
    assert probability(compare(*sites)) < AUTOMATIC


async def listed(module, settings, source: str, app, commune) -> list[StructureRecord]:
    connector = module.plugin.build(settings, Context(source=source, data=Path("unused"), sandbox=app))
    found, after = [], None
    try:
        while True:
            page = await connector.search(Query(where=InCommunes((commune,)), after=after))
            found += page.records
            if (after := page.after) is None:
                return found
    finally:
        await connector.aclose()


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.mark.parametrize("way", ["agreement", "data_inclusion"])
async def test_the_twins_of_the_sandbox_are_found_and_nobody_else_is_linked(sandbox, way):
    linked: set[tuple[str, str]] = set()
    for commune in world().communes:
        ours = await listed(
            annuaire_sante, annuaire_sante.Settings(), "annuaire_sante", sandbox.annuaire_sante.app, commune
        )
        theirs = await listed(monenfant, monenfant.Settings(way=way), "monenfant", getattr(sandbox, way).app, commune)
        cell = Cell([of_record(r) for r in ours], [of_record(r) for r in theirs])
        linked |= {(ours[m.pair[0]].id, theirs[m.pair[1]].id) for m in cell.matches(AUTOMATIC)}
        assert alone(ours, theirs, cell) == {(ours[i].id, theirs[j].id) for i, j in cell.pairs} & set(world().twins)
    assert linked == set(world().twins)


def alone(ours: list[StructureRecord], theirs: list[StructureRecord], cell: Cell) -> set[tuple[str, str]]:
    """What two records linked automatically would be, without what the cell knows of their rivals."""
    return {(ours[i].id, theirs[j].id) for i, j in cell.pairs if likelihood(ours[i], theirs[j]) >= AUTOMATIC}


def test_the_lookalikes_of_the_sandbox_are_never_linked_automatically():
    places = world().by_id
    for pair in world().lookalikes:
        one, other = (
            Description(
                name=p.name, phone=p.phone, street=p.street.text if p.street else None, postal_code=p.postal_code,
                insee=p.commune.insee, latitude=p.latitude, longitude=p.longitude, category=p.category, person=False,
            )
            for p in (places[i] for i in pair)
        )  # fmt: skip
        assert probability(compare(one, other)) < AUTOMATIC, pair


def one_to_one(matches: Iterator[Match]) -> set[tuple[int, int]]:
    made: dict[int, int] = {}
    for match in sorted(matches, key=lambda m: (-m.score.probability, m.pair)):
        i, j = match.pair
        if i not in made and j not in made.values():
            made[i] = j
    return set(made.items())


def test_fodors_zagats_end_to_end():
    ours, theirs, gold = fodors_zagats()
    assert (len(ours), len(theirs), len(gold)) == (533, 331, 112)
    assert gold <= set(candidates(ours, theirs))
    made = one_to_one(Cell(ours, theirs).matches())
    assert 2 * len(made & gold) / (len(made) + len(gold)) >= 0.98
    assert {m.pair for m in Cell(theirs, ours).matches()} == {
        (j, i) for i, j in (m.pair for m in Cell(ours, theirs).matches())
    }


def test_a_score_says_what_decided():
    one = Description(name="Crèche Les Lilas", phone="+33199001234", street="12 rue du Lac", insee=DIJON)
    other = Description(name="LES LILAS", phone="+33199001234", street="12 R DU LAC", insee=DIJON)
    found = score(compare(one, other))
    assert found.probability > AUTOMATIC
    assert {"phone", "name", "address"} == {part.name for part in found.parts[:3]}
    assert all(part.contribution > 0 for part in found.parts[:3])
    assert next(part.value for part in found.parts if part.name == "distance") is None
