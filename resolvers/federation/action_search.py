"""A search for actions: only registries know them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.contract import Everywhere, InCommunes, InDepartement, Kind, Query, Where
from connectors.errors import SourceError
from connectors.gazetteer import fold
from connectors.nomenclature import CallCode, PriorityCode
from connectors.records import ActionRecord
from resolvers.federation import text
from resolvers.federation.coverage import Coverage, CoverageStatus
from resolvers.federation.paging import Keyed, Slice, check_cursor, check_first, mark, page
from resolvers.federation.places import Area, Place, resolve
from resolvers.federation.sources import Federation, Source, chunks, pages

MOST_PAGES = 20
"""Pages read of one source at most: beyond that the answer is PARTIAL."""


@dataclass(frozen=True, slots=True)
class ActionQuestion:
    """What a client asks: which actions, which page. `also` is a priority that must hold besides the others."""

    text: str | None = None
    priorities: frozenset[PriorityCode] | None = None
    also: PriorityCode | None = None
    place: Place | None = None
    axes: frozenset[int] | None = None
    calls: frozenset[CallCode] | None = None
    itinerant: bool | None = None
    first: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class FoundActions:
    """The answer: a page, ordered by title, and the coverage of the sources that know actions."""

    slice: Slice[ActionRecord]
    coverage: tuple[Coverage, ...]


async def search(federation: Federation, question: ActionQuestion) -> FoundActions:
    """Answer a question; BadInput when it cannot be served. A failing source costs its own part only."""
    check_first(question.first)
    question_mark = mark("actions", *_parts(question))
    check_cursor(question.after, question_mark)
    area = resolve(question.place, federation.gazetteer) if question.place else None
    asked = text.asked_words(question.text) if question.text else ()
    able = [s for s in federation.sources.values() if Kind.ACTION in s.info.kinds]
    answers = await asyncio.gather(*(_ask(source, area) for source in able))
    found = [a for records, _ in answers for a in records.values() if _holds(a, question, asked)]
    keyed = sorted((Keyed((fold(a.title), a.id), a) for a in found), key=lambda k: k.key)
    return FoundActions(
        page(keyed, question.first, question.after, question_mark), tuple(coverage for _, coverage in answers)
    )


def _parts(question: ActionQuestion) -> Iterator[object]:
    """What makes two questions the same, whatever page they ask."""
    whole = replace(question, first=0, after=None)
    for value in (getattr(whole, name) for name in whole.__slots__):
        yield sorted(value, key=str) if isinstance(value, frozenset) else value


def _wheres(source: Source, area: Area | None) -> list[Where]:
    """The questions that cover an area: whole départements, or lists of communes."""
    if area is None:
        return [Everywhere()]
    if area.departements:
        return [InDepartement(code) for code in area.departements]
    return [InCommunes(tuple(some)) for some in chunks(area.communes, source.info.communes_per_call)]


async def _ask(source: Source, area: Area | None) -> tuple[dict[str, ActionRecord], Coverage]:
    """The actions of a source in an area, each once, and its coverage."""
    found: dict[str, ActionRecord] = {}
    status, message = CoverageStatus.COMPLETE, None
    try:
        for where in _wheres(source, area):
            query = Query(kind=Kind.ACTION, where=where)
            async for part in pages(source.connector, query, most=MOST_PAGES):
                found |= {r.id: r for r in part.records if isinstance(r, ActionRecord)}
                if part.unreadable:
                    status, message = CoverageStatus.PARTIAL, "some entries could not be read"
    except SourceError as error:
        status = CoverageStatus.PARTIAL if found else CoverageStatus.UNAVAILABLE
        message = error.message
    return found, Coverage(
        source=source.info.id,
        status=status,
        message=message,
        since=datetime.now(UTC),
        record_count=len(found),
    )


def _holds(action: ActionRecord, q: ActionQuestion, asked: tuple[str, ...]) -> bool:
    if q.priorities is not None and q.priorities.isdisjoint(action.priorities):
        return False
    if q.also is not None and q.also not in action.priorities:
        return False
    if q.axes is not None and not any(q.axes.intersection(won.axes) for won in action.laureates):
        return False
    if q.calls is not None and not any(won.call in q.calls for won in action.laureates):
        return False
    if q.itinerant is not None and action.itinerant is not q.itinerant:
        return False
    texts = (action.title, *action.other_titles, action.description or "")
    return text.matches(texts, asked)
