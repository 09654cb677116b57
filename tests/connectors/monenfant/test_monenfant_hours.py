"""The calendar of monenfant.fr as OpenStreetMap opening hours, read back by the `opening_hours` package."""

from datetime import datetime
from typing import Any

import opening_hours as osm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.monenfant.hours import DAYS, opening_hours


def slots(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"start": start, "end": end} for start, end in pairs]


FULL = slots(("08:00", "18:30"))


@pytest.mark.parametrize(
    ("days", "closures", "expected"),
    [
        (dict.fromkeys(list(DAYS)[:5], FULL), [], "Mo-Fr 08:00-18:30"),
        ({"lundi": FULL, "mondayToFridayWeek": True}, ["jamais"], "Mo-Fr 08:00-18:30"),
        ({"lundi": FULL, "samedi": FULL, "mondayToFridayWeek": "true"}, [], "Mo-Sa 08:00-18:30"),
        ({"lundi": FULL, "mardi": FULL}, [], "Mo,Tu 08:00-18:30"),
        (dict.fromkeys(DAYS, FULL), [], "Mo-Su 08:00-18:30"),
        (
            {"lundi": FULL, "mercredi": slots(("8h", "12h")), "jeudi": FULL},
            ["juillet", "aout"],
            "Mo,Th 08:00-18:30; We 08:00-12:00; Jul off; Aug off",
        ),
        (
            {"lundi": slots(("14:00", "18:00"), ("8:30", "12h15"))},
            ["noel_nouvel_an"],
            "Mo 08:30-12:15,14:00-18:00; Dec 25-Jan 01 off",
        ),
        ({"lundi": FULL}, ["Août", "jamais"], "Mo 08:00-18:30"),
        ({"lundi": FULL}, ["Août", "un jour"], "Mo 08:00-18:30; Aug off"),
        ({"lundi": slots(("22:00", "06:00"))}, [], "Mo 22:00-06:00"),
        ({"lundi": slots(("00:00", "00:00"))}, [], "Mo 00:00-24:00"),
        ({"lundi": slots(("08:00:00", "24:00"))}, [], "Mo 08:00-24:00"),
    ],
)
def test_a_calendar(days: dict[str, Any], closures: list[str], expected: str) -> None:
    found = opening_hours({"joursHoraires": days, "periodesFermetures": closures})
    assert found == expected
    assert osm.validate(expected)


@pytest.mark.parametrize(
    "days",
    [
        None,
        {},
        {"lundi": None},
        {"lundi": "08:00-18:00"},
        {"lundi": [None, {}, {"start": "08:00"}]},
        {"lundi": slots(("24:00", "08:00"), ("09:00", "09:00"), ("25:00", "26:00"), ("08:75", "09:00"))},
        {"mondayToFridayWeek": True},
    ],
)
def test_no_readable_hour_is_no_opening_hours(days: Any) -> None:
    assert opening_hours({"joursHoraires": days, "periodesFermetures": ["aout"]}) is None


def test_the_hours_mean_what_the_calendar_says() -> None:
    found = opening_hours(
        {
            "joursHoraires": {"lundi": FULL, "mondayToFridayWeek": True},
            "periodesFermetures": ["aout", "noel_nouvel_an"],
        }
    )
    hours = osm.OpeningHours(found or "")
    assert hours.is_open(datetime(2026, 3, 3, 12, 0))  # noqa: DTZ001 (local time)
    assert not hours.is_open(datetime(2026, 3, 3, 19, 0))  # noqa: DTZ001
    assert not hours.is_open(datetime(2026, 3, 7, 12, 0))  # noqa: DTZ001
    assert not hours.is_open(datetime(2026, 8, 4, 12, 0))  # noqa: DTZ001
    assert not hours.is_open(datetime(2026, 12, 28, 12, 0))  # noqa: DTZ001
    assert not hours.is_open(datetime(2027, 1, 1, 12, 0))  # noqa: DTZ001


HOUR = st.sampled_from(["0:00", "00:00", "7h", "08:30", "12:00", "24:00", "23:59", "x", "", None, 8])
SLOTS = st.lists(st.fixed_dictionaries({"start": HOUR, "end": HOUR}), max_size=3)


@given(
    days=st.dictionaries(st.sampled_from(list(DAYS)), SLOTS),
    week=st.sampled_from([True, False, None]),
    closures=st.lists(st.sampled_from(["jamais", "juillet", "aout", "noel_nouvel_an", "autre", 3])),
)
def test_whatever_comes_out_is_valid(days: dict[str, Any], week: bool | None, closures: list[Any]) -> None:
    found = opening_hours({"joursHoraires": {**days, "mondayToFridayWeek": week}, "periodesFermetures": closures})
    assert found is None or osm.validate(found)
