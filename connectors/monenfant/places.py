"""Which commune an address of monenfant.fr lies in: there is no INSEE code, and its parts may be swapped."""

import re

from msgspec import Struct

from connectors.gazetteer import Commune, city_key, gazetteer
from connectors.records import Address


class Written(Struct, frozen=True, kw_only=True):
    """An address as it is written; any part may be missing."""

    street: str | None = None
    complement: str | None = None
    postal_code: str | None = None
    city: str | None = None


def in_order(postal_code: str | None, city: str | None) -> tuple[str | None, str | None]:
    """A postal code and a city, put right where they were swapped or written together ("21000 DIJON")."""
    if _postal_code(city) or not city:
        postal_code, city = (city, postal_code) if not _postal_code(postal_code) else (postal_code, None)
    inside = re.search(r"(?<!\d)\d{5}(?!\d)", f"{postal_code or ''} {city or ''}", re.ASCII)
    code = _postal_code(postal_code) or (inside[0] if inside else None)
    return code, _words((city or "").replace(code or " ", " "))


def taken_apart(line: str | None, city: str | None) -> Written:
    """An address on one line ("12 rue des Lilas, 21000 DIJON"), and the city that is told beside it."""
    line = line or ""
    postal_code, city = in_order(None, city)
    codes = list(re.finditer(r"(?<!\d)\d{5}(?!\d)", line, re.ASCII))
    if codes:
        last = next((c for c in reversed(codes) if gazetteer().by_postal_code(c[0])), codes[-1])
        street, postal_code = line[: last.start()], postal_code or last[0]
        city = city or _words(line[last.end() :])
    else:
        street = _without_end(line.rstrip(), city)
    return Written(street=_words(street), postal_code=postal_code, city=city)


def _without_end(line: str, city: str | None) -> str:
    """ "12 rue des Lilas, Dijon" -> "12 rue des Lilas"."""
    found = re.search(rf"(?<=[\s,]){re.escape(city)}\Z", line, re.IGNORECASE) if city else None
    return line[: found.start()] if found else line


def located(written: Written, around: Commune | None = None) -> Commune | None:
    """The commune of an address; None when in doubt.

    Without a postal code, the city's name decides among the communes that touch the one searched `around`.
    """
    places = gazetteer()
    if commune := places.locate(written.postal_code, written.city):
        return commune
    if written.postal_code or not written.city or not around:
        return None
    if around.latitude is None or around.longitude is None:
        return None
    near = places.near(around.latitude, around.longitude, around.reach_km * 1000)
    named = [c for c in near if city_key(c.name) == city_key(written.city)]
    return named[0] if len(named) == 1 else None


def address(written: Written, commune: Commune | None, *, home: bool) -> Address | None:
    """An address for the record. A home keeps its commune and postal code only."""
    if commune is None and not any((written.street, written.postal_code, written.city)):
        return None
    return Address(
        street=None if home else written.street,
        complement=None if home else written.complement,
        postal_code=written.postal_code,
        city=written.city or (commune.name if commune else None),
        insee=commune.insee if commune else None,
        departement=commune.departement if commune else None,
    )


def _postal_code(value: str | None) -> str | None:
    """Five digits; some write "21 000", and a spreadsheet loses the first 0."""
    digits = "".join((value or "").split())
    return digits.zfill(5) if re.fullmatch(r"\d{4,5}", digits, re.ASCII) else None


def _words(value: str | None) -> str | None:
    """A piece of an address, without the punctuation that held it to the others."""
    return " ".join((value or "").split()).strip(" ,;()-–") or None
