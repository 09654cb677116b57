import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.annuaire_sante import fhir
from connectors.annuaire_sante.address import (
    LONGEST_PLACE,
    cedex_cities,
    locate,
    postal_prefixes,
    read_address,
    tidy,
)
from connectors.gazetteer import gazetteer
from connectors.records import Address

ADXP = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-"
INSEE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"


def parts(**values: str) -> fhir.Element:
    return fhir.Element(tuple(fhir.Extension(ADXP + k, v) for k, v in values.items()))


def insee(code: str) -> tuple[fhir.Extension, ...]:
    return (fhir.Extension(INSEE, None, fhir.Coding(None, code)),)


def test_the_street_may_be_only_in_the_extensions() -> None:
    sent = fhir.Address(
        extension=insee("21231"),
        line=(None,),
        line_elements=(
            parts(streetNameBase="DES FORGES", houseNumber="4", buildingNumberSuffix="BIS", streetNameType="R"),
        ),
        city="DIJON",
        postal_code="21000",
    )
    assert read_address([sent]) == Address(
        street="4 BIS R DES FORGES", postal_code="21000", city="DIJON", insee="21231", departement="21"
    )


def test_a_line_goes_before_the_extensions_and_loses_its_city() -> None:
    sent = fhir.Address(
        line=("  R DE LA  LIBERTE , 18000 BOURGES",),
        line_elements=(parts(streetNameType="R", streetNameBase="AUTRE", postBox="BP 12"),),
        city="BOURGES",
        postal_code="18000",
    )
    address = read_address([sent])
    assert address is not None
    assert address.street == "R DE LA LIBERTE"
    assert address.complement == "BP 12"


def test_a_line_that_is_only_the_city_is_no_street() -> None:
    sent = fhir.Address(
        line=("18000 BOURGES",),
        line_elements=(parts(streetNameBase="LIBERTE"), None),
        city="BOURGES",
        postal_code="18000",
    )
    address = read_address([sent])
    assert address is not None
    assert address.street == "LIBERTE"


@pytest.mark.parametrize(
    ("line", "street"),
    [
        ("BP 75001, 3 RUE X 18000 BOURGES", "BP 75001, 3 RUE X"),
        ("3 RUE X - 18000 BOURGES 18000", "3 RUE X"),
        ("3 RUE DU 118000", "3 RUE DU 118000"),
        ("3 RUE DU 18000X, 18000", "3 RUE DU 18000X"),
        ("3 RUE\u00a0X\t,  18000 BOURGES", "3 RUE X"),
    ],
)
def test_a_line_ends_where_its_own_postal_code_begins(line: str, street: str) -> None:
    address = read_address([fhir.Address(line=(line,), city="BOURGES", postal_code="18000")])
    assert address is not None
    assert address.street == street


def test_a_place_is_read_alike_however_long_it_is() -> None:
    short, long = (read_address([fhir.Address(city="75014  PARIS" + " " * more)]) for more in (0, LONGEST_PLACE))
    assert short == long == Address(postal_code="75014", city="PARIS", insee="75114", departement="75")


def test_several_lines_and_a_complement_already_said() -> None:
    sent = fhir.Address(
        line=("BAT A", None, "3 RUE X"), line_elements=(parts(additionalLocator="BAT A"),), postal_code="21000"
    )
    address = read_address([sent])
    assert address is not None
    assert (address.street, address.complement) == ("BAT A, 3 RUE X", None)


def test_the_complement_is_in_order() -> None:
    element = parts(postBox="CS 11021", additionalLocator="BAT B", careOf="CHEZ X", other="?")
    address = read_address([fhir.Address(line_elements=(element,), city="DIJON")])
    assert address is not None
    assert (address.street, address.complement) == (None, "CHEZ X, BAT B, CS 11021")


