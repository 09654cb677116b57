"""What stands where in an entry: dotted paths, and values that lists made from spreadsheets write in several ways.

Nothing here raises: what is not there, or cannot be read, is None.
"""

import re
from typing import Any

from connectors import cleaning
from connectors.records import Position
from connectors.telephone import e164

_MOST = 10**18
"""Larger numbers are no code."""


def at(value: Any, path: str) -> Any:
    """What a dotted path leads to: "contact.tel", "geometry.coordinates.0"; "" is the value itself.

    A name with dots in it is found too, where an object has it to the letter.
    """
    dot = path
    while dot:
        if isinstance(value, dict) and path in value:
            return value[path]
        step, dot, path = path.partition(".")
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < 10:
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def word(value: Any) -> str | None:
    """One line of text, or a code that was written as a number (92025, 92025.0)."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST:
        value = int(value)
    if isinstance(value, int) and abs(value) >= _MOST:
        return None
    return cleaning.code(value)


def count(value: Any) -> int | None:
    """A number of things: a whole number, none below 0."""
    digits = word(value) or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def postal(value: Any) -> str | None:
    """A postal code; a spreadsheet loses its first 0, some write "92 700"."""
    return _five(value, r"[0-9]{4,5}")


def insee(value: Any) -> str | None:
    """An INSEE code of a commune, which may have lost its first 0."""
    return _five(value, r"[0-9]{4,5}|2[AB][0-9]{3}")


def _five(value: Any, form: str) -> str | None:
    written = "".join((word(value) or "").split()).upper()
    return written.zfill(5) if re.fullmatch(form, written) else None


def phone(value: Any) -> str | None:
    """A telephone number in E.164 form; one that was taken for a number has lost its first 0."""
    digits = word(value) or ""
    return e164(f"0{digits}" if not isinstance(value, str) and len(digits) == 9 else digits)


def position(latitude: Any, longitude: Any) -> Position | None:
    """A point on Earth, its decimal degrees written as numbers or as texts ("48,92")."""
    return cleaning.position(_degrees(latitude), _degrees(longitude))


def _degrees(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value.strip().replace(",", "."))
    except ValueError:
        return None
