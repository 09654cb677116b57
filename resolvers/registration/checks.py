"""What is missing or wrong in what was entered, before it may be submitted. Nothing here asks a directory."""

import re
from collections.abc import Iterator
from typing import Final

from connectors.cleaning import website
from connectors.gazetteer import Area as Place
from connectors.gazetteer import Commune, Gazetteer, distance_m
from connectors.nomenclature import StructureKind, TerritoryKind
from connectors.referentials import Referentials
from connectors.registrations import ActionForm, Area, ContactForm, Detail, Form, PlaceForm
from connectors.registrations.numbers import FIELDS, number
from connectors.telephone import e164
from resolvers.registration import consent, eligibility
from resolvers.registration.refusals import REQUIRED_FIELD, Reason, ReasonCode

KINDS: Final = frozenset({StructureKind.ESTABLISHMENT, StructureKind.INDEPENDENT})
NEAR: Final = 1_000.0
"""Metres outside a commune's outline that a point of it may seem to be."""

EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
"""An e-mail address (HTML Standard, "valid e-mail address"), with a domain that has a point in it."""


class Checks:
    """The checks, with what is known of France and of the programme."""

    def __init__(self, gazetteer: Gazetteer, referentials: Referentials) -> None:
        self._gazetteer = gazetteer
        self._referentials = referentials

    def of(self, form: Form, contact: ContactForm) -> list[Reason]:
        """Everything that keeps it from being submitted, in the order of the fields."""
        return [
            *self._identity(form),
            *_eligible(form),
            *self._actions(form),
            *self._where(form),
            *_contact(contact),
            *_consent(form),
        ]

    def _identity(self, form: Form) -> Iterator[Reason]:
        if form.kind is None:
            yield _required("kind")
        elif form.kind not in KINDS:
            yield Reason(ReasonCode.WRONG_KIND, "Choisissez « établissement » ou « indépendant ».", "kind")
        if form.name is None:
            yield _required("name")
        for field, scheme in FIELDS.items():
            text = getattr(form, field)
            if text is not None and number(scheme, text) is None:
                message = f"Ce n’est pas un numéro {scheme.value} : vérifiez les chiffres."
                yield Reason(ReasonCode.WRONG_KEY, message, field)
        if form.rpps is not None and form.kind is StructureKind.ESTABLISHMENT:
            yield Reason(ReasonCode.WRONG_KIND, "Un numéro RPPS est celui d’une personne.", "rpps")
        if form.category is None:
            yield _required("category")
        elif form.subcategory is not None and (
            self._referentials.subcategory(form.subcategory).category is not form.category
        ):
            message = "Cette sous-catégorie n’est pas de cette catégorie."
            yield Reason(ReasonCode.WRONG_CATEGORY, message, "subcategory")

    def _actions(self, form: Form) -> Iterator[Reason]:
        for position, action in enumerate(form.actions):
            yield from self._action(action, f"actions.{position}")

    def _action(self, action: ActionForm, path: str) -> Iterator[Reason]:
        if action.title is None:
            yield _required(f"{path}.title")
        if not action.priorities:
            yield Reason(ReasonCode.NO_PRIORITY, "Indiquez au moins une priorité.", f"{path}.priorities")
        if action.area is not None:
            yield from self._area(action.area, f"{path}.area")

    def _where(self, form: Form) -> Iterator[Reason]:
        if form.itinerant:
            if form.places:
                yield Reason(
                    ReasonCode.WRONG_KIND, "Un service itinérant a un territoire, et n’a pas d’adresse.", "places"
                )
            if form.area is None:
                yield _required("area")
            else:
                yield from self._area(form.area, "area")
            return
        if not form.places:
            yield _required("places")
        for position, place in enumerate(form.places):
            yield from self._place(place, f"places.{position}")

    def _place(self, place: PlaceForm, path: str) -> Iterator[Reason]:
        if place.postal_code is not None and not re.fullmatch(r"[0-9]{5}", place.postal_code):
            yield Reason(ReasonCode.WRONG_FORM, "Un code postal a cinq chiffres.", f"{path}.postalCode")
        if place.commune is None:
            yield _required(f"{path}.commune")
            return
        commune = self._gazetteer.communes.get(place.commune)
        if commune is None:
            message = "Aucune commune n’a ce code INSEE (ce n’est pas le code postal)."
            yield Reason(ReasonCode.UNKNOWN_TERRITORY, message, f"{path}.commune")
            return
        if (place.latitude is None) != (place.longitude is None):
            yield _required(f"{path}.{'latitude' if place.latitude is None else 'longitude'}")
        elif place.latitude is not None and place.longitude is not None:
            inside = -90 <= place.latitude <= 90 and -180 <= place.longitude <= 180
            if inside and commune.latitude is not None and commune.longitude is not None:
                apart = distance_m(place.latitude, place.longitude, commune.latitude, commune.longitude)
                inside = apart <= commune.reach_km * 1000 + NEAR
            if not inside:
                yield Reason(ReasonCode.OUTSIDE_COMMUNE, "Ce point n’est pas dans la commune.", f"{path}.latitude")

    def _area(self, area: Area, path: str) -> Iterator[Reason]:
        if area.kind is TerritoryKind.INTERCOMMUNALITE:
            if area.name is None:
                yield _required(f"{path}.name")
        elif area.code is None:
            yield _required(f"{path}.code")
        elif territory_name(self._gazetteer, area) is None:
            yield Reason(ReasonCode.UNKNOWN_TERRITORY, "Aucun territoire n’a ce code INSEE.", f"{path}.code")


