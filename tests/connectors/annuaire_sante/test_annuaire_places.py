"""Searches by place: what is listed, and by which calls."""

from datetime import datetime, timedelta, timezone
from typing import Any

from annuaire_asking import DIJON, communes, everything, found, keys, town
from annuaire_server import AnnuaireServer, identifier, organization, practitioner, role

from connectors.annuaire_sante import AnnuaireSante
from connectors.contract import InDepartement, Page, Query
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Address, Contact, Identifier, StructureRecord

CET = timezone(timedelta(hours=1))


async def test_the_public_example_of_a_hospital(examples: tuple[AnnuaireSante, AnnuaireServer]) -> None:
    connector, server = examples
    page = await connector.search(Query(where=communes("75114")))
    assert page == Page(
        records=(
            StructureRecord(
                source="annuaire_sante",
                key="finess-754567860",
                name="CH EURE-SEINE",
                kind=StructureKind.ESTABLISHMENT,
                category=CategoryCode.SANTE,
                subcategory=SubcategoryCode.HOPITAL,
                identifiers=(
                    Identifier(IdentifierScheme.FINESS, "754567860"),
                    Identifier(IdentifierScheme.IDNST, "1754567860"),
                    Identifier(IdentifierScheme.RPPS_RANG, "F754567860"),
                ),
                address=Address(
                    street="96 R DIDOT", postal_code="75014", city="PARIS", insee="75114", departement="75"
                ),
                contact=Contact(phone="+33450636363"),
                updated_at=datetime(2019, 9, 1, 1, tzinfo=CET),
            ),
        )
    )
    assert server.calls == [
        (
            "GET",
            "/fhir/v2/Organization",
            {
                "address-postalcode": "75014",
                "active": "true",
                "_revinclude": "PractitionerRole:organization",
                "_count": "200",
            },
        ),
        (
            "GET",
            "/fhir/v2/Organization",
            {
                "address-city": "PARIS CEDEX",
                "active": "true",
                "_revinclude": "PractitionerRole:organization",
                "_count": "200",
            },
        ),
    ]


async def test_neither_another_commune_nor_an_entity_without_address(
    examples: tuple[AnnuaireSante, AnnuaireServer],
) -> None:
    connector, _ = examples
    assert await found(connector, "75113", "58059") == []


async def test_liberal_professionals_are_listed_at_their_place(serve: Any) -> None:
    cabinet = organization("o1", sector="SA07", **DIJON) | {
        "identifier": [identifier("SIRET", "https://sirene.fr", "26010004500012")],
        "telecom": [{"system": "phone", "value": "0380000001"}],
    }
    hospital = organization("o2", "210000001", category="355", **DIJON)
    connector, server = serve(
        [
            cabinet,
            hospital,
            practitioner("p1", "10000000001", "50"),
            practitioner("p2", "10000000002", "10"),
            practitioner("p3", "10000000003", "40"),
            practitioner("p4", "10000000004", "60", active=False),
            role("r1", "p1", "o1"),
            role("r2", "p2", "o2", "S"),
            role("r3", "p3", "o1"),
            role("r4", "p4", "o1"),
            role("r5", "p2", "o1", active=False),
            role("r6", "p1", "o1", "S"),
        ]
    )
    page = await connector.search(Query(where=communes("21231")))
    assert [r.key for r in page.records] == ["finess-210000001", "rpps-10000000001.siret-26010004500012"]
    midwife = page.records[1]
    assert isinstance(midwife, StructureRecord)
    assert midwife.kind is StructureKind.INDEPENDENT
    assert midwife.subcategory is SubcategoryCode.SAGE_FEMME
    assert midwife.name == "Fictive MARTIN"
    assert midwife.practises_at == ("siret-26010004500012",)
    assert midwife.address is not None
    assert midwife.address.insee == "21231"
    assert midwife.contact == Contact(phone="+33380000001")
    assert [call["_id"] for call in server.asked("Practitioner")] == ["p1,p3,p4"]
    assert server.asked("Practitioner")[0]["active"] == "true"
    assert page.unreadable == 0


async def test_what_is_listed_of_the_establishments(serve: Any) -> None:
    connector, _ = serve(
        [
            organization("pmi", "210000001", category="223", **DIJON),
            organization("pharmacy", "210000002", sector="SA33", **DIJON),
            organization("group", "210000003", sector="SA08", **DIJON),
            organization("alone", "210000004", sector="SA07", **DIJON),
            organization("ehpad", "210000005", category="500", **DIJON),
            organization("untold", "210000006", **DIJON),
            organization("closed", "210000007", category="223", active=False, **DIJON),
        ]
    )
    [page] = await everything(connector, Query(where=communes("21231")))
    assert {r.key[-1]: (r.category, r.subcategory) for r in page.records if isinstance(r, StructureRecord)} == {
        "1": (CategoryCode.PMI, SubcategoryCode.CENTRE_PMI),
        "2": (CategoryCode.SANTE, SubcategoryCode.PHARMACIEN),
        "3": (CategoryCode.SANTE, SubcategoryCode.CABINET),
        "6": (CategoryCode.SANTE, None),
    }


async def test_cedex_entries_are_found_by_their_city(serve: Any) -> None:
    connector, server = serve(
        [
            organization("a", "930000001", insee="93066", postal_code="93200", city="SAINT DENIS", category="223"),
            organization("b", "930000002", insee="93066", postal_code="93205", city="ST DENIS CEDEX", category="355"),
            organization("c", "930000003", postal_code="93285", city="SAINT DENIS CEDEX 9", category="355"),
            organization("d", "974000001", insee="97411", postal_code="97743", city="ST DENIS CEDEX 9", category="355"),
        ]
    )
    assert await found(connector, "93066") == ["finess-930000001", "finess-930000002", "finess-930000003"]
    assert server.asked("Organization")[1]["address-city"] == "ST DENIS CEDEX,SAINT DENIS CEDEX"


