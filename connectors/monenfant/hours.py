"""Opening hours: the calendar of monenfant.fr, written as OpenStreetMap does (`opening_hours`)."""

import re
from typing import Any

from connectors.cleaning import code, entries, fields, yes_or_no
from connectors.gazetteer import fold

DAYS = {
    "lundi": "Mo",
    "mardi": "Tu",
    "mercredi": "We",
    "jeudi": "Th",
    "vendredi": "Fr",
    "samedi": "Sa",
    "dimanche": "Su",
}
CLOSURES = {"juillet": "Jul off", "aout": "Aug off", "noel nouvel an": "Dec 25-Jan 01 off"}

Slot = tuple[str, str]


def opening_hours(calendar: Any) -> str | None:
    """A calendar (`joursHoraires`, `periodesFermetures`) as in "Mo-Fr 08:00-18:30; Aug off".

    None when no hour is given: a closure alone would say that the place never opens. A day without hours is
    left out. Where `mondayToFridayWeek` is set, Monday's hours are those of the five days.
    """
    calendar = fields(calendar)
    days = fields(calendar.get("joursHoraires"))
    week = {osm: _slots(days.get(french)) for french, osm in DAYS.items()}
    if yes_or_no(days.get("mondayToFridayWeek")):
        week |= dict.fromkeys(("Mo", "Tu", "We", "Th", "Fr"), week["Mo"])
    rules = _rules(week)
    return "; ".join([*rules, *_closures(calendar.get("periodesFermetures"))]) if rules else None


def _rules(week: dict[str, tuple[Slot, ...]]) -> list[str]:
    """One rule for all the days that have the same hours."""
    by_slots: dict[tuple[Slot, ...], list[str]] = {}
    for name, slots in week.items():
        if slots:
            by_slots.setdefault(slots, []).append(name)
    return [f"{_days(names)} {','.join(f'{start}-{end}' for start, end in slots)}" for slots, names in by_slots.items()]


def _days(names: list[str]) -> str:
    """Days of the week, three or more in a row as a range: "Mo-Fr,Su"."""
    order = list(DAYS.values())
    runs: list[list[str]] = []
    for name in names:
        if runs and order.index(runs[-1][-1]) + 1 == order.index(name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in runs)


def _slots(value: Any) -> tuple[Slot, ...]:
    """The hours of one day, in order; those that cannot be read are left out."""
    slots = set()
    for entry in entries(value):
        start, end = _hour(fields(entry).get("start")), _hour(fields(entry).get("end"))
        if not start or not end or start == "24:00":
            continue
        end = "24:00" if end == "00:00" else end
        if start != end:
            slots.add((start, end))
    return tuple(sorted(slots))


def _hour(value: Any) -> str | None:
    """An hour of the day: "8h", "8:30", "08:30:00" -> "HH:MM"."""
    found = re.fullmatch(r"(\d{1,2}) ?(?:[:hH] ?(\d{2})?(?::\d{2})?)?", code(value) or "", re.ASCII)
    if not found:
        return None
    hours, minutes = int(found[1]), int(found[2] or 0)
    return f"{hours:02}:{minutes:02}" if minutes < 60 and hours * 60 + minutes <= 24 * 60 else None


def _closures(value: Any) -> list[str]:
    """The yearly closures; "jamais" overrules the others."""
    periods = {fold(p) for p in entries(value) if isinstance(p, str)}
    return [] if "jamais" in periods else [osm for period, osm in CLOSURES.items() if period in periods]
