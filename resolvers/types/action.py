"""The actions for the 1000 premiers jours: what people do, whatever their profession."""

from collections.abc import Callable, Sequence
from datetime import datetime

import strawberry

from connectors import records
from connectors.records import ActionRecord
from resolvers.batching import batched, loaded
from resolvers.federation.coverage import Coverage
from resolvers.federation.entries import Entry
from resolvers.federation.paging import Slice
from resolvers.request import Info
from resolvers.types import referentials
from resolvers.types import structure as structure_types
from resolvers.types.connections import (
    ActionConnection,
    ActionEdge,
    LazyAxis,
    LazyCall,
    LazyPriority,
    LazyProgramme,
    LazyStructure,
    coverage_of,
    page_info_of,
)
from resolvers.types.node import Node
from resolvers.types.scalars import URL
from resolvers.types.source import Source, source_by_id
from resolvers.types.territory import Territory, territory_of_record


def _call(root: "Laureate", info: Info) -> LazyCall:
    return referentials.call(info, root.laureate.call)


def _axes(root: "Laureate", info: Info) -> list[LazyAxis]:
    return [referentials.axis(info, rank) for rank in root.laureate.axes]


@strawberry.type(description='A call for projects that an action has won ("lauréat").')
class Laureate:
    laureate: strawberry.Private[records.Laureate]
    call: LazyCall = strawberry.field(resolver=_call, description="The call.")
    region: str | None = strawberry.field(description="The région of a regional call.")
    axes: list[LazyAxis] = strawberry.field(
        resolver=_axes, description="The national axes on which it was chosen, as far as they are published."
    )


async def _structures(
    roots: Sequence["Action"], info: Info, named: Callable[[ActionRecord], Sequence[str]]
) -> list[list[LazyStructure] | Exception]:
    """The structures whose keys an action's record names, each as far as it is there."""

    def keys(root: "Action") -> list[str]:
        return [f"{root.action.source}--{key}" for key in named(root.action)]

    def tell(_: "Action", found: list[Entry | None]) -> list[LazyStructure]:
        return [structure_types.structure_of(entry) for entry in found if entry]

    return await loaded(info.context.entries, roots, keys, tell)


@batched
async def _carrier(roots: Sequence["Action"], info: Info) -> list[LazyStructure | Exception | None]:
    found = await _structures(roots, info, lambda action: (action.carrier,) if action.carrier else ())
    return [some if isinstance(some, Exception) else next(iter(some), None) for some in found]


@batched
async def _partners(roots: Sequence["Action"], info: Info) -> list[list[LazyStructure] | Exception]:
    return await _structures(roots, info, lambda action: action.partners)


@batched
async def _places(roots: Sequence["Action"], info: Info) -> list[list[LazyStructure] | Exception]:
    return await _structures(roots, info, lambda action: action.places)


def _priorities(root: "Action", info: Info) -> list[LazyPriority]:
    return [referentials.priority(info, code) for code in root.action.priorities]


def _territory(root: "Action") -> Territory | None:
    territory = root.action.territory
    return territory_of_record(territory) if territory else None


def _laureate_of(root: "Action") -> list[Laureate]:
    return [Laureate(laureate=won, region=won.region) for won in root.action.laureates]


def _programmes(root: "Action", info: Info) -> list[LazyProgramme]:
    return [referentials.programme(info, code) for code in root.action.programmes]


def _source(root: "Action", info: Info) -> Source:
    return source_by_id(info, root.action.source)


@strawberry.type(description='An action for the 1000 premiers jours ("action").')
class Action(Node):
    action: strawberry.Private[ActionRecord]
    title: str = strawberry.field(description="French title.")
    other_titles: list[str] = strawberry.field(description="Other ways in which its title is written.")
    description: str | None = strawberry.field(description="What is done, in French.")
    priorities: list[LazyPriority] = strawberry.field(
        resolver=_priorities, description="The priorities that it serves."
    )
    carrier: LazyStructure | None = strawberry.field(resolver=_carrier, description='Who carries it ("porteur").')
    partners: list[LazyStructure] = strawberry.field(resolver=_partners, description="Who takes part in it.")
    places: list[LazyStructure] = strawberry.field(resolver=_places, description="Where it takes place.")
    itinerant: bool = strawberry.field(description='Whether it moves from place to place ("itinérante").')
    territory: Territory | None = strawberry.field(
        resolver=_territory, description="The territory that it serves, where one is named."
    )
    audiences: list[str] = strawberry.field(description='Whom it is for ("publics").')
    key_moments: list[str] = strawberry.field(description='When it helps ("moments clefs").')
    laureate_of: list[Laureate] = strawberry.field(
        resolver=_laureate_of, description="The calls for projects that it has won."
    )
    programmes: list[LazyProgramme] = strawberry.field(
        resolver=_programmes, description="The programmes that it belongs to."
    )
    url: URL | None = strawberry.field(description="Page about it.")
    updated_at: datetime | None = strawberry.field(description="When it was last updated.")
    source: Source = strawberry.field(resolver=_source, description="The directory that knows it.")


def action_of(record: ActionRecord) -> Action:
    """An action as the API shows it."""
    return Action(
        action=record,
        id=strawberry.ID(record.id),
        title=record.title,
        other_titles=list(record.other_titles),
        description=record.description,
        itinerant=record.itinerant,
        audiences=list(record.audiences),
        key_moments=list(record.key_moments),
        url=URL(record.url) if record.url else None,
        updated_at=record.updated_at,
    )


def connection_of(part: Slice[ActionRecord], coverage: tuple[Coverage, ...]) -> ActionConnection:
    """A page of actions as the API shows it."""
    edges = [
        ActionEdge(cursor=cursor, node=action_of(record))
        for cursor, record in zip(part.cursors, part.items, strict=True)
    ]
    return ActionConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=page_info_of(part),
        total_count=part.total,
        coverage=[coverage_of(c) for c in coverage],
    )