async def test_an_arrondissement_is_told_from_its_city(serve: Any) -> None:
    connector, _ = serve(
        [
            organization("a", "750000001", insee="75111", postal_code="75011", city="PARIS", category="223"),
            organization("b", "750000002", insee="75056", postal_code="75011", city="PARIS", category="223"),
            organization("c", "750000003", postal_code="75540", city="PARIS CEDEX 11", category="223"),
            organization("d", "750000004", insee="75112", postal_code="75012", city="PARIS", category="223"),
        ]
    )
    pages = await everything(connector, Query(where=communes("75111")))
    assert keys(pages) == ["finess-750000001", "finess-750000002", "finess-750000003"]
    assert {r.address.insee for r in pages[0].records if isinstance(r, StructureRecord) and r.address} == {"75111"}


async def test_narrowing_to_establishments(serve: Any) -> None:
    connector, server = serve(
        [*town(2), organization("pmi", "210000099", category="223", **DIJON)],
    )
    assert await found(connector, "21231", subcategories=frozenset({SubcategoryCode.CENTRE_PMI})) == [
        "finess-210000099"
    ]
    assert all(call["type"].endswith("|223") for call in server.asked("Organization"))
    assert not any("_revinclude" in call for call in server.asked("Organization"))
    assert server.asked("Practitioner") == []


async def test_narrowing_to_professions(serve: Any) -> None:
    connector, server = serve(town(2))
    given = await found(connector, "21231", subcategories=frozenset({SubcategoryCode.SAGE_FEMME}))
    assert sorted(key.split(".")[0] for key in given) == ["rpps-10000000000", "rpps-10000000001"]
    assert not any("type" in call for call in server.asked("Organization"))


async def test_narrowing_to_both_and_to_what_is_not_here(serve: Any) -> None:
    connector, server = serve(town(1))
    both = frozenset({SubcategoryCode.SAGE_FEMME, SubcategoryCode.CABINET})
    assert len(await found(connector, "21231", subcategories=both)) == 2
    calls = len(server.calls)
    assert await found(connector, "21231", subcategories=frozenset({SubcategoryCode.CRECHE})) == []
    assert len(server.calls) == calls


async def test_a_departement_is_a_prefix(serve: Any) -> None:
    connector, server = serve(
        [
            *town(4),
            organization("nowhere", "210000098", postal_code="21999", city="VILLE INCONNUE", category="223"),
            organization("odd", "210000096", postal_code="21", category="223"),
            organization("unplaced", "210000097", insee="00000", city="NULLE PART", category="223"),
        ]
    )
    given = keys(await everything(connector, Query(where=InDepartement("21"))))
    assert len(given) == 9
    assert "finess-210000098" in given
    assert [call["address-postalcode"].split(",")[0] for call in server.asked("Organization")] == ["21"]


async def test_corse_and_overseas(serve: Any) -> None:
    connector, server = serve(
        [
            organization("a", "2A0000001", insee="2A004", postal_code="20000", city="AJACCIO", category="223"),
            organization("b", "2B0000001", insee="2B033", postal_code="20200", city="BASTIA", category="223"),
            organization("c", "970102018", postal_code="97133", city="ST BARTHELEMY", category="223"),
            organization("d", "970400024", insee="97411", postal_code="97743", city="ST DENIS CEDEX 9", category="101"),
        ]
    )

    async def of(code: str) -> list[str]:
        return keys(await everything(connector, Query(where=InDepartement(code))))

    assert await of("2A") == ["finess-2A0000001"]
    assert await of("2B") == ["finess-2B0000001"]
    assert await of("977") == ["finess-970102018"]
    assert await of("971") == []
    assert await of("974") == ["finess-970400024"]
    assert [call["address-postalcode"].split(",")[0] for call in server.asked("Organization")][:2] == ["20", "20"]


async def test_duplicates_of_a_key_give_one_record_the_latest(serve: Any) -> None:
    def copy(technical_id: str, day: str | None) -> dict[str, Any]:
        meta = {"lastUpdated": f"2024-01-{day}T00:00:00Z"} if day else {}
        return organization(technical_id, "210000001", category="223", meta=meta, name=f"Day {day}", **DIJON)

    connector, _ = serve([copy("a", "02"), copy("b", "03"), copy("c", None)])
    page = await connector.search(Query(where=communes("21231")))
    assert [r.name for r in page.records if isinstance(r, StructureRecord)] == ["Day 03"]


async def test_unreadable_entries_are_counted_and_cost_only_themselves(serve: Any) -> None:
    connector, _ = serve(
        [
            organization("good", "210000001", category="223", **DIJON),
            organization("a b", "210000002", category="223", **DIJON),
            organization("keyless", category="223", **DIJON),
            practitioner("nameless", "10000000001", name=[{"given": ["X"]}]),
            role("r1", "nameless", "good"),
            role("r2", "absent", "good"),
            role("r3", "x", "good", organization={"reference": "Organization/good/_history/2"}),
        ]
    )
    page = await connector.search(Query(where=communes("21231")))
    assert [r.key for r in page.records if isinstance(r, StructureRecord)] == ["finess-210000001"]
    assert page.unreadable == 3
