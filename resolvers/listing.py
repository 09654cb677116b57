"""Lists of structures and actions: the same for the root fields and for those below a priority."""

from typing import NamedTuple

import msgspec

from connectors.guards.trail import covered
from connectors.nomenclature import PriorityCode
from resolvers.errors import BadInput
from resolvers.federation import action_search
from resolvers.federation.action_search import ActionQuestion
from resolvers.federation.clustering import MAX_ZOOM, clusters_of
from resolvers.federation.coverage import Coverage
from resolvers.federation.filters import Filter
from resolvers.federation.ordering import Hit, Order
from resolvers.federation.paging import Slice
from resolvers.federation.parts import tell
from resolvers.federation.places import Box
from resolvers.federation.search import Question, search
from resolvers.request import Info
from resolvers.types import action as action_types
from resolvers.types import map_cluster as map_types
from resolvers.types import structure as structure_types
from resolvers.types.connections import (
    ActionConnection,
    PageInfo,
    SourceCoverage,
    StructureConnection,
    StructureEdge,
    coverage_of,
    page_info_of,
)
from resolvers.types.facets import Facets, facets_of
from resolvers.types.inputs import ActionFilter, BBoxInput, StructureFilter, filter_of, place_of


class Shown(NamedTuple):
    """A page of a search as the API shows it, with the coverage that was `told`."""

    told: tuple[Coverage, ...]
    edges: list[StructureEdge]
    nodes: list["structure_types.Structure"]
    coverage: list[SourceCoverage]
    page_info: PageInfo


async def structures(
    info: Info,
    given: StructureFilter | None,
    order: Order | None,
    first: int,
    after: str | None,
    *,
    priority: PriorityCode | None = None,
) -> StructureConnection:
    """A page of structures over all directories; `priority` must hold besides the filter."""
    filter_ = filter_of(given)
    if priority is not None:
        filter_ = msgspec.structs.replace(filter_, all_of=(*filter_.all_of, Filter(priorities=(priority,))))
    found = await search(info.context.federation, Question(filter_, order, first, after), info.context.used)

    async def count_facets() -> Facets:
        return facets_of(info, await found.facets())

    covered([(told.source, told.status.value) for told in found.coverage])
    shown = _shown(found.slice, found.coverage)
    return StructureConnection(
        count_facets=count_facets,
        edges=shown.edges,
        nodes=shown.nodes,
        page_info=shown.page_info,
        total_count=found.total,
        coverage=shown.coverage,
    )


def _shown(page: Slice[Hit], told: tuple[Coverage, ...]) -> Shown:
    """A page as the API shows it, kept with it: the search gives the same page again while nothing changes."""
    kept: Shown | None = page.__dict__.get("shown")
    if kept is None or kept.told is not told:
        edges = [_edge(cursor, hit) for cursor, hit in zip(page.cursors, page.items, strict=True)]
        nodes, coverage = [edge.node for edge in edges], [coverage_of(c) for c in told]
        kept = page.__dict__["shown"] = Shown(told, edges, nodes, coverage, page_info_of(page))
    return kept


def _edge(cursor: str, hit: Hit) -> StructureEdge:
    return StructureEdge(
        cursor=cursor,
        node=structure_types.structure_of(hit.entry),
        distance_meters=None if hit.distance is None else round(hit.distance),
        score=hit.score,
    )


async def map_clusters(
    info: Info, box: BBoxInput, zoom: int, given: StructureFilter | None
) -> list[map_types.MapCluster]:
    """The clusters of what a filter holds in a box; BadInput when the zoom is out of range."""
    if not 0 <= zoom <= MAX_ZOOM:
        raise BadInput(f"zoom: between 0 and {MAX_ZOOM}, not {zoom}")
    here = Filter(place=Box(box.south, box.west, box.north, box.east), all_of=(filter_of(given),))
    found = await search(info.context.federation, Question(here, first=1), info.context.used)
    return [map_types.cluster_of(info, cluster) for cluster in clusters_of(found.entries, zoom)]


async def actions(
    info: Info,
    given: ActionFilter | None,
    first: int,
    after: str | None,
    *,
    priority: PriorityCode | None = None,
) -> ActionConnection:
    """A page of actions, by title; `priority` must hold besides the filter."""
    given = given or ActionFilter()
    question = ActionQuestion(
        text=given.text,
        priorities=None if given.priorities is None else frozenset(given.priorities),
        also=priority,
        place=place_of(given.place),
        axes=None if given.axes is None else frozenset(given.axes),
        calls=None if given.calls is None else frozenset(given.calls),
        itinerant=given.itinerant,
        first=first,
        after=after,
    )
    found = await action_search.search(info.context.federation, question)
    for coverage in found.coverage:
        tell(info.context.federation.sources[coverage.source].info, coverage, info.context.used)
    return action_types.connection_of(found.slice, found.coverage)
