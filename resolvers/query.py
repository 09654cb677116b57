"""The root of the API: what a client can ask."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from connectors.nomenclature import PriorityCode, TerritoryKind
from connectors.records import ActionRecord, Identifier
from resolvers import ids, listing
from resolvers.access import Role
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry
from resolvers.federation.paging import check_first, cursor_of, key_of, mark
from resolvers.federation.sources import Source as FederatedSource
from resolvers.federation.used import LINKS
from resolvers.request import Info
from resolvers.restricted import restricted
from resolvers.types import action as action_types
from resolvers.types import matching, referentials, territory
from resolvers.types import registration_fields as registering
from resolvers.types import structure as structure_types
from resolvers.types.arguments import Actions, After, Filter, First, OrderBy
from resolvers.types.changes import ChangeConnection, LogoAttestation
from resolvers.types.connections import ActionConnection, PageInfo, StructureConnection
from resolvers.types.eligibility import ConsentText, EligibilityResult
from resolvers.types.inputs import BBoxInput, IdentifierInput, identifier_of
from resolvers.types.link_quality import LinkQuality, link_qualities
from resolvers.types.links import LinkSuggestion, LinkSuggestionConnection, link_shown, structures_of
from resolvers.types.map_cluster import MapCluster
from resolvers.types.matching import MatchCandidate, RecordInput
from resolvers.types.node import Node
from resolvers.types.referentials import (
    Axis,
    CallForProjects,
    Category,
    EligibilityCriterion,
    Priority,
    Programme,
)
from resolvers.types.registration import Registration, RegistrationConnection
from resolvers.types.source import Source, source_of
from resolvers.types.structure import Structure
from resolvers.types.viewer import ApiKey, Viewer, api_keys, viewer
from resolvers.types.webhooks import Webhook, webhooks

MAX_NODES = 100

SUGGESTIONS = mark("link suggestions")

Id = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]


async def _node(info: Info, id: Id) -> Node | None:
    (found,) = await _found(info, [id])
    if isinstance(found, Exception):
        raise found
    shown: Node | None = _shown(found)
    return shown


NodeIds = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, at most 100.")]


async def _nodes(info: Info, ids: NodeIds) -> list[Node | None]:
    if len(ids) > MAX_NODES:
        raise BadInput(f"ids: at most {MAX_NODES}, not {len(ids)}")
    # an exception as an item of the list is that item's own error: the others keep their values
    return [_shown(one) for one in await _found(info, ids)]


async def _found(info: Info, wanted: Sequence[str]) -> list[object]:
    """What each id names, None where there is no such thing, or the failure of the source that would know."""
    structures = [id_ for id_ in wanted if isinstance(ids.parse(id_), ids.StructureId)]
    if len(structures) == len(wanted):
        return [*await info.context.entries.outcomes(structures)]
    actions = [id_ for id_ in wanted if isinstance(ids.parse(id_), ids.ActionId)]
    entries_, actions_ = await asyncio.gather(
        info.context.entries.outcomes(structures), info.context.actions.outcomes(actions)
    )
    found: dict[str, object] = dict(zip([*structures, *actions], [*entries_, *actions_], strict=True))
    sources = info.context.federation.sources
    return [found[id_] if id_ in found else sources.get(id_) for id_ in wanted]


def _shown(found: Any) -> Any:
    match found:
        case Entry():
            return structure_types.structure_of(found)
        case ActionRecord():
            return action_types.action_of(found)
        case FederatedSource():
            return source_of(found)
    return found


OptionalId = Annotated[strawberry.ID | None, strawberry.argument(description="A global id.")]
Number = Annotated[IdentifierInput | None, strawberry.argument(description="An official number.")]


async def _structure(info: Info, id: OptionalId = None, identifier: Number = None) -> Structure | None:
    if (id is None) == (identifier is None):
        raise BadInput("structure: give exactly one of id and identifier")
    if id is not None:
        return await _structure_by_id(info, id) if isinstance(ids.parse(id), ids.StructureId) else None
    named = identifier_of(identifier) if identifier else None
    if isinstance(named, Identifier):
        entry = await info.context.identified.load(named)
        return structure_types.structure_of(entry) if entry else None
    return await _structure_by_id(info, named) if named and isinstance(ids.parse(named), ids.StructureId) else None


async def _structure_by_id(info: Info, id_: str) -> Structure | None:
    entry = await info.context.entries.load(str(id_))
    return structure_types.structure_of(entry) if entry else None


async def _structures(
    info: Info, filter: Filter = None, order_by: OrderBy = None, first: First = 20, after: After = None
) -> StructureConnection:
    return await listing.structures(info, filter, order_by, first, after)


async def _actions(info: Info, filter: Actions = None, first: First = 20, after: After = None) -> ActionConnection:
    return await listing.actions(info, filter, first, after)


def _priorities(info: Info) -> list[Priority]:
    return [referentials.priority(info, p.code) for p in info.context.federation.referentials.priorities]


Box = Annotated[BBoxInput, strawberry.argument(description="What the map shows.")]
Zoom = Annotated[int, strawberry.argument(description="Zoom of a web map, from 0 (the world) to 22.")]


async def _map(info: Info, bbox: Box, zoom: Zoom, filter: Filter = None) -> list[MapCluster]:
    return await listing.map_clusters(info, bbox, zoom, filter)


Known = Annotated[RecordInput, strawberry.argument(description="What is known of the place.")]
FirstMatches = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]


async def _match(info: Info, record: Known, first: FirstMatches = 5) -> list[MatchCandidate]:
    return await matching.candidates(info, record, first)


async def _link_suggestions(info: Info, first: First = 20, after: After = None) -> LinkSuggestionConnection:
    info.context.used.tag(LINKS)
    check_first(first)
    start = int(key_of(after, SUGGESTIONS)[0]) if after else None
    found = await info.context.federation.linker.store.suggestions(first, start)
    shown = info.context.federation.registrations.suppressions.shown_ids(found.links, lambda link: link.pair)
    links = found.links if shown is None else shown
    nodes = [LinkSuggestion(link=link_shown(link), structures=await structures_of(info, link)) for link in links]
    end = cursor_of((found.links[-1].id,), SUGGESTIONS) if found.links else None
    page_info = PageInfo(
        has_next_page=found.after is not None, has_previous_page=after is not None, start_cursor=None, end_cursor=end
    )
    return LinkSuggestionConnection(nodes=nodes, page_info=page_info)


Code = Annotated[PriorityCode, strawberry.argument(description="Its code.")]


def _priority(info: Info, code: Code) -> Priority:
    return referentials.priority(info, code)


def _categories(info: Info) -> list[Category]:
    return [referentials.category(info, c.code) for c in info.context.federation.referentials.categories]


def _criteria(info: Info) -> list[EligibilityCriterion]:
    return [referentials.criterion(c) for c in info.context.federation.referentials.criteria]


def _calls(info: Info) -> list[CallForProjects]:
    return [referentials.call(info, c.code) for c in info.context.federation.referentials.calls]


def _axes(info: Info) -> list[Axis]:
    return [referentials.axis(info, a.rank) for a in info.context.federation.referentials.axes]


def _programmes(info: Info) -> list[Programme]:
    return [referentials.programme(info, p.code) for p in info.context.federation.referentials.programmes]


Name = Annotated[str | None, strawberry.argument(description="Beginning of a name; accents and case do not matter.")]
TerritoryCode = Annotated[str | None, strawberry.argument(description="INSEE code, or postal code of a commune.")]
Level = Annotated[TerritoryKind | None, strawberry.argument(description="Only this level.")]
FirstTerritories = Annotated[int, strawberry.argument(description="How many at most, from 1 to 100.")]


def _territories(
    info: Info,
    name: Name = None,
    code: TerritoryCode = None,
    kind: Level = None,
    first: FirstTerritories = 10,
) -> list[territory.Territory]:
    return territory.find(info.context.federation.gazetteer, name, code, kind, first)


def _sources(info: Info) -> list[Source]:
    return [source_of(source) for source in info.context.federation.sources.values()]


SourceIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Id of a source.")]


def _source(info: Info, id: SourceIdArgument) -> Source | None:
    source = info.context.federation.sources.get(id)
    return source_of(source) if source else None


@strawberry.type(description="What can be asked of the hub.")
class Query:
    """The root type; its description is the API's."""

    node: Node | None = strawberry.field(
        resolver=_node, description="Anything by its global id; null when there is no such thing."
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=_nodes,
        description="Many things by their global ids, in the same order: one call per directory and batch.",
    )
    structure: Structure | None = strawberry.field(
        resolver=_structure, description="One structure, by exactly one of its id or an identifier."
    )
    structures: StructureConnection = strawberry.field(
        resolver=_structures,
        description="Structures and professionals of all directories, merged and ordered.",
    )
    map: list[MapCluster] = strawberry.field(
        resolver=_map,
        description=(
            "Structures in a box, gathered into clusters, at most 400, down to single places. Their counts add up to "
            "the totalCount of `structures` with the same filter in that box."
        ),
    )
    match: list[MatchCandidate] = strawberry.field(
        resolver=_match, description='"Which entry is this?" The entries most like a place, the likeliest first.'
    )
    link_quality: list[LinkQuality] = strawberry.field(
        resolver=link_qualities, description="How well links are made, measured on public sets of labelled pairs."
    )
    link_suggestions: LinkSuggestionConnection = restricted(
        Role.MODERATOR,
        resolver=_link_suggestions,
        description="Pairs of records that a moderator should look at, oldest first.",
    )
    actions: ActionConnection = strawberry.field(
        resolver=_actions, description="Actions for the 1000 premiers jours, by title."
    )
    priorities: list[Priority] = strawberry.field(
        resolver=_priorities, description="The ten priorities, in their official order."
    )
    priority: Priority = strawberry.field(resolver=_priority, description="One priority.")
    categories: list[Category] = strawberry.field(
        resolver=_categories,
        description="The categories of professionals and services, in their official order.",
    )
    eligibility_criteria: list[EligibilityCriterion] = strawberry.field(
        resolver=_criteria, description="The four situations, one of which makes eligible."
    )
    calls_for_projects: list[CallForProjects] = strawberry.field(resolver=_calls, description="The calls for projects.")
    axes: list[Axis] = strawberry.field(resolver=_axes, description="The six national axes of the calls for projects.")
    programmes: list[Programme] = strawberry.field(resolver=_programmes, description="The programmes.")
    territories: list[territory.Territory] = strawberry.field(
        resolver=_territories,
        description="Communes, départements and régions by name or code: exact names and wider territories first.",
    )
    sources: list[Source] = strawberry.field(resolver=_sources, description="The directories of the federation.")
    source: Source | None = strawberry.field(resolver=_source, description="One directory.")
    viewer: Viewer | None = strawberry.field(
        resolver=viewer, description="Who asks; null for anybody who brings no key and no session."
    )
    api_keys: list[ApiKey] = restricted(
        Role.ADMIN, resolver=api_keys, description="All API keys that ever were, oldest first."
    )
    check_eligibility: EligibilityResult = strawberry.field(
        resolver=registering.check_eligibility,
        description=(
            'Whether somebody may be registered ("critères d’éligibilité"): which of the four situations holds and '
            "why, what is missing, and the priorities that the sub-category brings."
        ),
    )
    registration_consent: ConsentText = strawberry.field(
        resolver=registering.registration_consent, description="What is agreed to by who registers."
    )
    registration: Registration | None = restricted(
        Role.REGISTRANT,
        resolver=registering.registration,
        description="One registration, of the caller's own; any for moderators.",
    )
    registrations: RegistrationConnection = restricted(
        Role.REGISTRANT,
        resolver=registering.registrations,
        description="Registrations, oldest first: the caller's own; all of them for moderators.",
    )
    my_data: JSON = restricted(
        Role.REGISTRANT,
        resolver=registering.my_data,
        description="All that is kept of the caller's registrations (RGPD, art. 15 and 20).",
    )
    webhooks: list[Webhook] = restricted(
        Role.PARTNER, resolver=webhooks, description="The caller's webhooks, oldest first."
    )
    verify_logo: LogoAttestation = strawberry.field(
        resolver=registering.verify_logo, description="Whether a displayed logo is rightful, and of whom."
    )
    changes: ChangeConnection = strawberry.field(
        resolver=registering.changes,
        description=(
            "What became of registered entries and of links, in order: none is lost between two pages, however long "
            "one waits. Go on with `endCursor`; CURSOR_EXPIRED means that everything is to be read again."
        ),
    )
