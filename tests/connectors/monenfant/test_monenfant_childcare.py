"""The agreement way: what becomes of an entry and of a detail."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monenfant_expected import ADDRESS, DETAILED, FOUND, IN_DIJON, NOW, connect, read
from monenfant_wire import AgreementServer, detail, result

from connectors.contract import Kind, Page
from connectors.monenfant.childcare import read_detail
from connectors.monenfant.natures import nature, type_and_id
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode
from connectors.records import Address, Availability, Contact, StructureRecord


async def test_an_entry_becomes_a_record() -> None:
    page = await connect(AgreementServer(result())).search(IN_DIJON)
    assert page == Page(records=(FOUND,))


async def test_a_detail_becomes_a_record() -> None:
    server = AgreementServer(details={"EAJE/12345": detail()})
    assert await connect(server).get(Kind.STRUCTURE, ["12345"]) == {"12345": DETAILED}


@pytest.mark.parametrize(
    ("type_", "key", "category", "subcategory"),
    [
        ("EAJE", "12345", CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE),
        ("MAM", "mam-12345", CategoryCode.MODE_ACCUEIL, SubcategoryCode.MAM),
        ("RPE", "rpe-12345", CategoryCode.RELAIS_PETITE_ENFANCE, None),
        ("LAEP", "laep-12345", CategoryCode.LAEP, None),
        ("Garde à domicile", "garde_a_domicile-12345", CategoryCode.MODE_ACCUEIL, None),
        (None, "12345", CategoryCode.MODE_ACCUEIL, None),
    ],
)
def test_the_type_tells_key_and_category(
    type_: str | None, key: str, category: CategoryCode, subcategory: SubcategoryCode | None
) -> None:
    record = read(type=type_)
    assert record is not None
    assert (record.key, record.category, record.subcategory) == (key, category, subcategory)
    assert record.kind is StructureKind.ESTABLISHMENT
    assert record.address == ADDRESS


@pytest.mark.parametrize("type_", ["AM", "assmat", "Assistante maternelle", "Assistant maternel", None, "inconnu"])
def test_an_assistant_maternel_is_a_person_whose_home_is_not_shown(type_: str | None) -> None:
    record = read(type=type_, firstname="Camille", name="MARTIN (fictif)", dateNaissance="01/01/1980")
    assert record is not None
    assert record.name == "Camille MARTIN (fictif)"
    assert (record.kind, record.subcategory) == (StructureKind.INDEPENDENT, SubcategoryCode.ASSISTANT_MATERNEL)
    assert record.key.endswith("-12345")
    assert record.address == Address(postal_code="21000", city="DIJON", insee="21231", departement="21")
    assert record.position is None
    assert record.url is None
    assert record.contact == FOUND.contact
    assert "République" not in repr(record)
    assert "1980" not in repr(record)


async def test_the_detail_of_an_assistant_maternel_shows_no_home_either() -> None:
    value = detail(structureType="AM", structureName="Camille MARTIN (fictif)", dateNaissance="01/01/1980")
    value["description"]["description2"] = "Je vous accueille au 12 rue de la République, née le 01/01/1980"
    server = AgreementServer(details={"AM/12345": value, "EAJE/12345": value})
    found = await connect(server).get(Kind.STRUCTURE, ["am-12345"])
    found |= await connect(server).get(Kind.STRUCTURE, ["12345"])
    assert list(found) == ["am-12345", "12345"]
    for record in found.values():
        assert isinstance(record, StructureRecord)
        assert record.subcategory is SubcategoryCode.ASSISTANT_MATERNEL
        assert record.address == Address(postal_code="21000", city="DIJON", insee="21231", departement="21")
        assert (record.description, record.accessibility, record.position) == (None, None, None)
        assert "République" not in repr(record)
        assert "1980" not in repr(record)


def test_a_first_name_beside_the_name_of_an_establishment_is_not_a_person() -> None:
    record = read(type="MAM", firstname="Camille")
    assert record is not None
    assert (record.name, record.subcategory) == ("Crèche des Lilas (fictive)", SubcategoryCode.MAM)
    assert record.address == ADDRESS


def test_telephones_that_are_none() -> None:
    record = read(phone="0000000000", phone2="0692 12 34 56", mail="x", siteWeb="y")
    assert record is not None
    assert record.contact == Contact(phone="+262692123456")
    record = read(phone="0000000000", mail=None, siteWeb=None)
    assert record is not None
    assert record.contact is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"hasDispo": None, "dateDispo": None}, None),
        ({"hasDispo": False, "dateDispo": "01/01/0001"}, Availability(has_places=False, checked_at=NOW)),
        ({"hasDispo": None}, Availability(available_from=date(2026, 9, 1), checked_at=NOW)),
        ({"hasDispo": "oui", "dateDispo": "bientôt"}, Availability(has_places=True, checked_at=NOW)),
    ],
)
def test_availability(values: dict[str, Any], expected: Availability | None) -> None:
    record = read(**values)
    assert record is not None
    assert record.availability == expected


@pytest.mark.parametrize(
    "served",
    [
        None,
        [],
        [{"commune": "Dijon", "codePostal": "21000"}, {"commune": "21240", "codePostal": "Talant"}],
        [{"commune": "Nulle part"}],
        ["Dijon"],
    ],
)
def test_several_served_communes_are_no_single_territory(served: Any) -> None:
    record = read_detail("monenfant", "12345", detail(serviceCommun={"communesDesservies": served}))
    assert record is not None
    assert record.territory is None


def test_a_key_tells_a_type_and_an_id() -> None:
    assert type_and_id("12345") == ("EAJE", "12345")
    assert type_and_id("abc-12345") == ("EAJE", "abc-12345")
    assert type_and_id("am-12-3") == ("AM", "12-3")
    assert type_and_id("am-") == ("EAJE", "am-")
    assert nature("LAEP").category is CategoryCode.LAEP


ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()) | st.just({})
RESULT_FIELDS = sorted(set(result()) - {"id", "name", "commune", "address", "type", "firstname"})


@given(st.dictionaries(st.sampled_from(RESULT_FIELDS), ODD))
def test_a_bad_optional_value_of_an_entry_is_left_out(values: dict[str, Any]) -> None:
    record = read(**values)
    assert record is not None
    assert (record.key, record.name, record.address) == (FOUND.key, FOUND.name, ADDRESS)
    assert msgspec.convert(msgspec.to_builtins(record), StructureRecord) == record


@given(st.data())
def test_a_bad_optional_value_of_a_detail_is_left_out(data: st.DataObject) -> None:
    value = detail()
    parents = [value, *(v for v in value.values() if isinstance(v, dict)), value["serviceCommun"]["calendrier"]]
    for parent in parents:
        for field in sorted(set(parent) - {"structureId", "structureName"}):
            if data.draw(st.integers(0, 3), label=field) == 0:
                parent[field] = data.draw(ODD)
    record = read_detail("monenfant", "12345", value)
    assert record is not None
    assert (record.key, record.name) == (FOUND.key, FOUND.name)
    assert msgspec.convert(msgspec.to_builtins(record), StructureRecord) == record
