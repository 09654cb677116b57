"""Official numbers as people write them: their form and their key, without asking anybody.

SIRET: 14 digits, Luhn key (ISO/IEC 7812-1); those of La Poste (SIREN 356 000 000), which has more establishments than
keys allow, have digits that add up to a multiple of 5 instead (Insee, "numéro SIRET"). RPPS: 11 digits, Luhn key.
FINESS: 9 characters, Luhn key; how 2A and 2B count in it is not published, so that their form alone is checked.
"""

import re
from collections.abc import Iterator
from typing import Final

from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import Identifier
from connectors.registrations.form import Form

LA_POSTE: Final = "356000000"

_FORMS: Final = {
    Scheme.SIRET: re.compile(r"[0-9]{14}"),
    Scheme.RPPS: re.compile(r"[0-9]{11}"),
    Scheme.FINESS: re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}"),
}
FIELDS: Final = {"siret": Scheme.SIRET, "finess": Scheme.FINESS, "rpps": Scheme.RPPS}
"""The fields of a form that hold an official number."""


def number(scheme: Scheme, text: str) -> Identifier | None:
    """The number that a text holds, with or without spaces; None when its form or its key is wrong."""
    value = "".join(text.split()).upper()
    return Identifier(scheme, value) if _FORMS[scheme].fullmatch(value) and _has_key(scheme, value) else None


def numbers_of(form: Form) -> Iterator[Identifier]:
    """The official numbers of a form that are sound."""
    for field, scheme in FIELDS.items():
        text = getattr(form, field)
        if text is not None and (found := number(scheme, text)) is not None:
            yield found


def _has_key(scheme: Scheme, value: str) -> bool:
    if scheme is Scheme.SIRET and value.startswith(LA_POSTE) and sum(map(int, value)) % 5 == 0:
        return True
    return not value.isdecimal() or _luhn(value)


def _luhn(value: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(value)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