def test_a_city_sent_with_its_postal_code() -> None:
    address = read_address([fhir.Address(city="75014 PARIS")])
    assert address == Address(postal_code="75014", city="PARIS", insee="75114", departement="75")
    known = read_address([fhir.Address(city="75014 PARIS", postal_code=" 750 14")])
    assert known == address


def test_the_first_address_that_says_where() -> None:
    empty, good = fhir.Address(line=("X",)), fhir.Address(extension=insee("21231"))
    assert read_address([empty, good]) == Address(insee="21231", departement="21")
    assert read_address([empty]) is None
    assert read_address([]) is None


def test_what_is_no_postal_code_is_none() -> None:
    address = read_address([fhir.Address(city="DIJON", postal_code="F-21")])
    assert address is not None
    assert address.postal_code is None


@pytest.mark.parametrize(
    ("code", "postal_code", "city", "expected"),
    [
        ("54547", "54511", "VANDOEUVRE LES NANCY CEDEX", "54547"),
        (None, "54511", "VANDOEUVRE LES NANCY CEDEX", "54547"),
        ("18000", "18000", "BOURGES", "18033"),  # a postal code in the place of an INSEE code
        ("75056", "75014", "PARIS", "75114"),
        (None, "75674", "PARIS CEDEX 14", "75114"),
        (None, "69437", "LYON CEDEX 03", "69383"),
        (None, "13281", "MARSEILLE CEDEX 6", "13206"),
        (None, "75001", "PARIS", "75101"),
        ("75056", "75600", "PARIS CEDEX", "75056"),
        ("75056", "75600", "PARIS CEDEX 40", "75056"),
        ("2a004", "20000", "AJACCIO", "2A004"),
        (None, "00000", "NULLE PART", None),
        (None, None, None, None),
    ],
)
def test_locate(code: str | None, postal_code: str | None, city: str | None, expected: str | None) -> None:
    commune = locate(code, postal_code, city)
    assert (commune.insee if commune else None) == expected


def test_cedex_cities_as_la_poste_writes_them() -> None:
    known = gazetteer().communes
    asked = [known[i] for i in ("93066", "54547", "94038", "75111", "75112", "97411")]
    assert cedex_cities(asked) == (
        "ST DENIS CEDEX",
        "SAINT DENIS CEDEX",
        "VANDOEUVRE LES NANCY CEDEX",
        "L HAY LES ROSES CEDEX",
        "PARIS CEDEX",
    )


@pytest.mark.parametrize(
    ("departement", "first"),
    [("21", ("21",)), ("2A", ("20",)), ("2B", ("20",)), ("974", ("974", "977")), ("971", ("971",))],
)
def test_postal_prefixes(departement: str, first: tuple[str, ...]) -> None:
    assert postal_prefixes(departement)[: len(first)] == first


def test_postal_prefixes_cover_every_commune() -> None:
    for departement in gazetteer().departements:
        prefixes = postal_prefixes(departement)
        for commune in gazetteer().by_departement(departement):
            assert all(code.startswith(prefixes) for code in commune.postal_codes)
    assert "97133" in postal_prefixes("977")


TEXT = st.none() | st.text(max_size=30) | st.sampled_from(["75014 PARIS", "21000", "DIJON CEDEX 9", "75056"])


@given(
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=3),
    st.lists(st.none() | st.builds(parts, streetNameBase=st.text(max_size=9)), max_size=3),
    TEXT,
)
def test_any_address_can_be_read(
    postal_code: str | None,
    city: str | None,
    line: list[str | None],
    elements: list[fhir.Element | None],
    code: str | None,
) -> None:
    sent = fhir.Address(insee(code or ""), tuple(line), tuple(elements), city, postal_code)
    address = read_address([sent])
    if address is not None:
        assert address.insee is None or address.insee in gazetteer().communes
        assert address.postal_code is None or (len(address.postal_code) == 5 and address.postal_code.isascii())
        for text in (address.street, address.complement, address.city):
            assert text is None or (text == tidy(text) and text.isprintable())


@given(st.text(max_size=40))
def test_tidy_is_stable(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
