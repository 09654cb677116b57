"""Where each value of an entry comes from: source, date, licence, and the rule that chose it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry

from connectors.contract import SourceKind
from connectors.errors import quoted
from connectors.held import Held
from connectors.nomenclature import PositionPrecision
from connectors.records import StructureRecord
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry
from resolvers.request import Info
from resolvers.types.source import Source, source_by_id

VALUES: dict[str, Callable[[StructureRecord], Any]] = {
    "name": lambda r: r.name,
    "kind": lambda r: r.kind,
    "category": lambda r: r.category,
    "subcategory": lambda r: r.subcategory,
    "description": lambda r: r.description,
    "address": lambda r: r.address,
    "position": lambda r: r.position,
    "contact": lambda r: r.contact,
    "openingHours": lambda r: r.opening_hours,
    "availability": lambda r: r.availability,
    "accessibility": lambda r: r.accessibility,
    "languages": lambda r: r.languages,
    "profession": lambda r: r.profession,
    "specialties": lambda r: r.specialties,
    "registration": lambda r: r.registration,
}
"""The fields whose origin is told, and how a record gives their value."""

ONLY = "the only directory that has a value"
REGISTRY = "the registry of the programme comes first"
REFERENCE = "then the reference directory of the category"
OTHER = "then the other directories, by name"
CENTROID = "centroid of the commune in the embedded gazetteer: no directory gives a position"


def _source(root: "FieldProvenance", info: Info) -> Source:
    return source_by_id(info, root.held.record.source)


def _licence(root: "FieldProvenance", info: Info) -> str | None:
    return info.context.federation.sources[root.held.record.source].info.licence


@strawberry.type(description="Where the value of one field comes from.")
class FieldProvenance:
    held: strawberry.Private[Held]
    field: str = strawberry.field(description="Name of the field of the structure.")
    source: Source = strawberry.field(resolver=_source, description="The directory that gave the value.")
    key: str = strawberry.field(description="Key of the record in that directory.")
    updated_at_source: datetime | None = strawberry.field(description="When the directory updated the record.")
    retrieved_at: datetime = strawberry.field(description="When the hub had it from the directory.")
    licence: str | None = strawberry.field(resolver=_licence, description="Licence of the value.")
    rule: str = strawberry.field(description="Why this directory's value is shown.")


def provenance_of(entry: Entry, info: Info, names: list[str] | None) -> list[FieldProvenance]:
    """The provenance of these fields (all by default); BadInput on a name that is none of them."""
    for name in names or ():
        if name not in VALUES:
            raise BadInput(f"provenance.fields: {quoted(name)} is not one of {', '.join(VALUES)}")
    found = []
    for name in dict.fromkeys(names) if names is not None else VALUES:
        held = _holder(entry, name)
        if held:
            found.append(
                FieldProvenance(
                    held=held,
                    field=name,
                    key=held.record.key,
                    updated_at_source=held.record.updated_at,
                    retrieved_at=held.retrieved_at,
                    rule=_rule(entry, info, name, held),
                )
            )
    return found


def _holder(entry: Entry, name: str) -> Held | None:
    """The record whose value is shown. A position is the first exact one, else a centroid (see `Assembler`)."""
    if name != "position":
        return entry.holder(VALUES[name])
    exact = entry.holder(lambda r: True if r.position and r.position.precision is PositionPrecision.EXACT else None)
    return exact or (entry.holder(lambda r: r.address and r.address.insee) if entry.site.position else None)


def _rule(entry: Entry, info: Info, name: str, held: Held) -> str:
    value = VALUES[name]
    if name == "position" and not (held.record.position and held.record.position.precision is PositionPrecision.EXACT):
        return CENTROID
    if sum(value(other.record) not in (None, ()) for other in entry.helds) < 2:
        return ONLY
    source = info.context.federation.sources[held.record.source].info
    if source.kind is SourceKind.REGISTRY:
        return REGISTRY
    category = info.context.federation.referentials.category(held.record.category)
    return REFERENCE if category.reference_directory == source.id else OTHER
