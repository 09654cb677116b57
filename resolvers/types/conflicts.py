"""Conflicts between directories as the API shows them."""

import strawberry

from connectors.held import Held
from resolvers.federation.conflicts import conflicts_of
from resolvers.federation.entries import Entry
from resolvers.request import Info
from resolvers.types.source import Source, source_by_id


def _source(root: "FieldValue", info: Info) -> Source:
    return source_by_id(info, root.held.record.source)


@strawberry.type(description="What one directory says of a field.")
class FieldValue:
    held: strawberry.Private[Held]
    source: Source = strawberry.field(resolver=_source, description="The directory.")
    key: str = strawberry.field(description="Key of its record.")
    value: str = strawberry.field(description="Its value, as text.")


@strawberry.type(description="A field on which two directories disagree; the first value is the one shown.")
class FieldConflict:
    field: str = strawberry.field(description="Name of the field.")
    values: list[FieldValue] = strawberry.field(description="Each directory's value, in order of precedence.")


def conflicts_shown(entry: Entry) -> list[FieldConflict]:
    """The conflicts of an entry as the API shows them."""
    return [
        FieldConflict(
            field=conflict.field,
            values=[FieldValue(held=held, key=held.record.key, value=value) for held, value in conflict.values],
        )
        for conflict in conflicts_of(entry)
    ]
