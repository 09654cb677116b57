"""An entry becomes a record, whatever stands in it: paths, codes, natures, places, odd values."""

from typing import Any

import msgspec
import pytest
from declared_portal import FIELDS, OPENDATASOFT, TABULAR, WITHOUT_KEY, entries, settings
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance import expect_record
from connectors.contract import Kind, SourceInfo, SourceKind
from connectors.declared.entries import Place, Reader
from connectors.declared.values import at, count, insee, phone, position, postal, word
from connectors.gazetteer import gazetteer
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Address, Identifier, Position, StructureRecord

INFO = SourceInfo(id="partner", name="partner", kind=SourceKind.PARTNER_DIRECTORY)
EVERY_FIELD = {name: f"x.{name}" for name in msgspec.structs.asdict(settings(OPENDATASOFT).fields)}
COLOMBES = gazetteer().communes["92025"]

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8
)  # fmt: skip


def read(entry: Any, place: Place = Place(), **more: Any) -> StructureRecord | None:  # noqa: B008
    return Reader("partner", settings(OPENDATASOFT, **more)).record(entry, place)


def test_a_usual_entry() -> None:
    entry = entries(1)[0] | {"adresse": " 1 RUE  DE LA FICTION ", "tel": "01.99.00.12.34"}

    record = read(entry)

    assert record is not None
    assert (record.id, record.name, record.kind) == (
        "partner--FICTIF-0000",
        "Crèche fictive n° 0",
        StructureKind.ESTABLISHMENT,
    )
    assert (record.category, record.subcategory) == (CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE)
    assert record.address == Address(
        street="1 RUE DE LA FICTION", postal_code="92700", city="COLOMBES", insee="92025", departement="92"
    )  # fmt: skip
    assert record.contact is not None
    assert record.contact.phone == "+33199001234"
    assert record.position == Position(48.922, 2.254)
    assert record.updated_at is not None
    assert record.updated_at.isoformat() == "2025-03-01T07:00:00+00:00"


def test_every_field() -> None:
    found = Reader("partner", settings(OPENDATASOFT, fields={name: name for name in EVERY_FIELD})).record(
        {
            "key": 12.0,
            "name": "Structure fictive",
            "street": "2 place de la Fiction",
            "complement": "Bâtiment B",
            "postal_code": 1000,
            "city": "Bourg-en-Bresse",
            "latitude": "46,2",
            "longitude": "5.22",
            "phone": 199001234,
            "email": "mailto:accueil@exemple.fr",
            "website": "www.exemple.fr",
            "description": "<p>Un lieu</p><p>fictif</p>",
            "opening_hours": "Mo-Fr 08:00-18:00",
            "updated_at": "31/12/2024",
            "url": "https://exemple.fr/12",
            "siret": "999 000 000 00017",
            "siren": 999000000,
            "finess": "2A0000014",
            "finess_ej": "920000015",
        }
    )
    assert found is not None
    assert msgspec.to_builtins(found, str_keys=True) | {"key": "12"} == msgspec.to_builtins(found)
    assert found.address == Address(
        street="2 place de la Fiction", complement="Bâtiment B", postal_code="01000", city="Bourg-en-Bresse",
        insee="01053", departement="01",
    )  # fmt: skip
    assert found.position == Position(46.2, 5.22)
    assert found.contact is not None
    assert (found.contact.phone, found.contact.email) == ("+33199001234", "accueil@exemple.fr")
    assert found.contact.website == "http://www.exemple.fr"
    assert (found.description, found.opening_hours) == ("Un lieu\nfictif", "Mo-Fr 08:00-18:00")
    assert (found.url, str(found.updated_at)) == ("https://exemple.fr/12", "2024-12-31 00:00:00+00:00")
    assert found.identifiers == (
        Identifier(IdentifierScheme.SIRET, "99900000000017"),
        Identifier(IdentifierScheme.SIREN, "999000000"),
        Identifier(IdentifierScheme.FINESS, "2A0000014"),
        Identifier(IdentifierScheme.FINESS_EJ, "920000015"),
    )


