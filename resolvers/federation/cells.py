"""Cells: what one source holds in one commune. The unit of fetching and of keeping.

A place is a set of cells. The cells that are not held yet are fetched, many communes a call where the source takes
lists, a whole département in one walk where that costs fewer calls. A fetch belongs to nobody: whoever asks waits
for it up to the source's deadline, and what arrives later is there for the next question.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import TypeAlias

import msgspec
from cachetools import TTLCache
from msgspec import Struct

from connectors.contract import Connector, InCommunes, InDepartement, Page, Query
from connectors.errors import SourceError, Unavailable
from connectors.gazetteer import Commune, Gazetteer
from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from resolvers.federation.entries import Held, departement_of
from resolvers.federation.places import Area

MAX_RECORDS = 200_000
"""Records held at most per source, over all cells."""

PAGE_SECONDS = 30.0
"""The longest a single page may take in the background (the Annuaire Santé's own time-out)."""

CALLS_BEFORE_DEPARTEMENT = 8
"""From more calls than this for one département, the whole département is fetched in one walk."""

Narrow: TypeAlias = frozenset[SubcategoryCode] | None
CellKey: TypeAlias = tuple[str, Narrow]


class Cell(Struct, frozen=True):
    """The records of a source in a commune, or in a département without a commune (code "dep:21")."""

    records: tuple[StructureRecord, ...]
    loaded_at: datetime
    unreadable: int = 0


class CellsRead(Struct, frozen=True):
    """What was had for an area: `missing` cells out of `wanted`, and the failure that explains it.

    `loading`: the source is answering, page by page; what is missing will be there for a later question.
    """

    helds: list[Held]
    wanted: int
    missing: int
    since: datetime | None
    unreadable: int
    error: SourceError | None
    loading: bool = False


class Load(Struct, frozen=True):
    """One walk through a source's pages that fills these cells."""

    where: InCommunes | InDepartement
    codes: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Walk:
    """A load under way: `pages` had so far, and the task that ends with its cells."""

    pages: int = 0
    task: asyncio.Task[dict[str, Cell]] = field(init=False)


class Cells:
    """The cells of one source. `deadline`: seconds that one question waits for what is missing."""

    def __init__(
        self, connector: Connector, gazetteer: Gazetteer, *, deadline: float, clock: Callable[[], float]
    ) -> None:
        info = connector.info
        self._connector = connector
        self._gazetteer = gazetteer
        self._deadline = deadline
        self._held: TTLCache[CellKey, Cell] = TTLCache(
            MAX_RECORDS, info.ttl, timer=clock, getsizeof=lambda cell: len(cell.records) + 1
        )
        self._loading: dict[CellKey, Walk] = {}
        self._walks: set[Walk] = set()
        self._slots = asyncio.Semaphore(info.concurrency)

    async def read(self, area: Area, narrow: Narrow, *, wait: float | None = None) -> CellsRead:
        """The records of an area, waiting at most `wait` seconds (the deadline) for cells that are not held yet."""
        info = self._connector.info
        narrow = narrow if info.narrows else None
        wanted = [c.insee for c in area.communes]
        if InDepartement in info.asks:
            wanted += [f"dep:{code}" for code in area.departements]
        cells = {code: cell for code in wanted if (cell := self._find(code, narrow))}
        fresh: set[str] = set()
        walks = self._start([code for code in wanted if code not in cells], area, narrow)
        error: SourceError | None = None
        if walks:
            await asyncio.wait([walk.task for walk in walks], timeout=wait or self._deadline)
        for walk in walks:
            if not walk.task.done():
                error = error or self._late()
                continue
            try:
                loaded = walk.task.result()
            except SourceError as failure:
                error = failure
            else:
                fresh.update(loaded.keys() - cells.keys())
                cells.update(loaded)
        loading = any(walk.pages and not walk.task.done() for walk in walks)
        return self._collect(wanted, cells, fresh, error, loading=loading)

    def forget(self) -> None:
        """Hold nothing any more: the next question is answered by the source."""
        self._held.clear()

    async def aclose(self) -> None:
        """Stop the fetches under way."""
        tasks = [walk.task for walk in self._walks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _late(self) -> SourceError:
        source = self._connector.info.id
        return Unavailable(source, f"no answer within {self._deadline:g} s")

    def _collect(
        self, wanted: list[str], cells: dict[str, Cell], fresh: set[str], error: SourceError | None, *, loading: bool
    ) -> CellsRead:
        had = [(code, cells[code]) for code in wanted if code in cells]
        return CellsRead(
            helds=[Held(record, cell.loaded_at, code not in fresh) for code, cell in had for record in cell.records],
            wanted=len(wanted),
            missing=len(wanted) - len(had),
            since=min((cell.loaded_at for _, cell in had), default=None),
            unreadable=sum(cell.unreadable for _, cell in had),
            error=error,
            loading=loading,
        )

    def _find(self, code: str, narrow: Narrow) -> Cell | None:
        """The cell held for a commune: a whole one serves every question, a narrow one only its own."""
        for key in ((code, None), (code, narrow)) if narrow else ((code, None),):
            try:
                return self._held[key]  # a département has hundreds of cells: `get` would look twice
            except KeyError:
                continue
        return None

    def _start(self, missing: list[str], area: Area, narrow: Narrow) -> list[Walk]:
        """Join the walks under way for these cells, and start those that nobody has started."""
        walks: dict[Walk, None] = {}
        todo = []
        for code in missing:
            walk = self._loading.get((code, None)) or self._loading.get((code, narrow))
            if walk:
                walks[walk] = None
            else:
                todo.append(code)
        for load in self._plan(todo, area):
            walk = Walk()
            walk.task = asyncio.create_task(self._load(load, narrow, walk))
            walk.task.add_done_callback(partial(self._ended, walk))
            self._walks.add(walk)
            walks[walk] = None
            if self._connector.info.ttl > 0:
                for code in load.codes:
                    self._loading[code, narrow] = walk
        return list(walks)

    def _ended(self, walk: Walk, task: asyncio.Task[dict[str, Cell]]) -> None:
        self._walks.discard(walk)
        for key in [key for key, value in self._loading.items() if value is walk]:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # seen, so that a failure nobody waited for is not reported as lost

    def _plan(self, codes: Iterable[str], area: Area) -> Iterator[Load]:
        """The walks that fill these cells with the fewest calls."""
        info = self._connector.info
        by_departement: dict[str, list[Commune]] = defaultdict(list)
        for code in codes:
            if not code.startswith("dep:"):
                commune = self._gazetteer.communes[code]
                by_departement[commune.departement].append(commune)
        rest: list[Commune] = []
        for departement, communes in by_departement.items():
            calls = ceil(len(communes) / info.communes_per_call)
            whole = departement in area.departements or calls > CALLS_BEFORE_DEPARTEMENT
            if whole and InDepartement in info.asks:
                everything = [c.insee for c in self._gazetteer.by_departement(departement)]
                yield Load(InDepartement(departement), (*everything, f"dep:{departement}"))
            else:
                rest += communes
        for start in range(0, len(rest), info.communes_per_call):
            some = tuple(rest[start : start + info.communes_per_call])
            yield Load(InCommunes(some), tuple(c.insee for c in some))

    async def _load(self, load: Load, narrow: Narrow, walk: Walk) -> dict[str, Cell]:
        ttl = self._connector.info.ttl
        records: dict[str, dict[str, StructureRecord]] = {code: {} for code in load.codes}
        unreadable = 0
        async for page in self._pages(Query(where=load.where, subcategories=narrow)):
            walk.pages += 1
            unreadable += page.unreadable
            for record in page.records:
                if isinstance(record, StructureRecord) and (cell := records.get(_code(record))) is not None:
                    cell.setdefault(record.key, record)
        now = datetime.now(UTC)
        cells = {}
        for i, (code, found) in enumerate(records.items()):
            # what could not be read cannot be placed either: it is told once, with the first cell
            cells[code] = Cell(tuple(found.values()), now, unreadable if i == 0 else 0)
            if ttl > 0 and len(found) < MAX_RECORDS:
                self._held[code, narrow] = cells[code]
        return cells

    async def _pages(self, query: Query) -> AsyncIterator[Page]:
        while True:
            async with self._slots:
                try:
                    async with asyncio.timeout(PAGE_SECONDS):
                        page = await self._connector.search(query)
                except TimeoutError as error:
                    source = self._connector.info.id
                    raise Unavailable(source, f"no page within {PAGE_SECONDS:g} s") from error
            yield page
            if page.after is None:
                return
            query = msgspec.structs.replace(query, after=page.after)


def _code(record: StructureRecord) -> str:
    """The cell that a record belongs to; empty for one that is in no cell."""
    if record.address and record.address.insee:
        return record.address.insee
    departement = departement_of(record)
    return f"dep:{departement}" if departement else ""
