"""Addresses of the Annuaire Santé, and the communes they lie in.

The street is in `line`, or only in the extensions iso21090-ADXP-* of `_line`; the INSEE code is in an
extension.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from connectors.annuaire_sante import fhir
from connectors.gazetteer import Commune, fold, gazetteer
from connectors.records import Address

_ADXP = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-"
_STREET = ("houseNumber", "buildingNumberSuffix", "streetNameType", "streetName", "streetNameBase")
_COMPLEMENT = ("careOf", "additionalLocator", "unitID", "postBox")
"""Parts of an address (ISO 21090), in the order in which they are written."""

_INSEE = "fr-core-address-insee-code"
_POSTAL_CODE = re.compile(r"[0-9]{5}")
_CODE_BEFORE_CITY = re.compile(r"([0-9]{5})\b\s*")
_CODE_IN_LINE = re.compile(r"(?:^|(?<=[\s,;-]))[0-9]{5}\b")

PLACES_KEPT: Final = 4_096
"""Places, as they are written, of which it is remembered where they are: entries of one commune come together."""

LONGEST_PLACE: Final = 200
"""Characters of a place that is remembered; no honest one comes near it."""

Place = tuple[str | None, str | None, Commune | None]
"""A postal code and a city, told apart, and the commune that they mean."""


def tidy(text: str | None) -> str | None:
    """A text on one line, without useless spaces or control characters; None when nothing is left."""
    if not text:
        return None
    if not text.isprintable():  # of white space only the space is printable
        text = "".join(c if c.isprintable() else " " for c in text)
    if "  " in text:
        text = " ".join(text.split())
    return text.strip(" ,;") or None


def read_address(addresses: Sequence[fhir.Address]) -> Address | None:
    """The first address that says where it is (city, postal code or INSEE code); None when none does."""
    for sent in addresses:
        insee = _insee(sent)
        postal_code, city, commune = _place(insee, sent.postal_code, sent.city)
        if not (postal_code or city or insee):
            continue
        street, complement = _street(sent, postal_code)
        return Address(
            street=street,
            complement=complement,
            postal_code=postal_code,
            city=city,
            insee=commune.insee if commune else None,
            departement=commune.departement if commune else None,
        )
    return None


def locate(insee: str | None, postal_code: str | None, city: str | None) -> Commune | None:
    """The commune meant, None when in doubt; in Paris, Lyon and Marseille the arrondissement, where told."""
    known = gazetteer()
    commune = known.communes.get((insee or "").strip().upper()) or known.locate(postal_code, city)
    if commune is None or commune.parent:
        return commune
    arrondissements = known.with_arrondissements(commune)[1:]
    exact = [a for a in arrondissements if postal_code in a.postal_codes]
    number = re.search(r"\b([0-9]{1,2})\b", city or "")
    told = [a for a in arrondissements if number and fold(a.name).split()[1] in _ordinals(number[1])]
    return next((found[0] for found in (exact, told) if len(found) == 1), commune)


def cedex_cities(communes: Sequence[Commune]) -> tuple[str, ...]:
    """What `address.city` begins with for the CEDEX entries of these communes: "ST DENIS CEDEX".

    CEDEX postal codes belong to no commune: only the city's name, as La Poste writes it, finds these entries.
    Both "ST" and "SAINT" are in use.
    """
    cities: dict[str, None] = {}
    for commune in communes:
        city = gazetteer().communes[commune.parent] if commune.parent else commune
        words = fold(city.name).upper().split()
        short = [{"SAINT": "ST", "SAINTE": "STE", "SAINTS": "STS", "SAINTES": "STES"}.get(w, w) for w in words]
        cities[f"{' '.join(short)} CEDEX"] = None
        cities[f"{' '.join(words)} CEDEX"] = None
    return tuple(cities)


def postal_prefixes(departement: str) -> tuple[str, ...]:
    """What the postal codes of a département begin with, those borrowed from a neighbour in full."""
    codes = {code for commune in gazetteer().by_departement(departement) for code in commune.postal_codes}
    if departement in {"2A", "2B"}:
        main: tuple[str, ...] = ("20",)
    elif departement == "974":
        main = ("974", "977")  # La Réunion's CEDEX codes are 977xx
    else:
        main = (departement,)
    return (*main, *sorted(code for code in codes if not code.startswith(main)))


def _ordinals(number: str) -> set[str]:
    """ "14" -> {"14e", "14er"}, as the arrondissements are named."""
    return {f"{int(number)}e", f"{int(number)}er"}


def _insee(sent: fhir.Address) -> str | None:
    for extension in sent.extension:
        if extension.value_coding and extension.url and extension.url.endswith(_INSEE):
            return extension.value_coding.code
    return None


def _place(insee: str | None, postal_code: str | None, city: str | None) -> Place:
    """Where an address is, as it is sent."""
    length = len(insee or "") + len(postal_code or "") + len(city or "")
    return _known_place(insee, postal_code, city) if length <= LONGEST_PLACE else _read_place(insee, postal_code, city)


def _read_place(insee: str | None, postal_code: str | None, city: str | None) -> Place:
    """See `_place`; the city may be sent as "75014 PARIS"."""
    city = tidy(city)
    inside = _CODE_BEFORE_CITY.match(city or "")
    code = "".join((postal_code or "").split())
    postal_code = code if _POSTAL_CODE.fullmatch(code) else inside[1] if inside else None
    city = tidy(city[inside.end() :]) if city and inside else city
    return postal_code, city, locate(insee, postal_code, city)


_known_place = lru_cache(PLACES_KEPT)(_read_place)


def _street(sent: fhir.Address, postal_code: str | None) -> tuple[str | None, str | None]:
    """The street and its complement."""
    lines = [line for text in sent.line if (line := _without_city(text, postal_code))]
    street = ", ".join(lines) or None
    if not any(sent.line_elements):
        return street, None
    elements = [element for element in sent.line_elements if element]
    street = street or tidy(", ".join(_parts(e, _STREET) for e in elements))
    complement = tidy(", ".join(_parts(e, _COMPLEMENT, ", ") for e in elements))
    if street and complement and fold(complement) in fold(street):
        complement = None
    return street, complement


def _without_city(line: str | None, postal_code: str | None) -> str | None:
    """ "R DE LA LIBERTE, 18000 BOURGES" -> "R DE LA LIBERTE"."""
    text = tidy(line)
    if not text or not postal_code or postal_code not in text:
        return text
    for code in _CODE_IN_LINE.finditer(text):
        if code[0] == postal_code:
            return tidy(text[: code.start()].rstrip(" ,;-"))
    return text


def _parts(element: fhir.Element, names: Sequence[str], between: str = " ") -> str:
    given = {
        (e.url or "").removeprefix(_ADXP): e.value_string for e in element.extension if (e.url or "").startswith(_ADXP)
    }
    return between.join(part for name in names if (part := tidy(given.get(name))))
