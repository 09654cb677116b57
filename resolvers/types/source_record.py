"""What each directory says of one entry, and where its reader should go."""

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from connectors import records
from connectors.contract import SourceKind
from connectors.held import Held
from connectors.nomenclature import PriorityBasis
from resolvers.batching import batched, loaded
from resolvers.federation.entries import Entry, EntryPriority
from resolvers.lasting import held_at, lasting
from resolvers.request import Info
from resolvers.types import action as action_types
from resolvers.types import referentials
from resolvers.types import structure as structure_types
from resolvers.types.connections import (
    LazyAction,
    LazyCriterion,
    LazyPriority,
    LazyProgramme,
    LazyStructure,
)
from resolvers.types.enums import Freshness
from resolvers.types.scalars import URL
from resolvers.types.source import Source, source_by_id
from resolvers.types.values import Identifier


@lasting
def _priority(root: EntryPriority, info: Info) -> LazyPriority:
    shown: LazyPriority | None = info.context.federation.shown.priorities.get(root.code)
    return shown or referentials.priority(info, root.code)


@batched
async def _action(roots: Sequence[EntryPriority], info: Info) -> list[LazyAction | Exception | None]:
    def keys(root: EntryPriority) -> list[str]:
        return [root.action] if root.action else []

    def tell(_: EntryPriority, found: list[records.ActionRecord | None]) -> LazyAction | None:
        return next((action_types.action_of(record) for record in found if record), None)

    return await loaded(info.context.actions, roots, keys, tell)


@strawberry.type(description="A priority of a structure, and why it is there.")
class StructurePriority:
    """An `EntryPriority` as the API shows it."""

    priority: LazyPriority = strawberry.field(resolver=_priority, description="The priority.")
    basis: PriorityBasis = strawberry.field(description="Why it is shown.")
    action: LazyAction | None = strawberry.field(
        resolver=_action, description="The action that declares it, when the basis is BY_ACTION."
    )


@lasting
def _record_freshness(root: "SourceRecord") -> Freshness:
    if root.held.stale:
        return Freshness.STALE
    return Freshness.CACHED if root.held.cached else Freshness.LIVE


def _record_source(root: "SourceRecord", info: Info) -> Source:
    return source_by_id(info, root.held.record.source)


@lasting
def _record_licence(root: "SourceRecord", info: Info) -> str | None:
    return info.context.federation.sources[root.held.record.source].info.licence


@lasting
def _record_structure(root: "SourceRecord") -> LazyStructure:
    return structure_types.structure_of(root.entry)


@strawberry.type(description="What one directory knows of a structure; read there, never copied here.")
class SourceRecord:
    held: strawberry.Private[Held]
    entry: strawberry.Private[Entry]
    source: Source = strawberry.field(resolver=_record_source, description="The directory.")
    key: str = strawberry.field(resolver=held_at("held.record.key"), description="Key of the record in it, stable.")
    name: str = strawberry.field(resolver=held_at("held.record.name"), description="Name that this directory gives it.")
    url: URL | None = strawberry.field(resolver=held_at("held.record.url"), description="Its page in the directory.")
    identifiers: list[Identifier] = strawberry.field(
        resolver=held_at("held.record.identifiers"), description="Official numbers that the directory gives."
    )
    updated_at_source: datetime | None = strawberry.field(
        resolver=held_at("held.record.updated_at"), description="When the directory updated it."
    )
    retrieved_at: datetime = strawberry.field(
        resolver=held_at("held.retrieved_at"), description="When the hub had it from the directory."
    )
    freshness: Freshness = strawberry.field(resolver=_record_freshness, description="How it was had for this answer.")
    licence: str | None = strawberry.field(resolver=_record_licence, description="Licence of its data.")
    structure: LazyStructure = strawberry.field(
        resolver=_record_structure, description="The structure that it is a record of."
    )


def _reference_source(root: "ReferenceDirectory", info: Info) -> Source:
    return source_by_id(info, root.source_id)


@strawberry.type(
    description=(
        "The directory that stays the reference for a structure: where parents should read of it, and where the "
        'professional should update it ("Pour les parents, ils demeurent les outils de référence").'
    )
)
class ReferenceDirectory:
    source_id: strawberry.Private[str]
    source: Source = strawberry.field(resolver=_reference_source, description="The directory.")
    url: URL | None = strawberry.field(
        description="The structure's page there, or the directory's site when its page is not known."
    )


@lasting
def _situations(root: records.Registration, info: Info) -> list[LazyCriterion]:
    texts = info.context.federation.referentials
    return [referentials.criterion(texts.criterion(code)) for code in root.situations]


@strawberry.type(description="What the public may know of a registration in the programme.")
class PublicRegistration:
    """A `Registration` of a record as the API shows it."""

    situations: list[LazyCriterion] = strawberry.field(
        resolver=_situations,
        description="The situations that made it eligible, as far as they are published.",
    )
    validated_on: date | None = strawberry.field(description="When it was validated.")


@lasting
def _programme(root: records.Participation, info: Info) -> LazyProgramme:
    return referentials.programme(info, root.programme)


@strawberry.type(description="The part that a structure takes in a programme.")
class ProgrammeParticipation:
    """A `Participation` of a record as the API shows it."""

    programme: LazyProgramme = strawberry.field(resolver=_programme, description="The programme.")
    statement: str | None = strawberry.field(description="What an official text says of it, in French.")


def records_of(entry: Entry) -> list[SourceRecord]:
    """The records of an entry, leading record first."""
    return [SourceRecord(held=held, entry=entry) for held in entry.helds]


def reference_directory_of(entry: Entry, info: Info) -> ReferenceDirectory | None:
    """The reference of the category, else a reference directory that knows the entry; None outside their fields."""
    sources = info.context.federation.sources
    lead = entry.lead
    texts = info.context.federation.referentials
    subcategory = texts.subcategory(lead.subcategory) if lead.subcategory else None
    id_ = subcategory.reference_directory if subcategory else None
    id_ = id_ or texts.category(lead.category).reference_directory
    if id_ not in sources:
        known = (r.source for r in entry.records)
        id_ = next((s for s in known if sources[s].info.kind is SourceKind.REFERENCE_DIRECTORY), None)
    if id_ is None:
        return None
    page = next((r.url for r in entry.records if r.source == id_ and r.url), None) or sources[id_].info.url
    return ReferenceDirectory(source_id=id_, url=URL(page) if page else None)


def programmes_of(entry: Entry) -> list[records.Participation]:
    """The programmes that an entry takes part in, each once."""
    found = {p.programme: p for record in reversed(list(entry.records)) for p in record.programmes}
    return list(found.values())
