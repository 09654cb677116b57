"""What directories write in their fields, made clean: nothing here raises, and what cannot be read is None.

Each function takes any JSON value; those that give a text give the same when they are applied to it again.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from connectors.records import Position

_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def text(value: Any) -> str | None:
    """One line without superfluous spaces; None when there is nothing."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def code(value: Any) -> str | None:
    """A code or an id, which some write as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


def fields(value: Any) -> Mapping[str, Any]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: Any) -> list[Any]:
    """A JSON array, or an empty one."""
    return value if isinstance(value, list) else []


def yes_or_no(value: Any) -> bool | None:
    """A boolean, also as a word."""
    if isinstance(value, bool):
        return value
    return {"true": True, "oui": True, "false": False, "non": False}.get((text(value) or "").lower())


def email(value: Any) -> str | None:
    """The first e-mail address of a text."""
    for piece in re.split(r"[\s;,<>()\[\]\"]+|mailto:", text(value) or ""):
        if re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)*\.[^\W\d_]{2,}", piece):
            return piece
    return None


def website(value: Any) -> str | None:
    """An http(s) address of the web; one without a scheme ("www.exemple.fr") is given http."""
    address = text(value) or ""
    if not re.match(r"[a-z][a-z+-]*:", address, re.IGNORECASE):
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    named = re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) and "@" not in parts.netloc
    return address if named and parts.scheme in {"http", "https"} and " " not in address else None


def day(value: Any) -> date | None:
    """A date written DD/MM/YYYY or YYYY-MM-DD; not one that only fills the field (01/01/0001, 31/12/9999)."""
    written = text(value) or ""
    try:
        if french := re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", written, re.ASCII):
            number, month, year = map(int, french.groups())
            found = date(year, month, number)
        else:
            found = date.fromisoformat(written[:10])
    except ValueError:
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def moment(value: Any) -> datetime | None:
    """A date and time with its offset, in UTC; a date alone is its midnight, UTC."""
    date_alone = day(value)
    if date_alone is None:
        return None
    try:
        found = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return datetime.combine(date_alone, time(), UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def position(latitude: Any, longitude: Any) -> Position | None:
    """A point on Earth in decimal degrees; 0, 0 only fills the fields."""
    for value in (latitude, longitude):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180) or latitude == longitude == 0:
        return None
    return Position(float(latitude), float(longitude))
