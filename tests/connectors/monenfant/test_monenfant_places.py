"""Which commune an address lies in, however its parts are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.gazetteer import Commune, gazetteer
from connectors.monenfant.places import Written, address, in_order, located, taken_apart

DIJON = gazetteer().communes["21231"]


@pytest.mark.parametrize(
    ("postal_code", "city", "expected"),
    [
        ("21000", "Dijon", ("21000", "Dijon")),
        ("Dijon", "21000", ("21000", "Dijon")),
        ("DIJON", None, (None, "DIJON")),
        (None, "21000 DIJON", ("21000", "DIJON")),
        (None, "DIJON (21000)", ("21000", "DIJON")),
        ("21000 DIJON", "DIJON", ("21000", "DIJON")),
        ("21000 DIJON", None, ("21000", "DIJON")),
        ("21 000", "Dijon", ("21000", "Dijon")),
        ("1000", "Bourg-en-Bresse", ("01000", "Bourg-en-Bresse")),
        ("21000", "21000", ("21000", None)),
        (None, None, (None, None)),
    ],
)
def test_a_postal_code_and_a_city(
    postal_code: str | None, city: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert in_order(postal_code, city) == expected


@pytest.mark.parametrize(
    ("line", "city", "expected"),
    [
        (
            "12 rue des Lilas 21000 DIJON",
            "DIJON",
            Written(street="12 rue des Lilas", postal_code="21000", city="DIJON"),
        ),
        (
            "12 rue des Lilas, 21000 DIJON",
            None,
            Written(street="12 rue des Lilas", postal_code="21000", city="DIJON"),
        ),
        ("12 rue des Lilas, Dijon", "DIJON", Written(street="12 rue des Lilas", city="DIJON")),
        ("12 rue des Lilas", "DIJON", Written(street="12 rue des Lilas", city="DIJON")),
        (
            "BP 99999, 2 rue A - 21000 DIJON BP 99998",
            "DIJON",
            Written(street="BP 99999, 2 rue A", postal_code="21000", city="DIJON"),
        ),
        ("12 rue A 99999", "DIJON", Written(street="12 rue A", postal_code="99999", city="DIJON")),
        (
            "12 rue des Lilas",
            "21000 DIJON",
            Written(street="12 rue des Lilas", postal_code="21000", city="DIJON"),
        ),
        ("21000 DIJON", None, Written(postal_code="21000", city="DIJON")),
        (None, "DIJON", Written(city="DIJON")),
        (None, None, Written()),
    ],
)
def test_an_address_on_one_line(line: str | None, city: str | None, expected: Written) -> None:
    assert taken_apart(line, city) == expected


@given(st.text() | st.none(), st.text() | st.none())
def test_any_text_is_taken_apart(line: str | None, city: str | None) -> None:
    written = taken_apart(line, city)
    assert in_order(written.postal_code, written.city)[0] == written.postal_code


def test_a_postal_code_and_a_city_tell_the_commune() -> None:
    assert located(Written(postal_code="21000", city="DIJON")) is DIJON
    assert located(Written(postal_code="75011", city="PARIS")) is gazetteer().communes["75111"]


def test_without_a_postal_code_the_communes_around_decide() -> None:
    assert located(Written(city="Talant"), DIJON) is gazetteer().communes["21617"]
    assert located(Written(city="dijon"), DIJON) is DIJON
    assert located(Written(city="Marseille"), DIJON) is None
    assert located(Written(city="Dijon")) is None
    assert located(Written(), DIJON) is None
    assert located(Written(postal_code="99999", city="Dijon"), DIJON) is None
    unknown = Commune(insee="97501", name="x", departement="975", region="x", postal_codes=())
    assert located(Written(city="Dijon"), unknown) is None


def test_a_home_keeps_its_commune_only() -> None:
    written = Written(street="1 rue A", complement="B", postal_code="21000", city="DIJON")
    home = address(written, DIJON, home=True)
    assert home is not None
    assert (home.street, home.complement) == (None, None)
    assert (home.postal_code, home.city, home.insee, home.departement) == ("21000", "DIJON", "21231", "21")


def test_an_address_of_nothing_is_none() -> None:
    assert address(Written(), None, home=False) is None
    assert address(Written(), DIJON, home=False) is not None
