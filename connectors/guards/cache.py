"""A connector that holds what it was answered, and asks for each thing once at a time.

Held are records by kind and key, absences too, and pages of what is asked without a place, by the whole query; places
have cells of their own (`resolvers.federation.cells`). A held answer is served at once within the source's `ttl`, past
it while it is asked again, and longer where the directory gives no answer (`Keeping`); what is past its time says so.
What somebody is fetching already is waited for. A source has one key, and one cache that goes with it: nothing is
shared across credentials. A source with a `ttl` of 0 (the registry) is always asked.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, Generic, TypeAlias, TypeVar

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import SourceError
from connectors.flights import Flight, Flights
from connectors.guards.bulkhead import IN_CELLS
from connectors.guards.keeping import Age, Keeping, weight
from connectors.guards.ledger import Ledger
from connectors.held import Held

K = TypeVar("K")
V = TypeVar("V")
RowKey: TypeAlias = tuple[str, str]
"""Kind and key of a record."""

Row: TypeAlias = Held[Record | None]
"""A record as it was had, None for a key that the directory does not know."""

CHARACTER: Final = 4
"""Bytes that a character of a key takes at the most."""

MOST_HELD: Final = 100_000
"""Answers held at most, however small."""


class _Kept(Struct, Generic[V]):
    """An answer, as it is served while it is fresh and when it is stale; its moment, its size in bytes."""

    fresh: V
    stale: V
    at: float
    size: int


class Cached:
    """See the module. `clock`: seconds, never going back."""

    def __init__(
        self, inner: Connector, ledger: Ledger, keeping: Keeping, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._ledger = ledger
        self._keeping = keeping
        self._clock = clock
        self._ttl = inner.info.ttl
        self._least = max(1, keeping.bytes // MOST_HELD)
        self._rows: LRUCache[RowKey, _Kept[Row]] = self._empty()
        self._pages: LRUCache[Query, _Kept[Page]] = self._empty()
        self._row_flights: Flights[RowKey, Mapping[str, Row]] = Flights()
        self._page_flights: Flights[Query, Page] = Flights()
        self._pings: Flights[str, None] = Flights()

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The records of these keys; when one of them cannot be had, the failure."""
        rows = await self.rows(kind, keys)
        for row in rows.values():
            if isinstance(row, SourceError):
                raise row
        return {key: row.record for key, row in rows.items() if isinstance(row, Held) and row.record is not None}

    async def rows(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row | SourceError]:
        """For each of these keys what is known, or the failure that hides it: those that are held do not share it."""
        ttl = self._ttl
        if ttl <= 0:
            return await self._ask_now(kind, keys)
        rows, now, name = self._rows, self._clock(), str(kind.value)
        found: dict[str, Row | SourceError] = {}
        missing: list[str] = []
        stale: list[str] = []
        for key in dict.fromkeys(keys):
            try:
                held = rows[name, key]
            except KeyError:
                missing.append(key)
                continue
            age = now - held.at
            if age < ttl:
                found[key] = held.fresh
            elif self._keeping.age(age, ttl) is Age.STALE:
                found[key] = held.stale
                stale.append(key)
            else:
                missing.append(key)
        self._ledger.looked_up(hits=len(found) - len(stale), misses=len(missing), stale=len(stale))
        if again := [key for key in stale if self._row_flights.get((name, key)) is None]:
            self._fetch_rows(kind, again, kept=True)
        if missing:
            found |= await self._missing(kind, missing)
        return found

    async def search(self, query: Query) -> Page:
        """One page, held unless it is of a place."""
        if self._ttl <= 0 or type(query.where) in IN_CELLS:
            return await self._inner.search(query)
        held = self._pages.get(query)
        age = self._keeping.age(self._clock() - held.at, self._ttl) if held else Age.GONE
        self._ledger.looked_up(hits=age is Age.FRESH, stale=age is Age.STALE, misses=age in {Age.LAST_RESORT, Age.GONE})
        if held and age is Age.FRESH:
            return held.fresh
        flight = self._page_flights.get(query) or self._page_flights.start(
            [query], self._fetch_page(query), kept=age is Age.STALE
        )
        if held and age is Age.STALE:
            return held.stale
        try:
            return await flight.wait()
        except SourceError:
            if held and age is Age.LAST_RESORT:
                return held.stale
            raise

    async def ping(self) -> None:
        """Like the directory's, once at a time."""
        flight = self._pings.get("") or self._pings.start([""], self._inner.ping())
        await flight.wait()

    async def aclose(self) -> None:
        """Stop the fetches under way and close the directory."""
        await self._row_flights.aclose()
        await self._page_flights.aclose()
        await self._pings.aclose()
        await self._inner.aclose()

    async def _ask_now(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row | SourceError]:
        try:
            records = await self._inner.get(kind, keys)
        except SourceError as error:
            return dict.fromkeys(keys, error)
        now = datetime.now(UTC)
        return {key: Held(records.get(key), now) for key in keys}

    async def _missing(self, kind: Kind, keys: Iterable[str]) -> dict[str, Row | SourceError]:
        """What is being fetched already is waited for; the rest is asked in one call."""
        name = str(kind.value)
        joined: dict[Flight[Mapping[str, Row]], list[str]] = defaultdict(list)
        rest: list[str] = []
        for key in keys:
            flight = self._row_flights.get((name, key))
            (joined[flight] if flight else rest).append(key)
        if rest:
            joined[self._fetch_rows(kind, rest)] = rest
        found: dict[str, Row | SourceError] = {}
        for some in await asyncio.gather(*(self._landed(name, flight, keys) for flight, keys in joined.items())):
            found |= some
        return found

    async def _landed(
        self, name: str, flight: Flight[Mapping[str, Row]], keys: Sequence[str]
    ) -> dict[str, Row | SourceError]:
        try:
            rows = await flight.wait()
        except SourceError as error:
            return {key: self._last_resort((name, key)) or error for key in keys}
        return {key: rows[key] for key in keys}

    def _last_resort(self, key: RowKey) -> Row | None:
        held = self._rows.get(key)
        if held and self._keeping.age(self._clock() - held.at, self._ttl) is not Age.GONE:
            return held.stale
        return None

    def _fetch_rows(self, kind: Kind, keys: Sequence[str], *, kept: bool = False) -> Flight[Mapping[str, Row]]:
        name = str(kind.value)
        return self._row_flights.start([(name, key) for key in keys], self._load_rows(kind, keys), kept=kept)

    async def _load_rows(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row]:
        records = await self._inner.get(kind, keys)
        now, at, name = datetime.now(UTC), self._clock(), str(kind.value)
        rows = {}
        for key in keys:
            record = records.get(key)
            rows[key] = Held(record, now)
            fresh, stale = Held(record, now, cached=True), Held(record, now, cached=True, stale=True)
            self._hold(self._rows, (name, key), _Kept(fresh, stale, at, weight(record) + CHARACTER * len(key)))
        return rows

    async def _fetch_page(self, query: Query) -> Page:
        page = await self._inner.search(query)
        now = datetime.now(UTC)
        fresh = msgspec.structs.replace(page, retrieved_at=now)
        stale = msgspec.structs.replace(page, retrieved_at=now, stale=True)
        size = weight(page) + len(repr(query))
        self._hold(self._pages, query, _Kept(fresh, stale, self._clock(), size))
        return page

    def _hold(self, held: LRUCache[K, _Kept[V]], key: K, answer: _Kept[V]) -> None:
        answer.size = max(answer.size, self._least)
        if answer.size <= held.maxsize:
            held[key] = answer

    def _empty(self) -> LRUCache[Any, Any]:
        return LRUCache(self._keeping.bytes // 2, getsizeof=lambda answer: answer.size)
