"""Look-ups by identifier and by key, and who practises where."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from annuaire_server import G15, AnnuaireServer, bundle, identifier, organization, practitioner, role

from connectors.annuaire_sante import AnnuaireSante
from connectors.contract import Everywhere, Kind, PractisingAt, Query, WithIdentifiers
from connectors.errors import Refused
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import Coding, Identifier, StructureRecord

CET = timezone(timedelta(hours=1))
SOURCE = "annuaire_sante"
HOSPITAL, CABINET, PHARMACY = "finess-754567860", "idnst-410005531586003", "finej-580008803"

Examples = tuple[AnnuaireSante, AnnuaireServer]


async def search(connector: AnnuaireSante, where: Any) -> dict[str, StructureRecord]:
    found: dict[str, StructureRecord] = {}
    query = Query(where=where)
    while True:
        page = await connector.search(query)
        for record in page.records:
            assert isinstance(record, StructureRecord)
            assert record.key not in found
            found[record.key] = record
        if page.after is None:
            return found
        query = Query(where=where, after=page.after)


async def test_who_practises_at_the_examples(examples: Examples) -> None:
    connector, server = examples
    found = await search(connector, PractisingAt((HOSPITAL, CABINET, PHARMACY)))
    assert set(found) == {
        f"rpps-10003461033.{HOSPITAL}",
        f"rpps-10003461033.{CABINET}",
        f"rpps-10102727017.{PHARMACY}",
    }
    assert found[f"rpps-10102727017.{PHARMACY}"] == StructureRecord(
        source=SOURCE,
        key=f"rpps-10102727017.{PHARMACY}",
        name="David CHATELIER",
        kind=StructureKind.INDEPENDENT,
        category=CategoryCode.SANTE,
        subcategory=SubcategoryCode.PHARMACIEN,
        identifiers=(Identifier(Scheme.RPPS, "10102727017"),),
        profession=Coding(G15, "21", "Pharmacien"),
        practises_at=(PHARMACY,),
        updated_at=datetime(2019, 9, 2, 1, tzinfo=CET),
    )
    doctor = found[f"rpps-10003461033.{HOSPITAL}"]
    assert doctor.name == "Arthur Saucier"
    assert doctor.kind is StructureKind.SALARIED
    assert doctor.subcategory is SubcategoryCode.MEDECIN
    assert doctor.profession == Coding(G15, "10", "Médecin")
    assert doctor.address is not None
    assert doctor.address.street == "96 R DIDOT"
    assert doctor.contact is not None
    assert doctor.contact.email is None
    assert doctor.updated_at == datetime(2019, 9, 5, 1, tzinfo=CET)
    assert found[f"rpps-10003461033.{CABINET}"].kind is StructureKind.INDEPENDENT
    assert [len(server.asked(r)) for r in ("Organization", "Practitioner", "PractitionerRole")] == [1, 1, 0]


async def test_every_place_where_somebody_practises(examples: Examples) -> None:
    connector, server = examples
    found = await search(connector, WithIdentifiers((Identifier(Scheme.RPPS, "10003461033"),)))
    assert {key: record.kind for key, record in found.items()} == {
        f"rpps-10003461033.{HOSPITAL}": StructureKind.SALARIED,
        f"rpps-10003461033.{CABINET}": StructureKind.INDEPENDENT,
    }
    assert [params["_id"] for params in server.asked("Organization")] == ["158480,548812"]


async def test_establishments_by_their_numbers(examples: Examples) -> None:
    connector, server = examples
    found = await search(connector, WithIdentifiers((Identifier(Scheme.FINESS, "754567860"),)))
    assert set(found) == {HOSPITAL}
    # The number of a legal entity is not that of a site.
    assert await search(connector, WithIdentifiers((Identifier(Scheme.FINESS, "580008803"),))) == {}
    entity = await search(connector, WithIdentifiers((Identifier(Scheme.FINESS_EJ, "580008803"),)))
    assert set(entity) == {PHARMACY}
    assert entity[PHARMACY].identifiers == (
        Identifier(Scheme.FINESS_EJ, "580008803"),
        Identifier(Scheme.IDNST, "1580008803"),
        Identifier(Scheme.RPPS_RANG, "F58000880311022013"),
    )
    assert len(server.calls) == 3
    assert "http://finess.sante.gouv.fr|754567860" in server.calls[0][2]["identifier"].split(",")


async def test_numbers_and_people_in_one_question(examples: Examples) -> None:
    connector, _ = examples
    asked = (Identifier(Scheme.RPPS, "10102727017"), Identifier(Scheme.FINESS, "754567860"))
    assert set(await search(connector, WithIdentifiers(asked))) == {HOSPITAL, f"rpps-10102727017.{PHARMACY}"}


async def test_old_systems_and_numbers_inside_others(serve: Any) -> None:
    old = organization("o", category="223") | {
        "identifier": [identifier("FINEG", "http://finess.sante.gouv.fr", "210000001")]
    }
    inside = organization("i", category="223") | {
        "identifier": [identifier("IDNST", "urn:oid:1.2.250.1.71.4.2.2", "326010004500012")]
    }
    person = practitioner("p", "0") | {
        "identifier": [identifier("IDNPS", "urn:oid:1.2.250.1.71.4.2.1", "810000000001")]
    }
    connector, _ = serve([old, inside, person, role("r", "p", "o")])
    person_key = "rpps-10000000001.finess-210000001"
    got = await connector.get(Kind.STRUCTURE, ["finess-210000001", "siret-26010004500012", person_key])
    assert set(got) == {"finess-210000001", "siret-26010004500012"}
    found = await search(connector, PractisingAt(("finess-210000001",)))
    assert set(found) == {person_key}


async def test_the_examples_by_key(examples: Examples) -> None:
    connector, server = examples
    doctor = f"rpps-10003461033.{HOSPITAL}"
    asked = [HOSPITAL, CABINET, PHARMACY, doctor, f"rpps-10102727017.{HOSPITAL}", "finess-999999999"]
    got = await connector.get(Kind.STRUCTURE, asked)
    assert set(got) == {HOSPITAL, CABINET, PHARMACY, doctor}
    assert all(key == record.key for key, record in got.items())
    assert got[doctor].kind is StructureKind.SALARIED
    cabinet = got[CABINET]
    assert cabinet == StructureRecord(
        source=SOURCE,
        key=CABINET,
        name="CABINET SAINT ANTOINE",
        other_names=("CABINET DE GROUPE",),
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.SANTE,
        subcategory=SubcategoryCode.CABINET,
        identifiers=(Identifier(Scheme.IDNST, "410005531586003"),),
        updated_at=datetime(2019, 9, 1, 1, tzinfo=CET),
    )
    assert [len(server.asked(r)) for r in ("Organization", "Practitioner", "PractitionerRole")] == [1, 1, 0]


async def test_get_of_establishments_only_is_one_call_and_of_nothing_none(examples: Examples) -> None:
    connector, server = examples
    assert set(await connector.get(Kind.STRUCTURE, [HOSPITAL, CABINET, "158480"])) == {HOSPITAL, CABINET}
    assert len(server.calls) == 1
    assert await connector.get(Kind.STRUCTURE, ["", "158480", "rpps-10003461033"]) == {}
    assert await connector.get(Kind.STRUCTURE, []) == {}
    assert await connector.get(Kind.ACTION, [HOSPITAL]) == {}
    assert len(server.calls) == 1


async def test_technical_ids_are_never_given_out(examples: Examples) -> None:
    connector, _ = examples
    got = await connector.get(Kind.STRUCTURE, [HOSPITAL, f"rpps-10003461033.{CABINET}"])
    for technical_id in ("158480", "548812", "334081", "1578230", "1738459"):
        assert technical_id not in repr(got)


async def test_what_is_no_longer_active_is_absent_everywhere(serve: Any) -> None:
    connector, _ = serve(
        [
            organization("o1", "210000001", category="223", active=False),
            organization("o2", "210000002", category="223"),
            practitioner("p1", "10000000001", active=False),
            practitioner("p2", "10000000002"),
            role("r1", "p1", "o2"),
            role("r2", "p2", "o1"),
            role("r3", "p2", "o2", active=False),
        ]
    )
    keys = [
        "finess-210000001",
        "rpps-10000000001.finess-210000002",
        "rpps-10000000002.finess-210000001",
        "rpps-10000000002.finess-210000002",
    ]
    assert await connector.get(Kind.STRUCTURE, keys) == {}
    assert await search(connector, PractisingAt(("finess-210000001", "finess-210000002"))) == {}
    everyone = tuple(Identifier(Scheme.RPPS, f"1000000000{n}") for n in (1, 2))
    assert await search(connector, WithIdentifiers(everyone)) == {}


async def test_inactive_is_absent_even_when_the_server_does_not_filter(serve: Any) -> None:
    connector, server = serve([])
    gone = practitioner("p1", "10000000001", active=False)
    closed = organization("o1", "210000001", active=False)
    open_one = organization("o2", "210000002")
    everything = [gone, closed, open_one, role("r1", "p1", "o2"), role("r2", "p1", "o1")]
    server.fault = lambda _: bundle(everything)
    keys = ["finess-210000001", "finess-210000002", "rpps-10000000001.finess-210000002"]
    assert set(await connector.get(Kind.STRUCTURE, keys)) == {"finess-210000002"}


async def test_liberal_practice_goes_first_where_somebody_has_both(serve: Any) -> None:
    connector, _ = serve(
        [
            organization("o", "210000001"),
            practitioner("p", "10000000001"),
            role("r1", "p", "o", "S"),
            role("r2", "p", "o", "L"),
            role("r3", "p", "o", "B"),
        ]
    )
    [record] = (await search(connector, PractisingAt(("finess-210000001",)))).values()
    assert record.kind is StructureKind.INDEPENDENT


async def test_practising_at_many_places_is_one_search(serve: Any) -> None:
    resources: list[dict[str, Any]] = []
    for n in range(40):
        resources += [
            organization(f"o{n}", f"2100000{n:02}"),
            practitioner(f"p{n}", f"100000000{n:02}", "50" if n % 2 else "40"),
            role(f"r{n}", f"p{n}", f"o{n}", "S"),
        ]
    connector, server = serve(resources)
    keys = tuple(f"finess-2100000{n:02}" for n in range(40))
    found = await search(connector, PractisingAt((*keys, "rpps-10000000001.finess-210000001", "nothing")))
    # Only the professions of the perimeter.
    assert {r.practises_at[0] for r in found.values()} == set(keys[1::2])
    assert [(m, p) for m, p, _ in server.calls] == [
        ("POST", "/fhir/v2/Organization/_search"),
        ("GET", "/fhir/v2/Practitioner"),
    ]


async def test_pages_of_a_get_are_all_read(serve: Any) -> None:
    connector, server = serve([organization(f"o{n}", f"2100000{n:02}") for n in range(7)])
    server.page_size = 2
    keys = [f"finess-2100000{n:02}" for n in range(7)]
    assert set(await connector.get(Kind.STRUCTURE, keys)) == set(keys)
    assert len(server.calls) == 4


async def test_practising_nowhere_asks_nothing(examples: Examples) -> None:
    connector, server = examples
    assert await search(connector, PractisingAt(())) == {}
    assert await search(connector, WithIdentifiers(())) == {}
    assert server.calls == []


async def test_what_the_directory_cannot_be_asked_is_refused(examples: Examples) -> None:
    connector, _ = examples
    with pytest.raises(Refused):
        await connector.search(Query(where=Everywhere()))
