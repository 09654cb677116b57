"""From what people know of a place, a postal code and a name, to the INSEE code that the API wants."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.gazetteer import Commune, Gazetteer, city_key
from connectors.nomenclature import TerritoryKind
from resolvers.types.territory import MAX_NAME, Territory, find

Choice = tuple[str, str]
"""A code, and the words to choose it by."""

Reason = dict[str, str]

MOST: Final = 20
"""Territories that one may choose from."""

NO_COMMUNE: Final = "Aucune commune n’a ce code postal : vérifiez-le."
WHICH_COMMUNE: Final = "Plusieurs communes ont ce code postal : choisissez la vôtre ci-dessous."
NO_TERRITORY: Final = "Aucun territoire de ce niveau ne porte ce nom : vérifiez-le."
WHICH_TERRITORY: Final = "Plusieurs territoires portent ce nom : choisissez le vôtre ci-dessous."


class Found:
    """What was found for the fields of a form. `choices`: by field, where there are several; `reasons`: why not."""

    def __init__(self) -> None:
        self.choices: dict[str, list[Choice]] = {}
        self.reasons: list[Reason] = []

    def several(self, field: str, choices: Iterable[Choice], at: str, message: str) -> None:
        """One is to be chosen."""
        self.choices[field] = list(choices)
        self.wrong(at, message)

    def wrong(self, field: str, message: str) -> None:
        """There is none."""
        self.reasons.append({"field": field, "message": message})

    def instead_of(self, reasons: Iterable[Mapping[str, Any]], moved: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """What is wrong in all; what was found of a field tells more than that it is missing."""
        told = {reason["field"] for reason in self.reasons}
        return [*(r for r in reasons if moved.get(r["field"], r["field"]) not in told), *self.reasons]


def locate(gazetteer: Gazetteer, places: Sequence[dict[str, Any]], found: Found) -> None:
    """Give each place the commune that its postal code and city mean; a point elsewhere is dropped with the old one."""
    for position, place in enumerate(places):
        if not place["postalCode"] and not place["city"]:
            continue
        before = place["commune"]
        candidates = _communes(gazetteer, place)
        if before not in {commune.insee for commune in candidates}:
            place["commune"] = candidates[0].insee if len(candidates) == 1 else None
            if before:
                place |= {"latitude": None, "longitude": None}
        if place["commune"] is None and len(candidates) > 1:
            choices = sorted((c.name, c.insee) for c in candidates)
            found.several(
                f"places.{position}.commune",
                [(code, name) for name, code in choices],
                f"places.{position}.postalCode",
                WHICH_COMMUNE,
            )
        elif place["commune"] is None and place["postalCode"]:
            found.wrong(f"places.{position}.postalCode", NO_COMMUNE)


def name_area(gazetteer: Gazetteer, area: dict[str, Any] | None, path: str, found: Found) -> None:
    """Give a territory the code that its name means, and a code its name."""
    if area is None or not area["name"] or area["kind"] == TerritoryKind.INTERCOMMUNALITE:
        return
    candidates = _territories(gazetteer, area["name"], TerritoryKind(area["kind"]))
    codes = [territory.code for territory in candidates]
    if area["code"] not in codes:
        area["code"] = codes[0] if len(codes) == 1 else None
    if area["code"] is not None:
        area["name"] = candidates[codes.index(area["code"])].name
    elif candidates:
        found.several(f"{path}.code", map(_choice, candidates), f"{path}.name", WHICH_TERRITORY)
    else:
        found.wrong(f"{path}.name", NO_TERRITORY)


def _communes(gazetteer: Gazetteer, place: dict[str, Any]) -> Sequence[Commune]:
    """The one that is meant, or those that it may be."""
    meant = gazetteer.locate(place["postalCode"], place["city"])
    coded = gazetteer.by_postal_code(place["postalCode"] or "")
    if meant is None or (place["commune"] in {c.insee for c in coded} and not _is_named(place["city"], meant)):
        return coded
    return (meant,)


def _is_named(city: str | None, commune: Commune) -> bool:
    return bool(city) and city_key(city or "") == city_key(commune.name)


def _territories(gazetteer: Gazetteer, name: str, kind: TerritoryKind) -> list[Territory]:
    """Those of this very name or code, or else those whose name begins so."""
    coded = find(gazetteer, None, name.strip().upper(), kind, MOST)
    if coded or not city_key(name) or len(name) > MAX_NAME:
        return coded
    named = find(gazetteer, name, None, kind, MOST)
    return [territory for territory in named if city_key(territory.name) == city_key(name)] or named


def _choice(territory: Territory) -> Choice:
    where = f" ({territory.departement})" if territory.departement else ""
    return str(territory.code), f"{territory.name}{where}"
