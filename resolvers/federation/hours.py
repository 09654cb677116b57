"""Opening hours (OpenStreetMap `opening_hours`), told in the local time of the place."""

from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, validate

PARIS: Final = "Europe/Paris"

OVERSEAS: Final = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
"""Time zones (IANA) of the overseas départements and territories; the others keep Paris time."""

MAX_LENGTH: Final = 500
"""A longer expression is not read: no directory's hours come near it."""


def is_open(hours: str | None, departement: str | None, moment: datetime) -> bool | None:
    """Whether a place is open at a moment (with its time zone); None when its hours do not tell."""
    zone = OVERSEAS.get(departement or "", PARIS)
    parsed = _parse(hours, zone) if hours else None
    if parsed is None:
        return None
    state, _ = parsed.state(moment.astimezone(ZoneInfo(zone)))
    return None if state == State.UNKNOWN else state == State.OPEN


@lru_cache(maxsize=16_384)
def _parse(hours: str, zone: str) -> OpeningHours | None:
    if len(hours) > MAX_LENGTH or not validate(hours):
        return None
    return OpeningHours(hours, timezone=ZoneInfo(zone), country="FR")
