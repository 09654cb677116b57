"""A place of the service behind monenfant.fr (an entry of a search, or a detail) -> a record.

The service gives no INSEE code and no coordinates. An assistant maternel is a person, whose address may be a
home: of the place only the commune and postal code are kept, and no free text, which may tell more.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.cleaning import (
    code,
    day,
    email,
    entries,
    fields,
    moment,
    text,
    website,
    yes_or_no,
)
from connectors.gazetteer import Commune, gazetteer
from connectors.markup import plain_text
from connectors.monenfant import natures
from connectors.monenfant.hours import opening_hours
from connectors.monenfant.places import Written, address, in_order, located, taken_apart
from connectors.nomenclature import TerritoryKind
from connectors.records import Accessibility, Availability, Contact, StructureRecord, Territory
from connectors.telephone import e164

PAGE = "https://monenfant.fr/que-recherchez-vous"

_DESCRIPTIONS = {
    "description2": "Le projet",
    "description4": "L’équipe",
    "description3": "Le gestionnaire",
    "description5": "Conditions d’admission",
    "description6": "Modalités d’inscription",
    "description1": "Modalités tarifaires",
}


def read_result(
    source: str, value: Any, *, around: Commune, checked_at: datetime
) -> tuple[StructureRecord, Commune] | None:
    """The record of an entry of a search `around` a commune, and the commune where it lies.

    None when it has no usable id or name, or when its commune cannot be told.
    """
    result = fields(value)
    first_name, family_name, type_ = (text(result.get(f)) for f in ("firstname", "name", "type"))
    if not type_ and first_name:
        type_ = "AM"
    key = natures.key(type_, code(result.get("id")))
    written = taken_apart(text(result.get("address")), code(result.get("commune")))
    commune = located(written, around)
    if not key or not family_name or not commune:
        return None
    nature = natures.nature(type_, named_person=first_name is not None)
    name = f"{first_name} {family_name}" if first_name and nature.home else family_name
    record = StructureRecord(
        source=source,
        key=key,
        name=name,
        kind=nature.kind,
        category=nature.category,
        subcategory=nature.subcategory,
        address=address(written, commune, home=nature.home),
        contact=_contact(result, "phone", "phone2", "mail", "siteWeb"),
        availability=_availability(result, checked_at),
        url=_page(type_, key, name),
    )
    return record, commune


def read_detail(source: str, asked: str, value: Any) -> StructureRecord | None:
    """The record of a detail, for the key that was `asked`; None when it has no name or another id."""
    detail, told = fields(value), natures.type_and_id(asked)
    name, id_ = text(detail.get("structureName")), code(detail.get("structureId"))
    if told is None or not name or id_ != told[1]:
        return None
    type_ = text(detail.get("structureType")) or told[0]
    nature = natures.nature(told[0])
    nature = nature if nature.home else natures.nature(type_)
    common = fields(detail.get("serviceCommun"))
    welcome = None if nature.home else plain_text(fields(detail.get("serviceAccueil")).get("handicap"))
    written = _written(fields(detail.get("coordonnees")))
    return StructureRecord(
        source=source,
        key=asked,
        name=name,
        kind=nature.kind,
        category=nature.category,
        subcategory=nature.subcategory,
        description=None if nature.home else _description(fields(detail.get("description"))),
        address=address(written, located(written), home=nature.home),
        contact=_contact(fields(detail.get("coordonnees")), "telephone", "telephone2", "adresseMail", "siteInternet"),
        territory=_territory(common.get("communesDesservies")),
        opening_hours=opening_hours(common.get("calendrier")),
        accessibility=Accessibility(description=welcome) if welcome else None,
        updated_at=moment(detail.get("modifiedDate")),
        url=_page(type_, asked, name),
    )


def _written(place: Mapping[str, Any]) -> Written:
    """`nomVoie` holds the name of the street and, after a dash between spaces, what completes the address."""
    road, _, complement = (text(place.get("nomVoie")) or "").partition(" - ")
    street = " ".join(part for part in (code(place.get("numeroVoie")), text(place.get("typeVoie")), text(road)) if part)
    postal_code, city = in_order(code(place.get("codePostal")), code(place.get("commune")))
    return Written(street=street or None, complement=text(complement), postal_code=postal_code, city=city)


def _contact(place: Mapping[str, Any], phone: str, second_phone: str, mail: str, site: str) -> Contact | None:
    contact = Contact(
        phone=e164(code(place.get(phone))) or e164(code(place.get(second_phone))),
        email=email(place.get(mail)),
        website=website(place.get(site)),
    )
    return contact if contact != Contact() else None


def _availability(result: Mapping[str, Any], checked_at: datetime) -> Availability | None:
    """`checked_at` is when the service was asked: it does not say since when it knows."""
    has_places, available_from = yes_or_no(result.get("hasDispo")), day(result.get("dateDispo"))
    if has_places is None and available_from is None:
        return None
    return Availability(has_places=has_places, available_from=available_from, checked_at=checked_at)


def _description(texts: Mapping[str, Any]) -> str | None:
    """The parts that are filled, each under its title."""
    parts = ((title, plain_text(texts.get(field))) for field, title in _DESCRIPTIONS.items())
    return "\n\n".join(f"{title}\n{part}" for title, part in parts if part) or None


def _territory(served: Any) -> Territory | None:
    """The commune that is served, where it is only one; commune and postal code are swapped at times."""
    communes = set()
    for entry in entries(served):
        postal_code, city = in_order(code(fields(entry).get("codePostal")), code(fields(entry).get("commune")))
        communes.add(gazetteer().locate(postal_code, city))
    if len(communes) != 1 or (commune := communes.pop()) is None:
        return None
    return Territory(TerritoryKind.COMMUNE, commune.name, commune.insee)


def _page(type_: str | None, key: str, name: str) -> str | None:
    """The page on monenfant.fr, in the form that data·inclusion gives; known for the crèches (EAJE) only."""
    return f"{PAGE}/{quote(name, safe='')}/EAJE/{quote(key, safe='')}" if natures.word(type_) == "eaje" else None
