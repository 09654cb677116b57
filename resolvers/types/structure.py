"""The structures and professionals of the 1000 premiers jours, each one entry however many directories know it."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any, Final, TypeVar

import strawberry

from connectors import records
from connectors.nomenclature import StructureKind
from resolvers.federation.entries import Entry
from resolvers.federation.hours import is_open
from resolvers.lasting import as_held, held_at, lasting
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
    contact_of,
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
def _other_names(root: "Structure") -> list[str]:
    if (only := root.entry.only) and not only.other_names:
        return []
    names = dict.fromkeys(name for r in root.entry.records for name in (r.name, *r.other_names))
    del names[root.lead.name]
    return list(names)


@lasting
def _category(root: "Structure", info: Info) -> LazyCategory:
    return referentials.category(info, root.lead.category)


@lasting
def _subcategory(root: "Structure", info: Info) -> LazySubcategory | None:
    code = root.entry.subcategory
    return referentials.subcategory(info.context.federation.referentials.subcategory(code)) if code else None


@lasting
def _description(root: "Structure") -> str | None:
    return root.entry.pick(lambda r: r.description)


@lasting
def _territory(root: "Structure") -> Territory | None:
    territory = root.entry.pick(lambda r: r.territory)
    return territory_of_record(territory) if territory else None


@as_held
def _contact(root: "Structure") -> records.Contact | None:
    return contact_of(root.entry)


def _open_now(root: "Structure", info: Info) -> bool | None:
    info.context.used.keep(60 - info.context.now.second)  # hours are told in minutes
    return is_open(root.entry.opening_hours, root.entry.site.departement, info.context.now)


@as_held
def _availability(root: "Structure") -> records.Availability | None:
    return root.entry.pick(lambda r: r.availability)


@as_held
def _accessibility(root: "Structure") -> records.Accessibility | None:
    return root.entry.pick(lambda r: r.accessibility)


@as_held
def _languages(root: "Structure") -> Sequence[str]:
    if only := root.entry.only:
        return only.languages
    return list(dict.fromkeys(language for r in root.entry.records for language in r.languages))


@as_held
def _profession(root: "Structure") -> records.Coding | None:
    return root.entry.pick(lambda r: r.profession)


@as_held
def _specialties(root: "Structure") -> tuple[records.Coding, ...]:
    return root.entry.pick(lambda r: r.specialties) or ()


@as_held
def _registration(root: "Structure") -> records.Registration | None:
    return root.entry.pick(lambda r: r.registration)


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


@as_held
def _programmes(root: "Structure") -> list[records.Participation]:
    return source_record.programmes_of(root.entry)


@strawberry.type(
    description='A structure or a professional of the 1000 premiers jours ("structure"), from all that know it.'
)
class Structure(Node):
    """An entry as the API shows it: what it tells is asked of the entry or its leading record, field by field."""

    entry: strawberry.Private[Entry]
    lead: strawberry.Private[records.StructureRecord]
    fragments: strawberry.Private[dict[str, Any]]
    """What of its JSON is kept, for every page that shows its entry."""

    id: strawberry.ID = strawberry.field(
        resolver=held_at("entry.id"), description="Global id, opaque; the same for ever."
    )
    name: str = strawberry.field(resolver=held_at("lead.name"), description="Its name.")
    other_names: list[str] = strawberry.field(
        resolver=_other_names, description="Other names, and the names of its other records."
    )
    kind: StructureKind = strawberry.field(resolver=held_at("lead.kind"), description="What it is.")
    category: LazyCategory = strawberry.field(resolver=_category, description="Its category.")
    subcategory: LazySubcategory | None = strawberry.field(resolver=_subcategory, description="Its sub-category.")
    description: str | None = strawberry.field(resolver=_description, description="What it does, in French.")
    address: Address | None = strawberry.field(resolver=held_at("entry.site.address"), description="Where it is.")
    position: Position | None = strawberry.field(
        resolver=held_at("entry.site.position"), description="Where it is on a map."
    )
    territory: Territory | None = strawberry.field(
        resolver=_territory, description="The territory that it serves, where one is named."
    )
    contact: Contact | None = strawberry.field(resolver=_contact, description="How to reach it.")
    opening_hours: OpeningHours | None = strawberry.field(
        resolver=held_at("entry.opening_hours"), description='Opening hours ("horaires").'
    )
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
        resolver=held_at("entry.priorities"),
        description="The priorities that it acts for, by rank, each with its reason.",
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
        resolver=held_at("entry.other_ids"),
        description="Other ids that find it: those of its other records, and those it had before.",
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


def structure_of(entry: Entry) -> Structure:
    """An entry as the API shows it."""
    return Structure(entry=entry, lead=entry.helds[0].record, fragments=entry.fragments)
