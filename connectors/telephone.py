"""Telephone numbers as French directories write them, in E.164 form.

National plan (ARCEP, "plan national de numérotation"): ten digits, the first of which is a trunk 0. The
overseas départements have country codes of their own, told by the first digits.
"""

import re

OVERSEAS = {
    "262": "262",
    "263": "262",
    "269": "262",
    "639": "262",
    "692": "262",
    "693": "262",
    "590": "590",
    "690": "590",
    "691": "590",
    "594": "594",
    "694": "594",
    "596": "596",
    "696": "596",
    "697": "596",
}
"""First digits after the trunk 0 -> country code (La Réunion and Mayotte, Guadeloupe, Guyane, Martinique)."""

FICTION = "63998"
"""06 39 98: kept by ARCEP for fiction, numbers of no territory inside Mayotte's 06 39; they go by +33."""

MAX_LENGTH = 500
"""Characters that are read: a field of a directory holds a few numbers and words about them."""

_COUNTRIES = ("33", "262", "590", "594", "596")
_SEPARATORS = (
    re.compile(r"[;,|\n\r:]|[^\W\d_]+"),
    re.compile(r"/|\s[-–—]\s"),
    re.compile(r"\s+"),
)
"""What may stand between two numbers of a text, tried in this order: a slash or a space may be inside one."""

_LETTER = re.compile(r"[^\W\d_]")
_PUNCTUATION = re.compile(r"[^0-9+]")
_TRUNK_IN_BRACKETS = re.compile(r"\(\s*0\s*\)")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{7,15}")
_NATIONAL = re.compile(r"(?:0|33)([1-9][0-9]{8})")
_NINE_DIGITS = re.compile(r"[1-9][0-9]{8}")
_ABROAD = re.compile(r"[1-9][0-9]{7,14}")


def e164(text: str | None) -> str | None:
    """The first valid number of a text, in E.164 form: "01 99 00 12 34" -> "+33199001234"; else None.

    Fillers ("0000000000"), short numbers and incomplete ones are none. A number of another country is kept
    when it is written with its country code. Applied to its own result it gives it back.
    """
    return _first(text[:MAX_LENGTH], _SEPARATORS) if text else None


def _first(text: str, separators: tuple[re.Pattern[str], ...]) -> str | None:
    number = _number(text)
    if number or not separators:
        return number
    for part in separators[0].split(text):
        if number := _first(part, separators[1:]):
            return number
    return None


def _number(text: str) -> str | None:
    """A text that holds one number and nothing else but punctuation."""
    if usual := _NATIONAL.fullmatch(text):
        return _french("33", usual[1])
    if _LETTER.search(text):
        return None
    digits = _PUNCTUATION.sub("", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _INTERNATIONAL.fullmatch(digits):
        return _international(_TRUNK_IN_BRACKETS.sub("", text), digits)
    national = _NATIONAL.fullmatch(digits)
    return _french("33", national[1]) if national else None


def _international(text: str, digits: str) -> str | None:
    """A number with its country code; `text` is what it was written as, without a trunk zero in brackets."""
    for country in _COUNTRIES:
        if digits.startswith("+" + country):
            national = digits[1 + len(country) :].removeprefix("0")
            return _french(country, national) if _NINE_DIGITS.fullmatch(national) else None
    bare = _PUNCTUATION.sub("", text).replace("+", "").removeprefix("00")
    return "+" + bare if _ABROAD.fullmatch(bare) else None


def _french(country: str, national: str) -> str | None:
    """A national number of nine digits, with the country code that its first digits tell."""
    if not national[1:].strip("0"):
        return None
    if national.startswith(FICTION):
        return f"+33{national}"
    return f"+{OVERSEAS.get(national[:3], country)}{national}"
