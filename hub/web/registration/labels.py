"""How the fields of a registration are called on the pages, and which field of a page a path of the API's input is.

A path is that of a reason (`places.0.commune`); in the patterns here `*` stands for the number of a list's item.
"""

import re
from typing import Final

LABELS: Final = {
    "kind": "Vous êtes",
    "name": "Nom affiché",
    "description": "Présentation",
    "siret": "Numéro SIRET",
    "finess": "Numéro FINESS",
    "rpps": "Numéro RPPS",
    "category": "Catégorie",
    "inPeriod": (
        "Votre activité s’adresse-t-elle aux (futurs) parents et aux enfants, du projet d’enfant à l’entrée à l’école ?"
    ),
    "situations": "Vos situations",
    "situations.*.institution": "Service, caisse ou collectivité qui vous accorde sa confiance",
    "priorities": "Priorités auxquelles vous contribuez",
    "actions": "Vos actions",
    "actions.*.title": "Titre",
    "actions.*.description": "Description",
    "actions.*.priorities": "Priorités que sert cette action",
    "actions.*.area.kind": "Niveau du territoire de l’action",
    "actions.*.area.name": "Nom du territoire de l’action",
    "actions.*.area.code": "Lequel de ces territoires ?",
    "actions.*.audiences": "Publics",
    "actions.*.keyMoments": "Moments clefs",
    "actions.*.itinerant": "Cette action est itinérante",
    "itinerant": "Vous êtes itinérant",
    "area.kind": "Niveau du territoire où vous intervenez",
    "area.name": "Nom du territoire où vous intervenez",
    "area.code": "Lequel de ces territoires ?",
    "places": "Vos adresses",
    "places.*.street": "Numéro et voie",
    "places.*.complement": "Complément d’adresse",
    "places.*.postalCode": "Code postal",
    "places.*.city": "Ville",
    "places.*.commune": "Commune",
    "atHome": "Cette adresse est-elle votre domicile ?",
    "showExactAddress": "J’accepte que l’adresse exacte de mon domicile soit montrée",
    "contact.phone.value": "Téléphone",
    "contact.email.value": "Adresse électronique",
    "contact.website.value": "Site internet",
    "consent": "Consentement",
    "sameAs": "Fiches des annuaires qui sont les vôtres",
}

PARTS: Final = {"actions": "Action", "places": "Adresse"}
"""What an item of a list is called."""

ELSEWHERE: Final = (
    (re.compile(r"subcategory"), "category"),
    (re.compile(r"(.*\.)?area"), r"\1area.name"),
    (re.compile(r"(.*\.(?:audiences|keyMoments|priorities))\.\d+"), r"\1"),
    (re.compile(r"(priorities)\.\d+"), r"\1"),
    (re.compile(r"(places\.\d+)\.(?:latitude|longitude)"), r"\1.postalCode"),
    (re.compile(r"(?:places\.\d+\.)?sameAs(?:\.\d+)?"), "sameAs"),
)
"""Paths of the input without a field of their own, and the field that stands for them."""


def field_of(path: str | None) -> str | None:
    """The field of the pages that a path of the input is; None for what nobody types, as the id."""
    field = path or ""
    for pattern, other in ELSEWHERE:
        if found := pattern.fullmatch(field):
            field = found.expand(other)
            break
    return field if _pattern(field) in LABELS else None


def label_of(field: str) -> str:
    """How a field is called where it stands."""
    return LABELS[_pattern(field)]


def _pattern(field: str) -> str:
    return re.sub(r"\.(?:\d+|[A-Z_]+)(?=\.|$)", ".*", field)


def full_label_of(field: str) -> str:
    """How a field is called away from where it stands: "Adresse 2, code postal"."""
    list_, number, *_ = *field.split("."), "", ""
    label = label_of(field)
    if list_ not in PARTS or not number:
        return label.removesuffix(" ?")
    return f"{PARTS[list_]} {int(number) + 1}, {label[0].lower()}{label[1:]}"
