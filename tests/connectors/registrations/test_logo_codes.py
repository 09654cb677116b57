"""Codes of logos: read however they are typed, and no slip of one is another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.registrations.codes import LENGTH, SYMBOLS, new_code, read_code

PLACES = st.integers(0, LENGTH - 1)


def test_codes_are_all_different_and_have_no_symbol_that_looks_like_another() -> None:
    codes = {new_code() for _ in range(2_000)}

    assert len(codes) == 2_000
    assert set("".join(codes)) == {*SYMBOLS, "-"}
    assert set("01ILO").isdisjoint(SYMBOLS)
    for code in codes:
        for typed in (
            code,
            code.lower(),
            code.replace("-", ""),
            f" {code.replace('-', ' ')}\n",
            code.replace("-", "–"),
        ):
            assert read_code(typed) == code


@given(PLACES, st.sampled_from(SYMBOLS))
def test_a_symbol_mistaken_is_found(place: int, other: str) -> None:
    code = new_code().replace("-", "")
    slip = code[:place] + other + code[place + 1 :]

    assert (read_code(slip) is None) is (slip != code)


@given(PLACES, PLACES)
def test_two_symbols_exchanged_are_found(one: int, other: int) -> None:
    symbols = list(new_code().replace("-", ""))
    code = "".join(symbols)
    symbols[one], symbols[other] = symbols[other], symbols[one]

    assert (read_code("".join(symbols)) is None) is ("".join(symbols) != code)


@pytest.mark.parametrize(
    "text", ["", "x" * 10_000, "0000-0000-0000", "\0", "' OR 1=1 --", "AAAA-AAAA-AAA", "ÉÉÉÉ-ÉÉÉÉ-ÉÉÉÉ"]
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None
