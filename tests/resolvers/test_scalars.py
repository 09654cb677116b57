"""Scalars: what comes in has its form, what goes out is standard."""

from datetime import UTC, date, datetime

import pytest

from resolvers.types import scalars
from resolvers.types.scalars import SCALARS

GOOD = [
    (scalars.InseeCode, "2A004"), (scalars.InseeCode, "97411"), (scalars.PostalCode, "21000"),
    (scalars.Siret, "12345678900011"), (scalars.Finess, "2A0000000"), (scalars.Finess, "590064036"),
    (scalars.Rpps, "10003461033"), (scalars.OpeningHours, "Mo-Fr 08:00-18:30"), (scalars.URL, "https://monenfant.fr"),
    (scalars.Email, "a@example.org"), (scalars.PhoneNumber, "+33380000000"),
]  # fmt: skip

BAD = [
    (scalars.InseeCode, "2C004"), (scalars.InseeCode, 21231), (scalars.PostalCode, "2100"), (scalars.PostalCode, "21000\n"),
    (scalars.Siret, "123"), (scalars.Finess, "59006403"), (scalars.Rpps, "1000346103A"), (scalars.Rpps, "١٢٣٤٥٦٧٨٩٠١x"),
    (scalars.OpeningHours, ""), (scalars.URL, "javascript:alert(1)"), (scalars.Email, "a b@c"),
    (scalars.PhoneNumber, "0380000000"), (date, "2026-02-30"), (date, "2026"), (date, 3), (date, "20260131T0"),
    (datetime, "2026-01-31T09:00:00"), (datetime, "x"), (datetime, None),
]  # fmt: skip


@pytest.mark.parametrize(("scalar", "value"), GOOD)
def test_good_values_pass_unchanged(scalar: object, value: str) -> None:
    assert SCALARS[scalar].parse_value(value) == value
    assert SCALARS[scalar].serialize(value) == value


@pytest.mark.parametrize(("scalar", "value"), BAD)
def test_bad_values_are_refused_with_the_form_wanted(scalar: object, value: object) -> None:
    with pytest.raises(ValueError, match="wanted"):
        SCALARS[scalar].parse_value(value)


def test_dates_and_times() -> None:
    moment = datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert SCALARS[datetime].parse_value("2026-01-31T10:00:00+01:00") == moment
    assert SCALARS[datetime].parse_value("2026-01-31T09:00:00Z") == moment
    assert SCALARS[datetime].serialize(moment) == "2026-01-31T09:00:00+00:00"
    assert SCALARS[date].parse_value("2026-01-31") == date(2026, 1, 31)
    assert SCALARS[date].serialize(date(2026, 1, 31)) == "2026-01-31"
