"""What was entered to be registered, as its owner and moderators see it: as it was entered."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from connectors import registrations as stored
from connectors.nomenclature import (
    CategoryCode,
    PriorityCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature


@strawberry.type(description='One of the four situations, and who grants the trust ("la confiance").')
class RegisteredSituation:
    situation: SituationCode = strawberry.field(description="Which one.")
    institution: str | None = strawberry.field(description="The service that grants it.")


@strawberry.type(description="A territory, as it was entered.")
class RegisteredArea:
    kind: TerritoryKind = strawberry.field(description="Its level.")
    code: str | None = strawberry.field(description="INSEE code.")
    name: str | None = strawberry.field(description="Name.")


@strawberry.type(description="An address, as it was entered.")
class RegisteredPlace:
    street: str | None = strawberry.field(description='Number and street ("voie").')
    complement: str | None = strawberry.field(description='Building, floor and the like ("complément").')
    postal_code: str | None = strawberry.field(description='Postal code ("code postal").')
    city: str | None = strawberry.field(description="City.")
    commune: str | None = strawberry.field(description="INSEE code of the commune.")
    latitude: float | None = strawberry.field(description="Degrees north.")
    longitude: float | None = strawberry.field(description="Degrees east.")
    same_as: list[strawberry.ID] = strawberry.field(description="Records of other directories that are this place.")


@strawberry.type(description="An action, as it was entered.")
class RegisteredAction:
    title: str | None = strawberry.field(description="Title.")
    description: str | None = strawberry.field(description="What is done.")
    priorities: list[PriorityCode] = strawberry.field(description="The priorities that it serves.")
    area: RegisteredArea | None = strawberry.field(description="The territory that it serves.")
    audiences: list[str] = strawberry.field(description='Whom it is for ("publics").')
    key_moments: list[str] = strawberry.field(description='When it helps ("moments clefs").')
    itinerant: bool = strawberry.field(description='Whether it moves from place to place ("itinérante").')


@strawberry.type(description="A contact detail.")
class ContactDetail:
    value: str | None = strawberry.field(description="The detail.")
    public: bool = strawberry.field(description="Whether everybody may see it.")


@strawberry.type(description="How to reach who registers.")
class RegisteredContact:
    phone: ContactDetail = strawberry.field(description="Telephone.")
    email: ContactDetail = strawberry.field(description="E-mail address.")
    website: ContactDetail = strawberry.field(description="Web site.")


@strawberry.type(description="What is agreed to by who registers.")
class GivenConsent:
    version: str = strawberry.field(description="Version of the text.")
    given_at: datetime = strawberry.field(description="When it was agreed to.")


@strawberry.type(description="What was entered, but the contact details.")
class RegistrationForm:
    kind: StructureKind | None = strawberry.field(description="ESTABLISHMENT or INDEPENDENT.")
    name: str | None = strawberry.field(description="Name that is shown.")
    description: str | None = strawberry.field(description="What it is.")
    siret: str | None = strawberry.field(description="SIRET of the (first) place.")
    finess: str | None = strawberry.field(description="FINESS of the (first) place.")
    rpps: str | None = strawberry.field(description="RPPS of an independent.")
    category: CategoryCode | None = strawberry.field(description="Category.")
    subcategory: SubcategoryCode | None = strawberry.field(description="Sub-category.")
    in_period: bool | None = strawberry.field(
        description='Whether it acts for (future) parents and children "du projet d’enfant à l’entrée à l’école".'
    )
    situations: list[RegisteredSituation] = strawberry.field(description="The situations that make it eligible.")
    priorities: list[PriorityCode] = strawberry.field(description="The priorities that it declares.")
    actions: list[RegisteredAction] = strawberry.field(description="Its actions.")
    itinerant: bool = strawberry.field(description="Whether it moves, and has no place of its own.")
    area: RegisteredArea | None = strawberry.field(description="Where it moves.")
    places: list[RegisteredPlace] = strawberry.field(description="Its addresses.")
    at_home: bool | None = strawberry.field(description="Whether an independent's address is a home.")
    show_exact_address: bool = strawberry.field(description="Whether the exact address of a home is to be shown.")
    same_as: list[strawberry.ID] = strawberry.field(
        description="Records of other directories that are the first place, or who has none."
    )
    consent: GivenConsent | None = strawberry.field(description="What was agreed to, and when.")


def form_shown(form: stored.Form) -> RegistrationForm:
    """A form as the API shows it."""
    consent = form.consent
    return RegistrationForm(
        kind=form.kind,
        name=form.name,
        description=form.description,
        siret=form.siret,
        finess=form.finess,
        rpps=form.rpps,
        category=form.category,
        subcategory=form.subcategory,
        in_period=form.in_period,
        situations=[RegisteredSituation(situation=s.code, institution=s.institution) for s in form.situations],
        priorities=list(form.priorities),
        actions=list(map(_action, form.actions)),
        itinerant=form.itinerant,
        area=_area(form.area),
        places=list(map(_place, form.places)),
        at_home=form.at_home,
        show_exact_address=form.show_exact_address,
        same_as=_ids(form.same_as),
        consent=GivenConsent(version=consent.version, given_at=consent.given_at) if consent else None,
    )


def contact_shown(contact: stored.ContactForm) -> RegisteredContact:
    """Contact details as the API shows them to those who may see them."""
    return RegisteredContact(
        phone=_detail(contact.phone), email=_detail(contact.email), website=_detail(contact.website)
    )


def _detail(detail: stored.Detail) -> ContactDetail:
    return ContactDetail(value=detail.value, public=detail.public)


def _action(action: stored.ActionForm) -> RegisteredAction:
    return RegisteredAction(
        title=action.title,
        description=action.description,
        priorities=list(action.priorities),
        area=_area(action.area),
        audiences=list(action.audiences),
        key_moments=list(action.key_moments),
        itinerant=action.itinerant,
    )


def _place(place: stored.PlaceForm) -> RegisteredPlace:
    return RegisteredPlace(
        street=place.street,
        complement=place.complement,
        postal_code=place.postal_code,
        city=place.city,
        commune=place.commune,
        latitude=place.latitude,
        longitude=place.longitude,
        same_as=_ids(place.same_as),
    )


def _area(area: stored.Area | None) -> RegisteredArea | None:
    return RegisteredArea(kind=area.kind, code=area.code, name=area.name) if area else None


def _ids(texts: Sequence[str]) -> list[strawberry.ID]:
    return [strawberry.ID(text) for text in texts]
