"""A search without a place: the sources that can be asked so are read one after the other, page by page.

The order is that of the sources, then each source's own; a cursor says where reading stopped: source, the source's
own page, entries of it already seen. A record that a registration quotes is shown once, with it, where its directory
is read. Nothing is counted or ordered, since nobody has the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from connectors.contract import Everywhere, Page, Query
from connectors.errors import SourceError, quoted
from resolvers.errors import BadInput, CursorExpired
from resolvers.federation import lookup
from resolvers.federation.coverage import Coverage, CoverageStatus, needs_place, partial
from resolvers.federation.entries import Entry
from resolvers.federation.filters import Test
from resolvers.federation.paging import Slice, cursor_of, key_of
from resolvers.federation.sources import Federation, Source, helds_of

GO_ON: Final = "read page by page: go on with endCursor"

MOST_PAGES: Final = 5
"""Pages of directories that one answer reads at the most: then it says where to go on."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading stands: `seen` entries of the page that follows `after` in a source."""

    source: str
    after: str | None = None
    seen: int = 0

    def cursor(self, question: str) -> str:
        """The cursor that leads back here."""
        return cursor_of((self.source, self.after or "", self.seen), question)


@dataclass(slots=True)
class Reading:
    """What one answer has read so far."""

    first: int
    entries: list[Entry] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    pages: int = 0
    next: Place | None = None
    coverage: dict[str, Coverage] = field(default_factory=dict)


def can_stream(sources: Sequence[Source]) -> bool:
    """Whether one of the sources, besides the registries, can be read without a place."""
    return any(Everywhere in s.info.asks and not s.is_registry for s in sources)


async def stream(
    federation: Federation, asked: Sequence[Source], test: Test, first: int, after: str | None, question: str
) -> tuple[Slice[Entry], dict[str, Coverage]]:
    """A page of the entries that pass the test, and the coverage of the sources that were asked.

    BadInput on a cursor that is not ours, CursorExpired on one of a source that is no longer there.
    """
    able = [source for source in asked if Everywhere in source.info.asks]
    place = _place(after, question, able)
    names = [source.info.id for source in able]
    reading = Reading(first)
    for source in able[names.index(place.source) :]:
        start = place if source.info.id == place.source else Place(source.info.id)
        await _read(federation, source, start, test, reading, frozenset(names), question)
        if reading.next:
            break
    for source in asked:
        reading.coverage.setdefault(source.info.id, _unread(source))
    slice_ = Slice(
        tuple(reading.entries),
        tuple(reading.cursors),
        has_next=reading.next is not None,
        has_previous=after is not None,
        total=0,
        end=reading.next.cursor(question) if reading.next else None,
    )
    return slice_, reading.coverage


def _place(after: str | None, question: str, able: Sequence[Source]) -> Place:
    if after is None:
        return Place(able[0].info.id)
    key = key_of(after, question)
    match key:
        case (str(source), str(page), int(seen)) if seen >= 0:
            if source not in {s.info.id for s in able}:
                raise CursorExpired(
                    f"after: the source {quoted(source)} is no longer there: begin again without a cursor"
                )
            return Place(source, page or None, seen)
    raise BadInput("after: this is not a cursor of this API")


async def _read(
    federation: Federation,
    source: Source,
    place: Place,
    test: Test,
    reading: Reading,
    streamed: frozenset[str],
    question: str,
) -> None:
    """Read a source from a place on, until the answer is full (`reading.next` says where) or the source at its end."""
    id_ = source.info.id
    unreadable = 0
    since, stale = datetime.now(UTC), False
    while True:
        if reading.pages == MOST_PAGES:
            reading.next = place
            reading.coverage[id_] = partial(id_, GO_ON, datetime.now(UTC))
            return
        try:
            page = await source.connector.search(Query(where=Everywhere(), after=place.after))
        except SourceError as error:
            reading.coverage[id_] = Coverage(source=id_, status=CoverageStatus.UNAVAILABLE, message=error.message)
            return
        reading.pages += not source.is_registry
        unreadable += page.unreadable
        since, stale = min(since, page.retrieved_at or since), stale or page.stale
        entries = await _entries(federation, source, page, streamed)
        for seen, entry in enumerate(entries[place.seen :], start=place.seen):
            if not test(entry):
                continue
            if len(reading.entries) == reading.first:
                reading.next = Place(id_, place.after, seen)
                reading.coverage[id_] = partial(id_, GO_ON, datetime.now(UTC))
                return
            reading.entries.append(entry)
            reading.cursors.append(Place(id_, place.after, seen + 1).cursor(question))
        if page.after is None:
            break
        place = Place(id_, page.after)
    reading.coverage[id_] = (
        partial(id_, f"{unreadable} entries could not be read", datetime.now(UTC))
        if unreadable
        else Coverage(source=id_, status=CoverageStatus.STALE if stale else CoverageStatus.COMPLETE, since=since)
    )


async def _entries(federation: Federation, source: Source, page: Page, streamed: frozenset[str]) -> list[Entry]:
    """The entries of a page, in its order; without the registrations of what its own directory shows."""
    helds = helds_of(page)
    if source.is_registry:
        helds = [h for h in helds if not any(id_.partition("--")[0] in streamed for id_ in h.record.same_as)]
        return await federation.assemble(helds)
    quoting = await lookup.quoting(federation, [held.record.id for held in helds])
    return await federation.assemble([*helds, *quoting])


def _unread(source: Source) -> Coverage:
    """The coverage of a source that this page of the answer did not reach, or that needs a place."""
    id_ = source.info.id
    if Everywhere not in source.info.asks:
        return needs_place(id_)
    return Coverage(source=id_, status=CoverageStatus.NOT_ASKED, message="read on another page of this answer")
