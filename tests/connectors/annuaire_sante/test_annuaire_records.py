from datetime import datetime, timedelta, timezone

import pytest
from annuaire_server import DATA, G15, R38
from hypothesis import given
from hypothesis import strategies as st

from connectors.annuaire_sante import codes, fhir
from connectors.annuaire_sante.records import organization_record, professional_record, read_contact
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Address, Coding, Contact, Identifier, StructureRecord

CET = timezone(timedelta(hours=1))
PLACE = StructureRecord(
    source="s",
    key="finess-210000001",
    name="Place",
    kind=StructureKind.ESTABLISHMENT,
    category=CategoryCode.SANTE,
    updated_at=datetime(2020, 1, 1, tzinfo=CET),
)


def example(name: str) -> fhir.Organization:
    return fhir.read((DATA / f"{name}.json").read_bytes(), fhir.Organization)


def person(*codings: fhir.Coding, **more: object) -> fhir.Practitioner:
    given: dict[str, object] = {
        "id": "1",
        "identifier": (fhir.Identifier("http://rpps.fr", "10003461033"),),
        "name": (fhir.HumanName("DUPONT", ("Jeanne", None, "Marie")),),
        "qualification": tuple(fhir.Qualification(fhir.Concept((coding,))) for coding in codings),
    }
    return fhir.Practitioner(**(given | more))  # type: ignore[arg-type]


ROLE = fhir.PractitionerRole(id="r")


def test_nancy_shows_neither_fax_nor_secured_mailbox() -> None:
    record = organization_record("annuaire_sante", example("Organization-example-organization-nancy"))
    assert record == StructureRecord(
        source="annuaire_sante",
        key="finess-540002698",
        name="CHRU NANCY - HOPITAUX DE BRABOIS",
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.SANTE,
        identifiers=(
            Identifier(IdentifierScheme.FINESS, "540002698"),
            Identifier(IdentifierScheme.IDNST, "1540002698"),
        ),
        address=Address(
            street="R DU MORVAN",
            postal_code="54511",
            city="VANDOEUVRE LES NANCY CEDEX",
            insee="54547",
            departement="54",
        ),
        contact=Contact(phone="+33383153030", email="direction.generale@chu-nancy.fr"),
    )


def test_an_insee_code_that_is_none_is_not_believed() -> None:
    record = organization_record("annuaire_sante", example("Organization-example-organization-fictive"))
    assert record is not None
    assert record.address is not None
    assert record.address.insee == "18033"
    assert record.other_names == ("Hôpital fictif pour le guide d'implémentation de l'annuaire",)


def test_no_name_or_no_number_no_record() -> None:
    numbered = fhir.Organization(id="1", identifier=(fhir.Identifier("https://sirene.fr", "26010004500012"),))
    assert organization_record("s", numbered) is None
    assert organization_record("s", fhir.Organization(id="1", name="X")) is None
    aliased = fhir.Organization(id="1", identifier=numbered.identifier, alias=(None, " Y ", "Y"))
    record = organization_record("s", aliased)
    assert record is not None
    assert (record.name, record.other_names, record.key) == ("Y", (), "siret-26010004500012")


def test_a_professional() -> None:
    practitioner = person(
        fhir.Coding(G15, "40", "Chirurgien-Dentiste"),
        fhir.Coding(G15, "10"),
        fhir.Coding(R38, "SM20"),
        fhir.Coding(R38, "SM99", " Autre "),
        fhir.Coding(R38, None),
    )
    record = professional_record(practitioner, ROLE, PLACE)
    assert record is not None
    assert record.name == "Jeanne Marie DUPONT"
    assert record.kind is StructureKind.SALARIED
    assert record.subcategory is SubcategoryCode.MEDECIN
    assert record.profession == Coding(G15, "10", "Médecin")
    assert record.specialties == (
        Coding(R38, "SM20", "Gynécologie-obstétrique"),
        Coding(R38, "SM99", "Autre"),
    )
    assert record.updated_at == PLACE.updated_at


