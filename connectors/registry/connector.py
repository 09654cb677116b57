"""The registry as a directory like the others, and the only one that also takes records in."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from connectors.contract import Everywhere, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import BadData, Refused
from connectors.referentials import Referentials
from connectors.registry.reading import BY_ID, BY_KEY, read
from connectors.registry.referentials import read_referentials
from connectors.registry.searching import ASKS, COUNTS, FINDS, values_of
from connectors.registry.writing import write_records
from connectors.sqlite.database import Database

NAME = "Registre des 1000 premiers jours"

PAGE_SIZE = 1000
"""Records in a page of a search."""

BATCH_SIZE = 500
"""Keys in a `get`."""


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
    )


class Registry:
    """A connector over a migrated and seeded `Database`.

    Point reads (`get`, `ping`) take well under a millisecond and run on the event loop's thread; searches
    and writes run in threads. Priorities of a structure are those it declares (DECLARED), then those of the
    actions that it carries or that take place there (BY_ACTION); those BY_NATURE follow from its
    sub-category and are not given here.
    """

    def __init__(self, database: Database, info: SourceInfo, *, page_size: int = PAGE_SIZE) -> None:
        self._database = database
        self._info = info
        self._page_size = page_size

    @property
    def info(self) -> SourceInfo:
        """What the source is and can."""
        return self._info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The records of these keys, all of one state of the database."""
        wanted = [key for key in dict.fromkeys(keys) if key.isprintable()]
        with self._database.reading() as connection:
            records = list(read(connection, self._info.id, kind, BY_KEY[kind], wanted))
        return {record.key: record for record in records if record is not None}

    async def search(self, query: Query) -> Page:
        """One page of the answer, in the order in which entries came into the registry."""
        return await asyncio.to_thread(self._search, query)

    async def ping(self) -> None:
        """Return when the database can be read."""
        with self._database.reading() as connection:
            connection.execute("SELECT 1 FROM priority LIMIT 1").fetchone()

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    async def add(self, records: Sequence[Record]) -> None:
        """Insert structures and actions, or replace those of the same keys: all of them, or none on an error.

        Of the priorities of a structure only those DECLARED are kept. Raises `UnknownReference` and
        `WrongRecord` (both ValueError), `Unavailable` and `BadData`.
        """
        await asyncio.to_thread(self.load, records)

    def load(self, records: Sequence[Record]) -> None:
        """What `add` does, in the calling thread: for whoever has no event loop."""
        with self._database.writing() as connection:
            write_records(connection, self._info.id, records)

    def referentials(self) -> Referentials:
        """The official texts, read from the database. Raises `Unavailable` and `BadData`."""
        with self._database.reading() as connection:
            try:
                return read_referentials(connection)
            except (msgspec.ValidationError, msgspec.DecodeError) as error:
                raise BadData(self._info.id, "the registry's referentials cannot be read", detail=str(error)) from error

    def _search(self, query: Query) -> Page:
        if type(query.where) not in self._info.asks:
            raise Refused(self._info.id, f"the registry is not asked by {type(query.where).__name__}")
        after = self._after(query.after)
        sql = FINDS.get((query.kind, type(query.where)))
        if sql is None:
            return Page(records=())
        question = {"values": values_of(query.where), "after": after, "limit": self._page_size + 1}
        with self._database.reading() as connection:
            ids = [row[0] for row in connection.execute(sql, question)]
            total = (
                connection.execute(COUNTS[query.kind]).fetchone()[0] if isinstance(query.where, Everywhere) else None
            )
            page = ids[: self._page_size]
            read_ones = list(read(connection, self._info.id, query.kind, BY_ID[query.kind], page))
        records = tuple(record for record in read_ones if record is not None)
        return Page(
            records=records,
            after=str(page[-1]) if len(ids) > len(page) else None,
            total=total,
            unreadable=len(read_ones) - len(records),
        )

    def _after(self, after: str | None) -> int:
        if after is None:
            return 0
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise Refused(self._info.id, "this is not a mark of one of the registry's pages")
        return int(after)
