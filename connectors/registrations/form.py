"""What somebody enters to be registered, as frozen values: as it was entered, complete or not.

Everything is text, kept as it came; what may be submitted is checked by whoever submits it. No date of birth is asked
for, and there is no field that could hold one (RGPD, art. 5: data minimisation).
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from connectors.nomenclature import (
    CategoryCode,
    PriorityCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)


class Situation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the four situations of eligibility (seed 002), and the institution that grants its trust."""

    code: SituationCode
    institution: str | None = None


class Area(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A territory: INSEE code, or the name of an intercommunalité."""

    kind: TerritoryKind
    code: str | None = None
    name: str | None = None


class PlaceForm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One address. `commune`: INSEE code. `same_as`: ids of records of directories that are this very place."""

    street: str | None = None
    complement: str | None = None
    postal_code: str | None = None
    city: str | None = None
    commune: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    same_as: tuple[str, ...] = ()


class ActionForm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One action. `key_moments`: moments of the 1000 first days that it is for (seed 002: grossesse, allaitement…)."""

    title: str | None = None
    description: str | None = None
    priorities: tuple[PriorityCode, ...] = ()
    area: Area | None = None
    audiences: tuple[str, ...] = ()
    key_moments: tuple[str, ...] = ()
    itinerant: bool = False


class Consent(Struct, frozen=True, kw_only=True):
    """Which version of the text was agreed to, and when."""

    version: str
    given_at: datetime


class Form(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is entered, but the contact details.

    `in_period`: the activity is for (future) parents and children « du projet d’enfant à l’entrée à l’école ».
    `at_home`: an independent's address is a home, which is shown only by `show_exact_address`. `same_as`, `siret` and
    `finess` are of the first place, `rpps` of the person. `itinerant`: it moves in `area`, and has no place.
    """

    kind: StructureKind | None = None
    name: str | None = None
    description: str | None = None
    siret: str | None = None
    finess: str | None = None
    rpps: str | None = None
    category: CategoryCode | None = None
    subcategory: SubcategoryCode | None = None
    in_period: bool | None = None
    situations: tuple[Situation, ...] = ()
    priorities: tuple[PriorityCode, ...] = ()
    actions: tuple[ActionForm, ...] = ()
    itinerant: bool = False
    area: Area | None = None
    places: tuple[PlaceForm, ...] = ()
    at_home: bool | None = None
    show_exact_address: bool = False
    same_as: tuple[str, ...] = ()
    consent: Consent | None = None

    @property
    def quoted(self) -> Iterator[str]:
        """The ids of all records of directories that it says it is."""
        yield from self.same_as
        for place in self.places:
            yield from place.same_as


class Detail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A contact detail, and whether everybody may see it."""

    value: str | None = None
    public: bool = False


class ContactForm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to reach who registers."""

    phone: Detail = Detail()
    email: Detail = Detail()
    website: Detail = Detail()


class Entered(Struct, frozen=True, kw_only=True):
    """All that was entered. `words` and `departements`: what it is to be found by, worked out by who read it."""

    form: Form
    contact: ContactForm
    words: str = ""
    departements: tuple[str, ...] = ()