def test_what_is_odd_is_left_out() -> None:
    odd = {name: [{}] for name in EVERY_FIELD} | {
        "key": "k",
        "name": "n",
        "opening_hours": "du lundi au vendredi",
        "finess": "92",
    }
    found = Reader("partner", settings(OPENDATASOFT, fields={name: name for name in EVERY_FIELD})).record(odd)

    usual = {
        "source": "partner",
        "key": "k",
        "name": "n",
        "kind": "ESTABLISHMENT",
        "category": "MODE_ACCUEIL",
        "subcategory": "CRECHE",
    }
    assert found == msgspec.convert(usual, StructureRecord)


@pytest.mark.parametrize(
    "entry",
    [
        *(None, 1, "x", [], {}),
        {"identifiant": "k"},
        {"nom": "n"},
        {"identifiant": "k", "nom": "  "},
        *({"identifiant": key, "nom": "n"} for key in ("", "a b", "a'b", "é", "a/b", "-a", "k" * 101, True, 1.5, None, 10**18)),
    ],
)  # fmt: skip
def test_an_entry_without_key_or_name_is_none(entry: Any) -> None:
    assert read(entry) is None


@pytest.mark.parametrize(
    ("said", "category", "subcategory"),
    [
        ("Multi-accueil", CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE),
        ("MULTI ACCUEIL", CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE),
        ("creche familiale", CategoryCode.MODE_ACCUEIL, SubcategoryCode.CRECHE_FAMILIALE),
        (["?", "RPE"], CategoryCode.RELAIS_PETITE_ENFANCE, None),
        ("Autre chose", CategoryCode.AUTRE, None),
        (None, CategoryCode.AUTRE, None),
        ({}, CategoryCode.AUTRE, None),
    ],
)
def test_the_nature_of_an_entry(said: Any, category: CategoryCode, subcategory: SubcategoryCode | None) -> None:
    values = {**OPENDATASOFT["categories"]["values"], "RPE": "RELAIS_PETITE_ENFANCE"}
    table = {k: v for k, v in OPENDATASOFT.items() if k != "subcategory"}
    reader = Reader("partner", settings(table, category="AUTRE", categories={"field": "type", "values": values}))

    record = reader.record(entries(1)[0] | {"type": said})

    assert record is not None
    assert (record.category, record.subcategory) == (category, subcategory)


def test_a_home_keeps_its_commune_only() -> None:
    fields = FIELDS | {"description": "nom"}
    record = read(entries(1)[0], fields=fields, categories={}, subcategory="ASSISTANT_MATERNEL")

    assert record is not None
    assert record.address == Address(postal_code="92700", city="COLOMBES", insee="92025", departement="92")
    assert (record.kind, record.position, record.description) == (StructureKind.INDEPENDENT, None, None)
    named = read(entries(1)[0], categories={}, subcategory="ASSISTANT_MATERNEL", kind="SALARIED")
    assert named is not None
    assert named.kind is StructureKind.SALARIED


@pytest.mark.parametrize(
    ("written", "place", "commune", "departement"),
    [
        ({"code_insee": 1053}, Place(), "01053", "01"),
        ({"code_insee": "2a004"}, Place(), "2A004", "2A"),
        ({"code_insee": "99999", "cp": "92700", "commune": "colombes"}, Place(), "92025", "92"),
        ({"cp": "92 700"}, Place(), "92025", "92"),
        ({"cp": "92701", "commune": "Colombes Cedex"}, Place(), "92025", "92"),
        ({"cp": "21000"}, Place(), "21231", "21"),
        ({"cp": "21121"}, Place(), None, "21"),
        ({}, Place(), None, None),
        ({}, Place(commune=COLOMBES), "92025", "92"),
        ({"cp": "92799"}, Place(commune=COLOMBES), "92025", "92"),
        ({"cp": "21121"}, Place(commune=COLOMBES), None, "21"),
        ({}, Place(departement="92"), None, "92"),
        ({"cp": "21121"}, Place(departement="92"), None, "21"),
        ({"cp": "99999"}, Place(departement="92"), None, "92"),
    ],
)
def test_where_an_entry_lies(
    written: dict[str, Any], place: Place, commune: str | None, departement: str | None
) -> None:
    record = read({"identifiant": "k", "nom": "n", **written}, place)

    assert record is not None
    address = record.address or Address()
    assert (address.insee, address.departement) == (commune, departement)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"a.d": 3, "a": {"b": [1, {"c": 2}], "x.y": 4}}),
        ("a.b.0", 1),
        ("a.b.1.c", 2),
        ("a.d", 3),
        ("a.x.y", 4),
        *((path, None) for path in ("b", "a.b.2", "a.b.-1", "a.b.x", "a.b.0.c", "a.", ".", "a..b", "a.b.²", "a.b." + "9" * 30)),
    ],
)  # fmt: skip
def test_a_dotted_path(path: str, found: Any) -> None:
    assert at({"a.d": 3, "a": {"b": [1, {"c": 2}], "x.y": 4}}, path) == found