def territory_name(gazetteer: Gazetteer, area: Area) -> str | None:
    """The official name of a territory; None when there is none of its code."""
    code = area.code or ""
    found: Commune | Place | None
    match area.kind:
        case TerritoryKind.COMMUNE:
            found = gazetteer.communes.get(code)
        case TerritoryKind.DEPARTEMENT:
            found = gazetteer.departements.get(code)
        case TerritoryKind.REGION:
            found = gazetteer.regions.get(code)
        case TerritoryKind.INTERCOMMUNALITE:
            return area.name
    return found.name if found else None


def _eligible(form: Form) -> Iterator[Reason]:
    codes = {situation.code for situation in form.situations}
    missing = eligibility.missing(codes, form.priorities, in_period=form.in_period)
    for code in missing:
        yield Reason(ReasonCode(code.value), eligibility.TEXTS[code], eligibility.FIELDS[code])
    for position, situation in enumerate(form.situations):
        if situation.institution is None:
            yield Reason(
                ReasonCode.REQUIRED,
                "Indiquez quel service de l’Etat, de la Sécurité sociale ou d’une collectivité accorde sa confiance.",
                f"situations.{position}.institution",
            )


def _contact(contact: ContactForm) -> Iterator[Reason]:
    if contact.email.value is None:
        yield _required("contact.email.value")
    elif not EMAIL.fullmatch(contact.email.value):
        yield _wrong("email", "Ce n’est pas une adresse électronique.")
    if contact.phone.value is not None and e164(contact.phone.value) is None:
        yield _wrong("phone", "Ce n’est pas un numéro de téléphone.")
    if contact.website.value is not None and not _is_website(contact.website):
        yield _wrong("website", "Ce n’est pas l’adresse d’un site (https://…).")


def _is_website(detail: Detail) -> bool:
    return website(detail.value) is not None


def _consent(form: Form) -> Iterator[Reason]:
    if form.consent is None or form.consent.version != consent.VERSION:
        message = f"Acceptez le texte sur vos données (version {consent.VERSION})."
        yield Reason(ReasonCode.NO_CONSENT, message, "consent")


def _required(field: str) -> Reason:
    return Reason(ReasonCode.REQUIRED, REQUIRED_FIELD, field)


def _wrong(detail: str, message: str) -> Reason:
    return Reason(ReasonCode.WRONG_FORM, message, f"contact.{detail}.value")
