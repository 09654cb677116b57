"""What each source has for a question, and how complete that is: all are asked at once, each failure costs its own."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.contract import Everywhere, InCommunes, Query
from connectors.errors import SourceError
from connectors.held import Held
from connectors.nomenclature import SubcategoryCode
from resolvers.errors import BadInput
from resolvers.federation.coverage import Coverage, CoverageStatus, needs_place, of_cells, partial
from resolvers.federation.parts import Part
from resolvers.federation.places import Area
from resolvers.federation.sources import Source, helds_of, pages

MOST_PAGES = 20
"""Pages read of a source that is asked without a place: beyond that the answer is PARTIAL."""


async def ask(asked: Sequence[Source], area: Area | None, narrow: frozenset[SubcategoryCode] | None) -> list[Part]:
    """What each source has in an area, or everywhere; BadInput when the area is too wide for one of them."""
    if area is None:
        return await asyncio.gather(*map(everywhere, asked))
    for source in asked:
        _check_width(source, area)
    return await asyncio.gather(*(_in_area(source, area, narrow) for source in asked))


def _check_width(source: Source, area: Area) -> None:
    if len(area.departements) > source.info.max_departements:
        raise BadInput(
            f"place: {len(area.departements)} département(s) are too wide for the source {source.info.id}, "
            f"which can be asked for {source.info.max_departements} at once: name other sources in the filter"
        )


async def _in_area(source: Source, area: Area, narrow: frozenset[SubcategoryCode] | None) -> Part:
    if InCommunes not in source.info.asks:
        message = "cannot be asked by place"
        return Part(
            source.info, (), Coverage(source=source.info.id, status=CoverageStatus.NOT_ASKED, message=message), True
        )
    read = await source.cells.read(area, narrow)
    return Part(source.info, read.helds, of_cells(source.info.id, read), source.info.ttl <= 0, read.had_at)


async def everywhere(source: Source) -> Part:
    """All that a source has, when it can be asked so."""
    id_ = source.info.id
    if Everywhere not in source.info.asks:
        return Part(source.info, (), needs_place(id_), True)
    since = datetime.now(UTC)
    helds: list[Held] = []
    complete = stale = False
    unreadable = 0
    try:
        async for part in pages(source.connector, Query(where=Everywhere()), most=MOST_PAGES):
            helds += helds_of(part)
            since, stale = min(since, part.retrieved_at or since), stale or part.stale
            unreadable += part.unreadable
            complete = part.after is None
    except SourceError as error:
        status = CoverageStatus.PARTIAL if helds else CoverageStatus.UNAVAILABLE
        coverage = Coverage(source=id_, status=status, message=error.message, since=since)
        return Part(source.info, helds, coverage, True)
    if unreadable:
        coverage = partial(id_, f"{unreadable} entries could not be read", since)
    elif not complete:
        coverage = partial(id_, f"only the first {len(helds)} entries were read: give a place", since)
    else:
        status = CoverageStatus.STALE if stale else CoverageStatus.COMPLETE
        coverage = Coverage(source=id_, status=status, since=since)
    return Part(source.info, helds, coverage, True)


def seen(asked: Sequence[Source], *, everywhere: bool) -> tuple[int, ...] | None:
    """What tells that nobody has to be asked again, as long as it is the same; None when it cannot be told."""
    told = []
    for source in asked:
        if source.version is not None:
            told.append(source.version())
        elif not everywhere:
            told.append(source.cells.filled)
        elif Everywhere in source.info.asks:
            return None
    return tuple(told)