@given(json_values, st.lists(st.text(max_size=3) | st.integers(0, 3).map(str), max_size=4).map(".".join))
def test_a_path_never_fails(value: Any, path: str) -> None:
    at(value, path)


@given(st.lists(st.text("ab", min_size=1, max_size=2) | st.integers(0, 2), min_size=1, max_size=5), scalars)
def test_a_path_finds_what_was_put_there(steps: list[str | int], leaf: Any) -> None:
    value = leaf
    for step in reversed(steps):
        value = {step: value} if isinstance(step, str) else [None] * step + [value]

    assert at(value, ".".join(str(step) for step in steps)) == leaf


@given(
    st.dictionaries(st.sampled_from(sorted(EVERY_FIELD)), json_values),
    st.sampled_from([Place(), Place(commune=COLOMBES)]),
)
def test_any_entry_gives_a_record_that_keeps_the_rules_or_none(values: dict[str, Any], place: Place) -> None:
    for entry in ({"x": values}, {"x": {"key": "k", "name": "n"} | values}):
        wire = msgspec.json.decode(msgspec.json.encode(entry))
        record = Reader("partner", settings(OPENDATASOFT, fields=EVERY_FIELD)).record(wire, place)
        if record is not None:
            expect_record(INFO, Kind.STRUCTURE, record)
        else:
            assert "key" in values or "name" in values or entry == {"x": values}


@given(json_values)
def test_any_value_is_read_or_left(value: Any) -> None:
    for form in (word, count, postal, insee, phone):
        form(value)
    position(value, value)


@pytest.mark.parametrize(
    ("form", "value", "found"),
    [
        (word, 92025.0, "92025"), (word, 1.5, None), (word, 10**18, None), (word, True, None), (word, " a  b ", "a b"),
        (count, 0, 0), (count, "815", 815), (count, 3.0, 3), (count, -1, None), (count, "x", None), (count, False, None),
        (postal, "1000", "01000"), (postal, 92700, "92700"), (postal, "2A004", None), (postal, "927001", None),
        (insee, "2b033", "2B033"), (insee, "1053", "01053"), (insee, "9202", "09202"), (insee, "", None),
        (phone, "199001234", None), (phone, 199001234, "+33199001234"), (phone, 33199001234, "+33199001234"), (phone, {}, None),
    ],
)  # fmt: skip
def test_values_as_spreadsheets_write_them(form: Any, value: Any, found: Any) -> None:
    assert form(value) == found


@pytest.mark.parametrize("value", ["48,9", " 48.9 ", 48.9])
def test_degrees(value: Any) -> None:
    assert position(value, "2.2") == Position(48.9, 2.2)
    for odd in ("x", "", "nan", "inf", "91", True, None, []):
        assert position(odd, value) is None


def test_numeric_keys() -> None:
    reader = Reader("partner", settings(TABULAR, numeric_keys=True, entry_url="", by_key={"id__exact": "{key}"}))

    assert reader.key({"identifiant": 12}) == "12"
    assert reader.key({"identifiant": "a"}) is None


def test_a_key_drawn_from_several_fields() -> None:
    entry = entries(1)[0]
    table = WITHOUT_KEY | {"everywhere": True}
    key = Reader("partner", settings(WITHOUT_KEY)).key

    assert key(entry) == key(entry | {"nom": "CRECHE FICTIVE N° 0", "identifiant": "other"})
    assert key(entry) != key(entry | {"adresse": "elsewhere"})
    assert key({"nom": "n"}) is None, "without a commune it could not be found again"
    assert key({"code_insee": None}) is None
    bare = Reader("partner", settings(table, fields={"key": ["nom", "adresse"], "name": "nom"})).key
    assert bare({"nom": "a", "adresse": "b c"}) != bare({"nom": "a b", "adresse": "c"})
    assert bare({"commune": "x"}) is None
