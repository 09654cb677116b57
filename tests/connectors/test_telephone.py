"""Telephone numbers as directories write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.telephone import OVERSEAS, e164


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0199001234", "+33199001234"),
        ("01 99 00 12 34", "+33199001234"),
        ("01.99.00.12.34", "+33199001234"),
        ("01/99/00/12/34", "+33199001234"),
        ("01-99-00-12-34", "+33199001234"),
        ("01 - 99 - 00 - 12 - 34", "+33199001234"),
        ("01\u00a099\u202f00 12 34", "+33199001234"),
        ("+33199001234", "+33199001234"),
        ("+33 (0)1 99 00 12 34", "+33199001234"),
        ("(+33) 1 99 00 12 34", "+33199001234"),
        ("0033 1 99 00 12 34", "+33199001234"),
        ("33199001234", "+33199001234"),
        ("Tél : 01 99 00 12 34 (poste 12)", "+33199001234"),
        ("01 99 00 12 34 / 06 39 98 12 34", "+33199001234"),
        ("01 99 00 12 34/06 39 98 12 34", "+33199001234"),
        ("01 99 00 12 34 - 06 39 98 12 34", "+33199001234"),
        ("01/99/00/12/34 ou 06/39/98/12/34", "+33199001234"),
        ("0199001234 0639981234", "+33199001234"),
        ("0000000000 / 06 39 98 12 34", "+33639981234"),
        ("0800 99 00 12", "+33800990012"),
        ("+32 2 555 12 34", "+3225551234"),
        ("+32 (0)2 555 12 34", "+3225551234"),
        ("00 352 27 55 12 34", "+35227551234"),
        ("+262 0692 12 34 56", "+262692123456"),
        ("+262 262 12 34 56", "+262262123456"),
        ("+33 262 12 34 56", "+262262123456"),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, expected: str) -> None:
    assert e164(text) == expected


@pytest.mark.parametrize(("prefix", "country"), sorted(OVERSEAS.items()))
def test_overseas_prefixes_have_their_country_code(prefix: str, country: str) -> None:
    assert e164(f"0{prefix} 12 34 56") == f"+{country}{prefix}123456"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "0000000000",
        "00 00 00 00 00",
        "0100000000",
        "3919",
        "119",
        "01 99 00 12",
        "01 99 00 12 345",
        "199001234",
        "+33 1 99 00 12",
        "+0199001234",
        "+33 0",
        "+1234567890123456",
        "++33199001234",
        "nous écrire",
    ],
)
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert e164(text) is None


@given(st.text())
def test_any_text_gives_a_number_or_none(text: str) -> None:
    number = e164(text)
    assert number is None or re.fullmatch(r"\+[1-9][0-9]{7,14}", number)


@given(st.from_regex(r"\A(\+|00|\+33|\+262|\+59[046]|0)[0-9 ./()\-]{6,16}\Z"))
def test_a_number_once_read_stays_the_same(text: str) -> None:
    number = e164(text)
    assert number is None or e164(number) == number


def test_of_a_long_text_the_beginning_is_read() -> None:
    assert e164("accueil : " + "x " * 200 + "01 99 00 12 34") == "+33199001234"
    assert e164("x " * 25_000 + "01 99 00 12 34") is None
