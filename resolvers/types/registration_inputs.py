"""What a professional or a service enters to be registered. Nothing is required here: a draft may be incomplete."""

import strawberry

from connectors.nomenclature import (
    CategoryCode,
    PriorityCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature


@strawberry.input(description='One of the four situations, and who grants the trust ("la confiance").')
class SituationInput:
    situation: SituationCode = strawberry.field(description="Which one.")
    institution: str | None = strawberry.field(
        default=None, description="The service of the State, of Social Security or of a local authority that grants it."
    )


@strawberry.input(description="A territory, by its INSEE code; an intercommunalité by its name.")
class AreaInput:
    kind: TerritoryKind = strawberry.field(description="Its level.")
    code: str | None = strawberry.field(default=None, description="INSEE code.")
    name: str | None = strawberry.field(default=None, description="Name, where there is no code.")


@strawberry.input(description="An address.")
class RegisteredPlaceInput:
    street: str | None = strawberry.field(default=None, description='Number and street ("voie").')
    complement: str | None = strawberry.field(default=None, description='Building, floor and the like ("complément").')
    postal_code: str | None = strawberry.field(default=None, description='Postal code ("code postal").')
    city: str | None = strawberry.field(default=None, description="City; the name of the commune without it.")
    commune: str | None = strawberry.field(default=None, description="INSEE code of the commune.")
    latitude: float | None = strawberry.field(default=None, description="Degrees north, where it is known.")
    longitude: float | None = strawberry.field(default=None, description="Degrees east, where it is known.")
    same_as: list[strawberry.ID] | None = strawberry.field(
        default=None, description='"This is me": global ids of records of other directories that are this very place.'
    )


@strawberry.input(description="An action for the 1000 premiers jours.")
class RegisteredActionInput:
    title: str | None = strawberry.field(default=None, description="Title, in French.")
    description: str | None = strawberry.field(default=None, description="What is done, in French.")
    priorities: list[PriorityCode] | None = strawberry.field(default=None, description="The priorities that it serves.")
    area: AreaInput | None = strawberry.field(default=None, description="The territory that it serves.")
    audiences: list[str] | None = strawberry.field(default=None, description='Whom it is for ("publics").')
    key_moments: list[str] | None = strawberry.field(
        default=None, description='When it helps ("moments clefs": grossesse, allaitement, reprise du travail…).'
    )
    itinerant: bool = strawberry.field(
        default=False, description='Whether it moves from place to place ("itinérante").'
    )


@strawberry.input(description="A contact detail.")
class ContactDetailInput:
    value: str | None = strawberry.field(default=None, description="The detail.")
    public: bool = strawberry.field(
        default=False, description="Whether everybody may see it; else only its owner and moderators do."
    )


@strawberry.input(description="How to reach who registers, each detail public or not.")
class RegisteredContactInput:
    phone: ContactDetailInput | None = strawberry.field(default=None, description="Telephone, in any French form.")
    email: ContactDetailInput | None = strawberry.field(
        default=None, description="E-mail address: decisions are sent there."
    )
    website: ContactDetailInput | None = strawberry.field(default=None, description="Web site.")


@strawberry.input(
    description=(
        "What is entered to be registered. A draft may be incomplete; what is to be submitted may not: `missing` of "
        "the draft says what is. It is kept whole: what is left out is empty."
    )
)
class RegistrationInput:
    idempotency_key: str = strawberry.field(
        description="A key of the client's own, new for each thing it wants done: asked twice, it is done once."
    )
    id: strawberry.ID | None = strawberry.field(default=None, description="The registration; a new one without it.")
    kind: StructureKind | None = strawberry.field(default=None, description="ESTABLISHMENT or INDEPENDENT.")
    name: str | None = strawberry.field(default=None, description="Name that is shown.")
    description: str | None = strawberry.field(default=None, description="What it is, in French.")
    siret: str | None = strawberry.field(default=None, description="SIRET of the (first) place, if it has one.")
    finess: str | None = strawberry.field(default=None, description="FINESS of the (first) place, if it has one.")
    rpps: str | None = strawberry.field(default=None, description="RPPS of an independent, if there is one.")
    category: CategoryCode | None = strawberry.field(default=None, description="Category.")
    subcategory: SubcategoryCode | None = strawberry.field(default=None, description="Sub-category.")
    in_period: bool | None = strawberry.field(
        default=None,
        description='Whether it acts for (future) parents and children "du projet d’enfant à l’entrée à l’école".',
    )
    situations: list[SituationInput] | None = strawberry.field(
        default=None, description="The situations that make it eligible, one at least."
    )
    priorities: list[PriorityCode] | None = strawberry.field(
        default=None, description="The priorities that it declares, one at least."
    )
    actions: list[RegisteredActionInput] | None = strawberry.field(default=None, description="Its actions.")
    itinerant: bool = strawberry.field(default=False, description="Whether it moves, and has no place of its own.")
    area: AreaInput | None = strawberry.field(default=None, description="Where it moves.")
    places: list[RegisteredPlaceInput] | None = strawberry.field(
        default=None, description="Its addresses: each is shown as a structure of its own."
    )
    at_home: bool | None = strawberry.field(
        default=None,
        description="Whether an independent's address is a home; it is taken for one unless this is false.",
    )
    show_exact_address: bool = strawberry.field(
        default=False, description="Consent to show the exact address of a home; else its commune alone is shown."
    )
    same_as: list[strawberry.ID] | None = strawberry.field(
        default=None, description='"This is me": as in `places`, for the first place or for who has none.'
    )
    contact: RegisteredContactInput | None = strawberry.field(default=None, description="How to reach who registers.")
    consent: str | None = strawberry.field(
        default=None, description="Version of the text that is agreed to (see `registrationConsent`)."
    )
