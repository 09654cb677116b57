"""A search over all directories: ask the cells of a place, merge, filter, order, cut a page, say what is missing."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from connectors.contract import Everywhere, InCommunes, Query
from connectors.errors import SourceError
from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from resolvers.errors import BadInput
from resolvers.federation import text
from resolvers.federation.coverage import Coverage, CoverageStatus, needs_place, of_cells, partial
from resolvers.federation.entries import Entry, Held
from resolvers.federation.filters import (
    Compiler,
    Filter,
    Test,
    check,
    conjuncts,
    narrowing,
    place_of,
    sources_of,
)
from resolvers.federation.ordering import Hit, Order, arrange, choose
from resolvers.federation.paging import Slice, check_cursor, check_first, mark, page
from resolvers.federation.places import Area, resolve
from resolvers.federation.sources import Federation, Source, pages
from resolvers.federation.stream import can_stream, stream

MOST_PAGES = 20
"""Pages read of a source that is asked without a place: beyond that the answer is PARTIAL."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks: which entries, in which order, which page."""

    filter: Filter
    order: Order | None = None
    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer: a page of hits, all entries found, the exact total where all was asked for, and every coverage."""

    slice: Slice[Hit]
    entries: tuple[Entry, ...]
    total: int | None
    coverage: tuple[Coverage, ...]


async def search(federation: Federation, question: Question) -> Found:
    """Answer a question; BadInput when it cannot be served. A failing source costs its own part only."""
    check_first(question.first)
    check(question.filter)
    place = place_of(question.filter)
    words = _words(question.filter)
    order = choose(question.order, has_place=place is not None, has_text=bool(words))
    question_mark = mark(question.filter, question.order or order)
    check_cursor(question.after, question_mark)
    area = resolve(place, federation.gazetteer) if place else None
    asked = federation.asked(sources_of(question.filter))
    compiler = Compiler(federation.referentials, lambda p: resolve(p, federation.gazetteer))
    test = compiler.test(question.filter)
    score = (lambda e: text.score(e, words, federation.referentials)) if words else None

    if area is None and question.order is None and can_stream(asked):
        return await _streamed(federation, question, asked, test, score, question_mark)
    narrow = narrowing(question.filter)
    parts = await _ask(asked, area, narrow)
    helds = [held for some, _ in parts for held in some]
    if area is not None and narrow is None:  # only whole cells tell how much a likeness says
        await federation.linker.link_new(helds)
    entries = await federation.assemble(helds)
    hits = arrange([e for e in entries if test(e)], order, area.centre if area else None, score)
    told = {coverage.source: coverage for _, coverage in parts}
    found = tuple(hit.value.entry for hit in hits)
    coverage = _coverage(federation, told, found)
    exact = all(c.status is not CoverageStatus.NEEDS_PLACE for c in coverage)
    return Found(
        slice=page(hits, question.first, question.after, question_mark),
        entries=found,
        total=len(hits) if exact else None,
        coverage=coverage,
    )


async def _streamed(
    federation: Federation,
    question: Question,
    asked: Sequence[Source],
    test: Test,
    score: Callable[[Entry], float] | None,
    question_mark: str,
) -> Found:
    """The answer of sources that are read page by page: no total, and facets of this page only."""
    part, told = await stream(federation, asked, test, question.first, question.after, question_mark)
    hits = tuple(Hit(entry, score=score(entry) if score else None) for entry in part.items)
    slice_ = Slice(hits, part.cursors, part.has_next, part.has_previous, part.total, part.end)
    return Found(slice_, part.items, None, _coverage(federation, told, part.items))


def _coverage(federation: Federation, told: Mapping[str, Coverage], found: Sequence[Entry]) -> tuple[Coverage, ...]:
    """The coverage of every source, with its records among what was found."""
    counts = Counter(record.source for entry in found for record in entry.records)
    return tuple(
        msgspec.structs.replace(told[id_], record_count=_count(told[id_], counts))
        if id_ in told
        else Coverage(source=id_, status=CoverageStatus.NOT_ASKED)
        for id_ in federation.sources
    )


def _words(filter_: Filter) -> tuple[str, ...]:
    """All words asked for, wherever in the filter they must hold."""
    found = [w for part in conjuncts(filter_) if part.text is not None for w in text.asked_words(part.text)]
    return tuple(dict.fromkeys(found))


def _count(coverage: Coverage, counts: Counter[str]) -> int | None:
    silent = coverage.status in {
        CoverageStatus.UNAVAILABLE,
        CoverageStatus.NEEDS_PLACE,
        CoverageStatus.NOT_ASKED,
    }
    return None if silent else counts[coverage.source]


async def _ask(
    asked: Sequence[Source], area: Area | None, narrow: frozenset[SubcategoryCode] | None
) -> list[tuple[list[Held], Coverage]]:
    """What each source has, and its coverage, all asked at once."""
    if area is None:
        return await asyncio.gather(*(_everywhere(source) for source in asked))
    for source in asked:
        _check_width(source, area)
    return await asyncio.gather(*(_in_area(source, area, narrow) for source in asked))


def _check_width(source: Source, area: Area) -> None:
    if len(area.departements) > source.info.max_departements:
        raise BadInput(
            f"place: {len(area.departements)} département(s) are too wide for the source {source.info.id}, "
            f"which can be asked for {source.info.max_departements} at once: name other sources in the filter"
        )


async def _in_area(
    source: Source, area: Area, narrow: frozenset[SubcategoryCode] | None
) -> tuple[list[Held], Coverage]:
    if InCommunes not in source.info.asks:
        message = "cannot be asked by place"
        return [], Coverage(source=source.info.id, status=CoverageStatus.NOT_ASKED, message=message)
    read = await source.cells.read(area, narrow)
    return read.helds, of_cells(source.info.id, read)


async def _everywhere(source: Source) -> tuple[list[Held], Coverage]:
    """All that a source has, when it can be asked so."""
    id_ = source.info.id
    if Everywhere not in source.info.asks:
        return [], needs_place(id_)
    now = datetime.now(UTC)
    helds: list[Held] = []
    complete = False
    unreadable = 0
    try:
        async for part in pages(source.connector, Query(where=Everywhere()), most=MOST_PAGES):
            helds += [Held(r, now) for r in part.records if isinstance(r, StructureRecord)]
            unreadable += part.unreadable
            complete = part.after is None
    except SourceError as error:
        status = CoverageStatus.PARTIAL if helds else CoverageStatus.UNAVAILABLE
        return helds, Coverage(source=id_, status=status, message=error.message, since=now)
    if unreadable:
        return helds, partial(id_, f"{unreadable} entries could not be read", now)
    if not complete:
        return helds, partial(id_, f"only the first {len(helds)} entries were read: give a place", now)
    return helds, Coverage(source=id_, status=CoverageStatus.COMPLETE, since=now)
