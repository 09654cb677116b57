"""Relay connections over structures and actions, and the coverage that goes with every answer."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from connectors.guards.trail import covered
from resolvers.federation import coverage as federated
from resolvers.federation.coverage import CoverageStatus
from resolvers.federation.paging import Slice
from resolvers.request import Info
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.source import Source, source_by_id

if TYPE_CHECKING:
    from resolvers.types.action import Action
    from resolvers.types.facets import Facets
    from resolvers.types.links import Link
    from resolvers.types.referentials import (
        Axis,
        CallForProjects,
        Category,
        EligibilityCriterion,
        Priority,
        Programme,
        Subcategory,
    )
    from resolvers.types.structure import Structure

LazyStructure = Annotated["Structure", strawberry.lazy("resolvers.types.structure")]
LazyAction = Annotated["Action", strawberry.lazy("resolvers.types.action")]
LazyLink = Annotated["Link", strawberry.lazy("resolvers.types.links")]
LazyFacets = Annotated["Facets", strawberry.lazy("resolvers.types.facets")]
_TEXTS = "resolvers.types.referentials"
LazyPriority = Annotated["Priority", strawberry.lazy(_TEXTS)]
LazyCategory = Annotated["Category", strawberry.lazy(_TEXTS)]
LazySubcategory = Annotated["Subcategory", strawberry.lazy(_TEXTS)]
LazyCall = Annotated["CallForProjects", strawberry.lazy(_TEXTS)]
LazyAxis = Annotated["Axis", strawberry.lazy(_TEXTS)]
LazyCriterion = Annotated["EligibilityCriterion", strawberry.lazy(_TEXTS)]
LazyProgramme = Annotated["Programme", strawberry.lazy(_TEXTS)]


@strawberry.type(description="Where a page stands (Relay, Cursor Connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first edge.")
    end_cursor: str | None = strawberry.field(description="Where to go on: give it as `after`.")


def _covered_source(root: "SourceCoverage", info: Info) -> Source:
    return source_by_id(info, root.source_id)


@strawberry.type(description="How complete the answer of one source is.")
class SourceCoverage:
    source_id: strawberry.Private[str]
    source: Source = strawberry.field(resolver=_covered_source, description="The directory.")
    status: CoverageStatus = strawberry.field(description="What it contributed.")
    message: str | None = strawberry.field(description="What is missing and why, in English.")
    since: datetime | None = strawberry.field(description="When the oldest part of it was had.")
    record_count: int | None = strawberry.field(
        description="Its records in the whole result, not the page; null when it gave none."
    )


@strawberry.type(description="A structure in a list.")
class StructureEdge:
    cursor: str = strawberry.field(description="Where it stands in the order; opaque.")
    node: LazyStructure = strawberry.field(description="The structure.")
    distance_meters: int | None = strawberry.field(
        description="Metres from the place's centre, along a great circle; null without a place or a position."
    )
    score: float | None = strawberry.field(
        description="How well it answers the text, from 0 to 1; null without a text."
    )


async def _facets(root: "StructureConnection") -> LazyFacets:
    return await root.count_facets()


@strawberry.type(description="A page of structures.")
class StructureConnection:
    count_facets: strawberry.Private[Callable[[], Awaitable["Facets"]]]
    edges: list[StructureEdge] = strawberry.field(description="The page, each structure with its place in it.")
    nodes: list[LazyStructure] = strawberry.field(description="The page, structures only.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int | None = strawberry.field(
        description=(
            "How many there are in all; null when that is not known: a source cannot be asked without a place, or has "
            "more than one answer may read."
        )
    )
    facets: LazyFacets = strawberry.field(
        resolver=_facets,
        description=(
            "How the whole result divides, the page does not matter; counted only when asked for. Without a place, "
            "directories that are read page by page are read whole for it, as far as one answer may (see `complete`)."
        ),
    )
    coverage: list[SourceCoverage] = strawberry.field(
        description="What each source contributed: read it before saying that there is nothing else."
    )


@strawberry.type(description="An action in a list.")
class ActionEdge:
    cursor: str = strawberry.field(description="Where it stands in the order; opaque.")
    node: LazyAction = strawberry.field(description="The action.")


@strawberry.type(description="A page of actions.")
class ActionConnection:
    edges: list[ActionEdge] = strawberry.field(description="The page, each action with its place in it.")
    nodes: list[LazyAction] = strawberry.field(description="The page, actions only.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(description="How many there are in all.")
    coverage: list[SourceCoverage] = strawberry.field(description="What each source that knows actions contributed.")


def page_info_of(part: Slice[Any]) -> PageInfo:
    """Where a page stands."""
    return PageInfo(
        has_next_page=part.has_next,
        has_previous_page=part.has_previous,
        start_cursor=part.cursors[0] if part.cursors else None,
        end_cursor=part.end or (part.cursors[-1] if part.cursors else None),
    )


def coverage_of(coverage: federated.Coverage) -> SourceCoverage:
    """A source's coverage as the API shows it, and as the log tells it."""
    covered([(coverage.source, coverage.status.value)])
    return SourceCoverage(
        source_id=coverage.source,
        status=coverage.status,
        message=coverage.message,
        since=coverage.since,
        record_count=coverage.record_count,
    )
