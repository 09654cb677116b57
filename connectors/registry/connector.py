"""The registry as a directory like the others, and the only one that also takes records in."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.contract import Everywhere, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import BadData, Refused
from connectors.records import StructureRecord
from connectors.referentials import Referentials
from connectors.registry.counting import Census, census
from connectors.registry.quoting import Quoted, quoted_after, quoting
from connectors.registry.reading import BY_ID, BY_KEY, read
from connectors.registry.referentials import read_referentials
from connectors.registry.searching import ASKS, FINDS, PAGES, PEEKS, QUICK, TOTAL, ids_of
from connectors.registry.writing import write_records
from connectors.sqlite.database import Database
from connectors.sqlite.once import Once, done_once

T = TypeVar("T")

NAME = "Registre des 1000 premiers jours"

PAGE_SIZE = 1000
"""Records in a page of a search."""

BATCH_SIZE = 500
"""Keys in a `get`."""

FEW = 200
"""Records that are read on the event loop's thread, in less time than it takes to have another thread do it."""


def registry_info(source: str, *, name: str = NAME, sandbox: bool = False) -> SourceInfo:
    """What the hub must know of a registry. Answers are not to be held: asking again costs no more."""
    return SourceInfo(
        id=source,
        name=name,
        kind=SourceKind.REGISTRY,
        sandbox=sandbox,
        asks=ASKS,
        kinds=frozenset(Kind),
        batch_size=BATCH_SIZE,
        communes_per_call=900,
        max_departements=110,
        concurrency=8,
        ttl=0.0,
        tells_changes=True,
    )


class Registry:
    """A connector over a migrated and seeded `Database`.

    Reads of a few records, by key or by any question but `Everywhere`, take well under a millisecond and run on the
    event loop's thread; wider ones run in threads, and writes in the database's own. Priorities of a structure are
    those it declares (DECLARED), then those of the actions that it carries or that take place there (BY_ACTION); those
    BY_NATURE follow from its sub-category and are not given here.
    """

    def __init__(self, database: Database, info: SourceInfo, *, page_size: int = PAGE_SIZE) -> None:
        self._database = database
        self._info = info
        self._page_size = page_size
        self._seen: int | None = None
        self._version = 0

    @property
    def database(self) -> Database:
        """The database, for what is kept beside the records and written together with them."""
        return self._database

    @property
    def info(self) -> SourceInfo:
        """What the source is and can."""
        return self._info

    def version(self) -> int:
        """A number that is another one after each change of the records, be it of another process."""
        seen = self._database.version()
        if seen != self._seen:
            with self._database.reading() as connection:
                (self._version,) = connection.execute("SELECT number FROM shown_version").fetchone()
            self._seen = seen
        return self._version

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The records of these keys, all of one state of the database."""
        wanted = [key for key in dict.fromkeys(keys) if key.isprintable()]
        return self._get(kind, wanted) if len(wanted) <= FEW else await asyncio.to_thread(self._get, kind, wanted)

    async def search(self, query: Query) -> Page:
        """One page of the answer, in the order in which entries came into the registry."""
        after = self._checked(query)
        if (query.kind, type(query.where)) not in FINDS:
            return Page(records=())
        few = self._few(query, after)
        return few if few is not None else await asyncio.to_thread(self._search, query, after)

    async def census(self, keys: Sequence[str]) -> tuple[Census, tuple[StructureRecord, ...]]:
        """How many structures there are, and the records of these keys and of what was erased; of one state.

        Raises `Unavailable` and `BadData`.
        """
        return await self._read(lambda connection: census(connection, self._info.id, keys))

    async def quoting(self, ids: Collection[str]) -> tuple[tuple[str, str], ...]:
        """For each of these ids that structures quote: the id, and the key of one that does."""
        return await self._read(lambda connection: quoting(connection, ids))

    async def quoted_after(self, number: int, limit: int) -> Quoted:
        """At most `limit` ids that structures quote, in the order in which they came, from after a number."""
        return await self._read(lambda connection: quoted_after(connection, number, limit))

    async def ping(self) -> None:
        """Return when the database can be read."""
        with self._database.reading() as connection:
            connection.execute("SELECT 1 FROM priority LIMIT 1").fetchone()

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    async def add(self, records: Sequence[Record], *, once: Once | None = None) -> None:
        """Insert structures and actions, or replace those of the same keys: all of them, or none on an error.

        It returns when they are on disk. Of the priorities of a structure only those DECLARED are kept. Raises
        `UnknownReference` and `WrongRecord` (both ValueError), `KeyReused`, `Unavailable` and `BadData`.
        """
        await self._database.write(lambda connection: self._add(connection, records, once))

    def load(self, records: Sequence[Record]) -> None:
        """What `add` does, in the calling thread: for whoever has no event loop."""
        with self._database.writing() as connection:
            self._add(connection, records, None)

    def referentials(self) -> Referentials:
        """The official texts, read from the database. Raises `Unavailable` and `BadData`."""
        with self._database.reading() as connection:
            try:
                return read_referentials(connection)
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                raise BadData(self._info.id, "the registry's referentials cannot be read", detail=str(error)) from error

    def _add(self, connection: sqlite3.Connection, records: Sequence[Record], once: Once | None) -> None:
        done_once(connection, once, lambda: write_records(connection, self._info.id, records), type(None))

    def _get(self, kind: Kind, keys: Sequence[str]) -> dict[str, Record]:
        with self._database.reading() as connection:
            records = list(read(connection, self._info.id, kind, BY_KEY[kind], keys))
        return {record.key: record for record in records if record is not None}

    async def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What is read of one state of the database, away from the event loop."""

        def reading() -> T:
            with self._database.reading() as connection:
                return read(connection)

        return await asyncio.to_thread(reading)

    def _checked(self, query: Query) -> int:
        """The internal id that the page begins after; `Refused` on a question or a mark that is not the registry's."""
        if type(query.where) not in self._info.asks:
            raise Refused(self._info.id, f"the registry is not asked by {type(query.where).__name__}")
        after = query.after
        if after is None:
            return 0
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise Refused(self._info.id, "this is not a mark of one of the registry's pages")
        return int(after)

    def _few(self, query: Query, after: int) -> Page | None:
        """The whole answer when it is short; None when it is not, or cannot be known to be without much reading."""
        asked = (query.kind, type(query.where))
        if asked not in QUICK:
            return None
        most = min(FEW, self._page_size)
        with self._database.reading() as connection:
            ids = ids_of(connection, PEEKS[asked], query.where, after, most + 1)
            return self._page(connection, query.kind, sorted(set(ids))) if len(ids) <= most else None

    def _search(self, query: Query, after: int) -> Page:
        asked = (query.kind, type(query.where))
        with self._database.reading() as connection:
            ids = ids_of(connection, PAGES[asked], query.where, after, self._page_size + 1)
            page = self._page(connection, query.kind, ids[: self._page_size])
            total = connection.execute(TOTAL, [query.kind]).fetchone() if asked[1] is Everywhere else (None,)
        more = str(ids[self._page_size - 1]) if len(ids) > self._page_size else None
        return msgspec.structs.replace(page, after=more, total=total[0])

    def _page(self, connection: sqlite3.Connection, kind: Kind, ids: Sequence[int]) -> Page:
        read_ones = list(read(connection, self._info.id, kind, BY_ID[kind], ids)) if ids else []
        records = tuple(record for record in read_ones if record is not None)
        return Page(records=records, unreadable=len(read_ones) - len(records))
