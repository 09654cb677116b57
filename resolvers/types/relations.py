"""What structures are related to: links, actions, professionals; told for many structures at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.contract import Kind, PractisingAt
from connectors.gazetteer import fold
from connectors.links import Link
from connectors.records import ActionRecord
from resolvers.batching import batched, loaded
from resolvers.federation.facets import facets_of
from resolvers.federation.lookup import Professionals, RecordKey
from resolvers.federation.memo import Counted
from resolvers.federation.paging import Keyed, check_cursor, check_first, mark, page
from resolvers.federation.parts import is_whole
from resolvers.request import Info
from resolvers.types import action as action_types
from resolvers.types import facets as facet_types
from resolvers.types import links as link_types
from resolvers.types import structure as structure_types
from resolvers.types.arguments import After, First
from resolvers.types.connections import (
    ActionConnection,
    LazyLink,
    StructureConnection,
    StructureEdge,
    coverage_of,
    page_info_of,
)

if TYPE_CHECKING:
    from resolvers.types.structure import Structure


@batched
async def links(roots: Sequence["Structure"], info: Info) -> list[list[LazyLink] | Exception]:
    """Why the records of each are one entry: the links between them."""

    def keys(root: "Structure") -> list[str]:
        return [r.id for r in root.entry.records] if len(root.entry.helds) > 1 else []

    def tell(_: "Structure", found: list[tuple[Link, ...]]) -> list[LazyLink]:
        linked = {link.id: link for links in found for link in links if link.linked}
        return [link_types.link_shown(link) for link in linked.values()]

    return await loaded(info.context.links_of, roots, keys, tell)


@batched
async def actions(
    roots: Sequence["Structure"], info: Info, first: First = 20, after: After = None
) -> list[ActionConnection | Exception]:
    """A page of what each carries, hosts or takes part in, by title."""
    check_first(first)
    sources = info.context.federation.sources

    def keys(root: "Structure") -> list[RecordKey]:
        check_cursor(after, mark("actions of", root.entry.id))
        return [(r.source, r.key) for r in root.entry.records if Kind.ACTION in sources[r.source].info.kinds]

    def tell(root: "Structure", found: list[tuple[ActionRecord, ...]]) -> ActionConnection:
        records = {record.id: record for some in found for record in some}
        keyed = sorted((Keyed((fold(a.title), a.id), a) for a in records.values()), key=lambda k: k.key)
        return action_types.connection_of(page(keyed, first, after, mark("actions of", root.entry.id)), ())

    return await loaded(info.context.actions_of, roots, keys, tell)


@batched
async def professionals(
    roots: Sequence["Structure"], info: Info, first: First = 20, after: After = None
) -> list[StructureConnection | Exception]:
    """A page of who practises at each, by name."""
    check_first(first)
    sources = info.context.federation.sources

    def keys(root: "Structure") -> list[RecordKey]:
        check_cursor(after, mark("professionals of", root.entry.id))
        return [(r.source, r.key) for r in root.entry.records if PractisingAt in sources[r.source].info.asks]

    def tell(root: "Structure", found: list[Professionals | None]) -> StructureConnection:
        told = [one for one in found if one]
        entries = {entry.id: entry for one in told for entry in one.entries}
        keyed = sorted((Keyed((fold(e.lead.name), e.id), e) for e in entries.values()), key=lambda k: k.key)
        part = page(keyed, first, after, mark("professionals of", root.entry.id))

        async def count_facets() -> facet_types.Facets:
            whole = is_whole(one.coverage for one in told)
            return facet_types.facets_of(info, Counted(facets_of(entries.values()), whole))

        edges = [
            StructureEdge(cursor=cursor, node=structure_types.structure_of(entry), distance_meters=None, score=None)
            for cursor, entry in zip(part.cursors, part.items, strict=True)
        ]
        return StructureConnection(
            count_facets=count_facets,
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=page_info_of(part),
            total_count=part.total if told else None,
            coverage=[coverage_of(one.coverage) for one in told],
        )

    return await loaded(info.context.professionals_at, roots, keys, tell)
