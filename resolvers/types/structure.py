"""The structures and professionals of the 1000 premiers jours, each one entry however many directories know it."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Final, TypeVar

import strawberry

from connectors.nomenclature import StructureKind
from resolvers.federation.entries import Entry
from resolvers.federation.hours import is_open
from resolvers.lasting import lasting
from resolvers.request import Info
from resolvers.types import referentials, relations, source_record
from resolvers.types.conflicts import FieldConflict, conflicts_shown
from resolvers.types.connections import (
    ActionConnection,
    LazyCategory,
    LazyLink,
    LazySubcategory,
    StructureConnection,
)
from resolvers.types.node import Node
from resolvers.types.provenance import FieldProvenance, provenance_of
from resolvers.types.scalars import OpeningHours
from resolvers.types.source_record import (
    ProgrammeParticipation,
    PublicRegistration,
    ReferenceDirectory,
    SourceRecord,
    StructurePriority,
)
from resolvers.types.territory import Territory, territory_of_record
from resolvers.types.values import (
    Accessibility,
    Address,
    Availability,
    Coding,
    Contact,
    Position,
    accessibility_of,
    address_of,
    availability_of,
    coding_of,
    contact_of,
    position_of,
)

T = TypeVar("T")

_UNTOLD: Final = object()


def told_once(tell: Callable[["Structure"], T]) -> Callable[["Structure"], T]:
    """A resolver whose value is kept with the structure: it is made of the entry alone, which never changes."""
    name = tell.__name__

    @lasting
    @wraps(tell)
    def told(root: "Structure") -> T:
        kept: Any = root.__dict__.get(name, _UNTOLD)
        if kept is _UNTOLD:
            kept = root.__dict__[name] = tell(root)
        return kept  # type: ignore[no-any-return]

    return told


@lasting
def _category(root: "Structure", info: Info) -> LazyCategory:
    return referentials.category(info, root.entry.lead.category)


@lasting
def _subcategory(root: "Structure", info: Info) -> LazySubcategory | None:
    code = root.entry.pick(lambda r: r.subcategory)
    return referentials.subcategory(info.context.federation.referentials.subcategory(code)) if code else None


@told_once
def _address(root: "Structure") -> Address | None:
    return address_of(root.entry)


@told_once
def _position(root: "Structure") -> Position | None:
    return position_of(root.entry)


@told_once
def _territory(root: "Structure") -> Territory | None:
    territory = root.entry.pick(lambda r: r.territory)
    return territory_of_record(territory) if territory else None


@told_once
def _contact(root: "Structure") -> Contact | None:
    return contact_of(root.entry)


def _open_now(root: "Structure", info: Info) -> bool | None:
    info.context.used.keep(60 - info.context.now.second)  # hours are told in minutes
    return is_open(root.opening_hours, root.entry.site.departement, info.context.now)


@told_once
def _availability(root: "Structure") -> Availability | None:
    return availability_of(root.entry)


@told_once
def _accessibility(root: "Structure") -> Accessibility | None:
    return accessibility_of(root.entry)


@told_once
def _languages(root: "Structure") -> list[str]:
    return list(dict.fromkeys(language for r in root.entry.records for language in r.languages))


@told_once
def _profession(root: "Structure") -> Coding | None:
    profession = root.entry.pick(lambda r: r.profession)
    return coding_of(profession) if profession else None


@told_once
def _specialties(root: "Structure") -> list[Coding]:
    return [coding_of(s) for s in root.entry.pick(lambda r: r.specialties) or ()]


@told_once
def _priorities(root: "Structure") -> list[StructurePriority]:
    return source_record.priorities_of(root.entry)


@told_once
def _registration(root: "Structure") -> PublicRegistration | None:
    registration = root.entry.pick(lambda r: r.registration)
    if registration is None:
        return None
    return PublicRegistration(registration=registration, validated_on=registration.validated_on)


def _reference_directory(root: "Structure", info: Info) -> ReferenceDirectory | None:
    return source_record.reference_directory_of(root.entry, info)


@told_once
def _records(root: "Structure") -> list[SourceRecord]:
    return source_record.records_of(root.entry)


@told_once
def _conflicts(root: "Structure") -> list[FieldConflict]:
    return conflicts_shown(root.entry)


Fields = Annotated[
    list[str] | None,
    strawberry.argument(description="Names of fields of the structure; all that have a value without it."),
]


def _provenance(root: "Structure", info: Info, fields: Fields = None) -> list[FieldProvenance]:
    return provenance_of(root.entry, info, fields)


@told_once
def _programmes(root: "Structure") -> list[ProgrammeParticipation]:
    return source_record.programmes_of(root.entry)


@strawberry.type(
    description='A structure or a professional of the 1000 premiers jours ("structure"), from all that know it.'
)
class Structure(Node):
    entry: strawberry.Private[Entry]
    name: str = strawberry.field(description="Its name.")
    other_names: list[str] = strawberry.field(description="Other names, and the names of its other records.")
    kind: StructureKind = strawberry.field(description="What it is.")
    category: LazyCategory = strawberry.field(resolver=_category, description="Its category.")
    subcategory: LazySubcategory | None = strawberry.field(resolver=_subcategory, description="Its sub-category.")
    description: str | None = strawberry.field(description="What it does, in French.")
    address: Address | None = strawberry.field(resolver=_address, description="Where it is.")
    position: Position | None = strawberry.field(resolver=_position, description="Where it is on a map.")
    territory: Territory | None = strawberry.field(
        resolver=_territory, description="The territory that it serves, where one is named."
    )
    contact: Contact | None = strawberry.field(resolver=_contact, description="How to reach it.")
    opening_hours: OpeningHours | None = strawberry.field(description='Opening hours ("horaires").')
    open_now: bool | None = strawberry.field(
        resolver=_open_now, description="Whether it is open now, in its own time zone; null when not known."
    )
    availability: Availability | None = strawberry.field(
        resolver=_availability, description="Free places in childcare."
    )
    accessibility: Accessibility | None = strawberry.field(
        resolver=_accessibility, description="Access for people with a disability."
    )
    languages: list[str] = strawberry.field(resolver=_languages, description="Languages spoken (ISO 639-1).")
    profession: Coding | None = strawberry.field(
        resolver=_profession, description='Profession of a health professional (TRE_G15 "ProfessionSante").'
    )
    specialties: list[Coding] = strawberry.field(
        resolver=_specialties, description='Specialties of a physician (TRE_R38 "SpecialiteOrdinale").'
    )
    priorities: list[StructurePriority] = strawberry.field(
        resolver=_priorities, description="The priorities that it acts for, by rank, each with its reason."
    )
    actions: ActionConnection = strawberry.field(
        resolver=relations.actions, description="The actions that it carries, hosts or takes part in, by title."
    )
    professionals: StructureConnection = strawberry.field(
        resolver=relations.professionals, description="Who practises there, by name, where its directory says it."
    )
    registration: PublicRegistration | None = strawberry.field(
        resolver=_registration, description="Its registration; null when it is only in another directory."
    )
    reference_directory: ReferenceDirectory | None = strawberry.field(
        resolver=_reference_directory, description="Where parents and the professional should go."
    )
    records: list[SourceRecord] = strawberry.field(
        resolver=_records, description="What each directory that knows it says, leading record first."
    )
    previous_ids: list[strawberry.ID] = strawberry.field(
        description="Other ids that find it: those of its other records, and those it had before."
    )
    links: list[LazyLink] = strawberry.field(
        resolver=relations.links, description="Why its records are one entry: the links between them."
    )
    conflicts: list[FieldConflict] = strawberry.field(
        resolver=_conflicts, description="Where its directories disagree, beyond spelling."
    )
    provenance: list[FieldProvenance] = strawberry.field(
        resolver=_provenance, description="Where each shown value comes from."
    )
    programmes: list[ProgrammeParticipation] = strawberry.field(
        resolver=_programmes, description="The programmes that it takes part in."
    )

    @property
    def fragments(self) -> dict[str, Any]:
        """What of its JSON is kept, for every page that shows its entry."""
        return self.entry.fragments


def structure_of(entry: Entry) -> Structure:
    """An entry as the API shows it."""
    names = [name for r in entry.records for name in (r.name, *r.other_names)]
    hours = entry.pick(lambda r: r.opening_hours)
    return Structure(
        entry=entry,
        id=strawberry.ID(entry.id),
        previous_ids=[strawberry.ID(id_) for id_ in entry.other_ids],
        name=entry.lead.name,
        other_names=[name for name in dict.fromkeys(names) if name != entry.lead.name],
        kind=entry.lead.kind,
        description=entry.pick(lambda r: r.description),
        opening_hours=OpeningHours(hours) if hours else None,
    )
