"""Childcare places as the service behind monenfant.fr tells them, with its oddities.

"0000000000" for no telephone, dates as DD/MM/YYYY, descriptions in HTML, commune and postal code swapped at times
among the communes served; neither INSEE code nor coordinates nor SIRET.
"""

from datetime import date
from typing import Any

from connectors.gazetteer import Commune
from connectors.sandbox.places import Childcare, Place

NO_PHONE = "0000000000"
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi")
WEEKEND = ("samedi", "dimanche")


def result(place: Place, metres: float) -> dict[str, Any]:
    """One of the `mainResults` of a search."""
    details = place.childcare
    person = details.firstname is not None
    return {
        "id": details.structure_id,
        "organizationId": None if person else f"org-{details.structure_id}",
        "type": details.type,
        "firstname": details.firstname,
        "name": _name(place),
        "siteWeb": place.website,
        "phone": place.phone or _no_phone(details),
        "phone2": "",
        "mail": place.email,
        "address": f"{_street(place)} {place.postal_code} {_shown_city(place)}",
        "commune": _shown_city(place),
        "distance": round(metres / 1000, 2),
        "hasDispo": details.has_places,
        "dateDispo": _day(details.available_from),
        "isAvip": details.avip,
        "servesCommune": True,
    }


def detail(place: Place) -> dict[str, Any]:
    """The whole of a place."""
    details = place.childcare
    street = place.street
    complement = " - Bâtiment B" if _rank(details) % 5 == 0 else ""
    return {
        "structureType": details.type,
        "structureId": details.structure_id,
        "structureName": place.name,
        "modifiedDate": _day(place.updated_at.date()),
        "gestionnaire": details.operator,
        "coordonnees": {
            "numeroVoie": street.number if street else "",
            "typeVoie": street.type if street else "",
            "nomVoie": street.name + complement if street else "",
            "codePostal": place.postal_code,
            "commune": _shown_city(place),
            "telephone": place.phone or _no_phone(details),
            "telephone2": NO_PHONE,
            "adresseMail": place.email or "",
            "siteInternet": place.website or "",
        },
        "description": _descriptions(details),
        "serviceCommun": {
            "avip": details.avip,
            "calendrier": _calendar(details),
            "communesDesservies": [_served(commune, details) for commune in details.served],
        },
        "serviceAccueil": {"handicap": details.handicap or ""},
    }


def _name(place: Place) -> str:
    """The structure's name, or a person's family name."""
    return place.name.removeprefix(f"{place.childcare.firstname} ")


def _rank(details: Childcare) -> int:
    """What decides on the oddities of a place, the same in every run."""
    return int(details.structure_id) % 60


def _street(place: Place) -> str:
    return place.street.text if place.street else ""


def _shown_city(place: Place) -> str:
    """In capitals for one place in three."""
    return place.city.upper() if _rank(place.childcare) % 3 == 0 else place.city


def _no_phone(details: Childcare) -> str | None:
    return NO_PHONE if _rank(details) % 2 == 0 else None


def _day(day: date | None) -> str | None:
    return day.strftime("%d/%m/%Y") if day else None


def _descriptions(details: Childcare) -> dict[str, str]:
    return {
        "description1": "<p>Tarifs selon le <strong>barème</strong>&nbsp;national de la Cnaf.</p>",
        "description2": "<p>Éveil aux arts &amp; à la nature,<br/>chaque semaine.</p><p>Texte fictif.</p>",
        "description3": f"<div>{details.operator or ''}</div>",
        "description4": "<ul><li>une éducatrice de jeunes enfants</li><li>deux auxiliaires</li></ul>",
        "description5": "",
        "description6": "<script>void 0</script><p>Inscription en mairie.</p>",
    }


def _calendar(details: Childcare) -> dict[str, Any]:
    ranges = [{"start": start, "end": end} for start, end in details.hours.ranges] if details.hours else []
    text = "Du lundi au vendredi : " + ", ".join(f"{r['start']} - {r['end']}" for r in ranges) if ranges else ""
    days: dict[str, Any] = dict.fromkeys(WEEK, ranges) | {day: [] for day in WEEKEND}
    return {
        "rendezVous": "",
        "joursHoraires": days | {"mondayToFridayWeek": None},
        "joursHorairesText": text,
        "periodesFermetures": list(details.closures),
    }


def _served(commune: Commune, details: Childcare) -> dict[str, str]:
    """A commune served; one entry in six has its two fields swapped."""
    name, postal_code = commune.name, commune.postal_codes[0]
    if _rank(details) % 6 == 0:
        name, postal_code = postal_code, name
    return {"commune": name, "codePostal": postal_code}
