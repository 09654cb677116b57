"""Two directories, two values: told, unless they differ in spelling only."""

from datetime import UTC, datetime

import pytest
from hubs import Client

from connectors.held import Held
from connectors.nomenclature import CategoryCode, PositionPrecision, StructureKind
from connectors.records import Address, Contact, Position, StructureRecord
from connectors.sandbox import registrations, world
from resolvers.federation.conflicts import conflicts_of
from resolvers.federation.entries import Entry
from resolvers.federation.places import Site

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = {
    "name": "Crèche L’Éveil",
    "address": Address(street="12 rue de l'Église", postal_code="21000", city="Dijon"),
    "contact": Contact(phone="+33380000000"),
    "position": Position(47.32, 5.04),
    "opening_hours": "Mo-Fr 08:00-18:30",
}


def entry(*several: dict) -> Entry:
    helds = tuple(
        Held(
            StructureRecord(
                **{
                    "source": f"s{i}", "key": "k", "kind": StructureKind.ESTABLISHMENT,
                    "category": CategoryCode.MODE_ACCUEIL, **ONE, **values,
                }
            ),
            NOW,
        )
        for i, values in enumerate(several)
    )  # fmt: skip
    return Entry("", helds, Site(None, None, None, None), ())


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        ({}, []),
        (
            {
                "name": "CRECHE L'EVEIL",
                "address": Address(street="12 RUE DE L EGLISE", postal_code="21000", city="DIJON CEDEX"),
            },
            [],
        ),
        ({"name": "Crèche Les Lutins"}, ["name"]),
        ({"contact": None, "opening_hours": None, "address": None, "position": None}, []),
        ({"contact": Contact(phone="+33380000001")}, ["contact.phone"]),
        ({"contact": Contact(email="a@example.org")}, []),
        (
            {"address": Address(street="14 rue de l'Église", postal_code="21100")},
            ["address.street", "address.postalCode"],
        ),
        ({"opening_hours": "Mo-Fr 08:00-19:00", "category": CategoryCode.LAEP}, ["category", "openingHours"]),
        ({"position": Position(47.321, 5.04)}, []),
        ({"position": Position(47.33, 5.04)}, ["position"]),
        ({"position": Position(47.5, 5.04, PositionPrecision.COMMUNE)}, []),
    ],
)
def test_two_records(other: dict, fields: list[str]) -> None:
    assert [c.field for c in conflicts_of(entry({}, other))] == fields


def test_one_record_and_three() -> None:
    assert conflicts_of(entry({})) == []
    (conflict,) = conflicts_of(entry({}, {}, {"name": "Other"}))
    assert [(held.record.source, value) for held, value in conflict.values] == [
        ("s0", "Crèche L’Éveil"), ("s1", "Crèche L’Éveil"), ("s2", "Other"),
    ]  # fmt: skip


async def test_through_the_api(client: Client) -> None:
    places = world().by_id
    record = next(r for r in registrations() if r.same_as and places[r.same_as[0]].name.lower() != r.name.lower())

    data = await client.ask(
        "query ($id: ID!) { structure(id: $id) { name conflicts { field values { source { id } key value } } } }",
        id=record.id,
    )

    conflicts = {c["field"]: c["values"] for c in data["structure"]["conflicts"]}
    for values in conflicts.values():
        assert values[0]["source"]["id"] == "registry_sandbox"
        assert len({v["value"] for v in values}) > 1
    assert conflicts or data["structure"]["name"]