def test_a_profession_outside_the_perimeter_keeps_the_label_it_is_sent_with() -> None:
    record = professional_record(person(fhir.Coding(G15, "40", "Chirurgien-Dentiste")), ROLE, PLACE)
    assert record is not None
    assert (record.subcategory, record.profession) == (None, Coding(G15, "40", "Chirurgien-Dentiste"))
    none = professional_record(person(), ROLE, PLACE)
    assert none is not None
    assert (none.subcategory, none.profession) == (None, None)


def test_no_rpps_or_no_family_name_no_record() -> None:
    assert professional_record(person(identifier=()), ROLE, PLACE) is None
    assert professional_record(person(name=(fhir.HumanName(None, ("Jeanne",)),)), ROLE, PLACE) is None
    assert professional_record(person(name=()), ROLE, PLACE) is None


def test_the_best_ranked_and_current_contact() -> None:
    points = (
        fhir.ContactPoint("phone", "0380000002"),
        fhir.ContactPoint("phone", "0380000009", use="old", rank=1),
        fhir.ContactPoint("phone", "0262905050", rank=1),
        fhir.ContactPoint("fax", "0380000003"),
        fhir.ContactPoint("email", "not an address"),
        fhir.ContactPoint("email", "x@pro.mssante.fr"),
        fhir.ContactPoint("email", " a@example.org "),
        fhir.ContactPoint("url", "javascript:alert(1)"),
        fhir.ContactPoint("url", "https://example.org/x"),
    )
    assert read_contact(points) == Contact(
        phone="+262262905050", email="a@example.org", website="https://example.org/x"
    )
    assert read_contact(()) is None
    assert read_contact((fhir.ContactPoint("phone", "0000000000"), fhir.ContactPoint("phone"))) is None


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("0269612345", "+262269612345"),
        ("0590276027", "+590590276027"),
        ("0694123456", "+594694123456"),
        ("0596748677", "+596596748677"),
        ("03 83 15 30 30", "+33383153030"),
        ("15", None),
    ],
)
def test_telephones(number: str, expected: str | None) -> None:
    contact = read_contact((fhir.ContactPoint("phone", number),))
    assert (contact.phone if contact else None) == expected


@given(st.text(max_size=30), st.sampled_from(["phone", "email", "url", "fax"]))
def test_any_contact_can_be_read(value: str, system: str) -> None:
    contact = read_contact((fhir.ContactPoint(system, value),))
    if contact is not None:
        assert contact.phone is None or (contact.phone[0] == "+" and contact.phone[1:].isdigit())
        assert contact.email is None or "mssante" not in contact.email.casefold()
        assert contact.website is None or contact.website.startswith("http")


@pytest.mark.parametrize(
    ("types", "finess", "expected"),
    [
        (["223"], True, codes.Nature(CategoryCode.PMI, SubcategoryCode.CENTRE_PMI)),
        (["230", "SA01"], True, codes.ESTABLISHMENTS["230"]),
        (["999", "SA01"], True, codes.SECTORS["SA01"]),
        (["SA07"], False, codes.Nature(CategoryCode.SANTE, SubcategoryCode.CABINET, listed=False)),
        (["SA08"], False, codes.Nature(CategoryCode.SANTE, SubcategoryCode.CABINET)),
        (["999"], True, codes.Nature(CategoryCode.SANTE, listed=False)),
        (["SA99"], True, codes.Nature(CategoryCode.SANTE, listed=False)),
        ([], True, codes.Nature(CategoryCode.SANTE)),
        ([], False, codes.Nature(CategoryCode.SANTE, listed=False)),
    ],
)
def test_natures(types: list[str], finess: bool, expected: codes.Nature) -> None:
    systems = {True: codes.R02_SYSTEM, False: codes.R66_SYSTEM}
    concepts = [fhir.Concept((fhir.Coding(systems[t.startswith("SA")], t),)) for t in types]
    assert codes.nature(concepts, finess=finess) == expected


def test_the_value_set_of_older_answers_is_understood() -> None:
    system = f"{codes.R66_SYSTEM.split('TRE_')[0]}JDV_J129-CategorieEtablissement-RASS"
    concept = fhir.Concept((fhir.Coding(system, "190"), fhir.Coding(None, "101"), fhir.Coding(system)))
    assert codes.nature([concept], finess=True).subcategory is SubcategoryCode.CAMSP
