"""Cells: what one source holds in one commune. The unit of fetching and of keeping.

A place is a set of cells. The cells that are not held yet are fetched, many communes a call where the source takes
lists, a whole département in one walk where that costs fewer calls. A fetch belongs to nobody: whoever asks waits
for it up to the source's deadline, and what arrives later is there for the next question. It is stopped when all who
waited for it have gone away, unless somebody was told to ask again.

A cell past its time is served while it is read again, and longer when the source gives no answer (`Keeping`); the
records and the coverage say that it is stale.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from cachetools import LRUCache
from msgspec.structs import replace

from connectors.contract import Connector, InDepartement, Query
from connectors.errors import SourceError, Unavailable
from connectors.gazetteer import Gazetteer
from connectors.guards.keeping import Age, Keeping, weight
from connectors.guards.ledger import Ledger
from connectors.held import Held
from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from connectors.registrations import Suppressions
from resolvers.federation.cell import CACHED, LIVE, STALE, Cell, CellsRead, Reading, versions
from resolvers.federation.places import Area
from resolvers.federation.walks import Load, code_of, pages, plan

Narrow: TypeAlias = frozenset[SubcategoryCode] | None
CellKey: TypeAlias = tuple[str, Narrow]


@dataclass(slots=True, eq=False)
class Walk:
    """A load under way: the task that ends with its cells, the pages it has had, and who waits for it.

    `promised`: somebody was told to ask again for what it brings.
    """

    started_at: float
    promised: bool = False
    pages: int = 0
    waiting: int = 0
    task: asyncio.Task[dict[str, Cell]] = field(init=False)


class Cells:
    """The cells of one source. `deadline`: seconds that one question waits for what is missing.

    `on_change` is called with the source's id when what was held turns out to have changed. `filled` is another number
    whenever a cell came or was forgotten: as long as it is the same, none did but those that became too old. Records
    that `suppressions` know were erased are held, as the source gives them, and never read.
    """

    def __init__(
        self,
        connector: Connector,
        gazetteer: Gazetteer,
        *,
        deadline: float,
        clock: Callable[[], float],
        keeping: Keeping | None = None,
        ledger: Ledger | None = None,
        on_change: Callable[[str], None] | None = None,
        suppressions: Suppressions | None = None,
    ) -> None:
        info = connector.info
        self.filled = 0
        self._connector = connector
        self._gazetteer = gazetteer
        self._deadline = deadline
        self._clock = clock
        self._keeping = keeping or Keeping()
        self._ledger = ledger or Ledger(info.id)
        self._on_change = on_change
        self._suppressions = suppressions
        self._held: LRUCache[CellKey, Cell] = LRUCache(self._keeping.bytes, getsizeof=lambda cell: cell.size)
        self._loading: dict[CellKey, Walk] = {}
        self._walks: set[Walk] = set()
        self._heard_at = float("-inf")

    async def read(self, area: Area, narrow: Narrow, *, wait: float | None = None) -> CellsRead:
        """The records of an area, waiting at most `wait` seconds (the deadline) for cells that are not held yet."""
        info = self._connector.info
        narrow = narrow if info.narrows else None
        wanted = [c.insee for c in area.communes]
        if InDepartement in info.asks:
            wanted += [f"dep:{code}" for code in area.departements]
        reading = self._look_up(wanted, narrow)
        walks: list[Walk] = []
        if reading.missing:
            walks = self._start(reading.missing, area, narrow)
            await self._wait(walks, wait or self._deadline)
            self._gather(walks, reading)
        if reading.stale:
            for walk in self._start(reading.stale, area, narrow):
                walk.promised = True
        loading = any(walk.pages and not walk.task.done() for walk in walks)
        return self._shown(reading.read(wanted, loading=loading))

    def forget(self) -> None:
        """Hold nothing any more: the next question is answered by the source."""
        self.filled += 1
        self._held.clear()

    async def aclose(self) -> None:
        """Stop the fetches under way."""
        tasks = [walk.task for walk in self._walks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _shown(self, read: CellsRead) -> CellsRead:
        """What was read, without what was erased."""
        if self._suppressions is None or (shown := self._suppressions.shown(read.helds, _record)) is None:
            return read
        return replace(read, helds=shown)

    def _look_up(self, wanted: Iterable[str], narrow: Narrow) -> Reading:
        """What is held, and what has to be asked."""
        reading, ttl, now = Reading(), self._connector.info.ttl, self._clock()
        for code in wanted:
            cell = self._find(code, narrow)
            if cell is None:
                reading.missing.append(code)
            elif now - cell.at < ttl:
                reading.have(code, cell, CACHED)
            else:
                self._look_up_old(reading, code, cell, self._keeping.age(now - cell.at, ttl))
        if ttl > 0:
            hits = len(reading.cells) - len(reading.stale)
            self._ledger.looked_up(hits=hits, misses=len(reading.missing), stale=len(reading.stale))
        return reading

    def _look_up_old(self, reading: Reading, code: str, cell: Cell, age: Age) -> None:
        if age is Age.STALE:
            reading.have(code, cell, STALE)
            reading.stale.append(code)
            return
        reading.missing.append(code)
        if age is Age.LAST_RESORT:
            reading.last_resort[code] = cell

    def _find(self, code: str, narrow: Narrow) -> Cell | None:
        """The cell held for a commune, the latest: a whole one serves every question, a narrow one only its own."""
        found: Cell | None = None
        for key in ((code, None), (code, narrow)) if narrow else ((code, None),):
            try:
                cell = self._held[key]  # a département has hundreds of cells: `get` would look twice
            except KeyError:
                continue
            if found is None or cell.at > found.at:
                found = cell
        return found

    def _start(self, codes: Iterable[str], area: Area, narrow: Narrow) -> list[Walk]:
        """Join the walks under way for these cells, and start those that nobody has started."""
        walks: dict[Walk, None] = {}
        todo = []
        for code in codes:
            walk = self._loading.get((code, None)) or self._loading.get((code, narrow))
            if walk:
                walks[walk] = None
            else:
                todo.append(code)
        for load in plan(self._connector, self._gazetteer, todo, area):
            walks[self._begin(load, narrow)] = None
        return list(walks)

    def _begin(self, load: Load, narrow: Narrow) -> Walk:
        walk = Walk(self._clock())
        walk.task = asyncio.create_task(self._load(load, narrow, walk))
        walk.task.add_done_callback(partial(self._ended, walk))
        self._walks.add(walk)
        if self._connector.info.ttl > 0:
            for code in load.codes:
                self._loading[code, narrow] = walk
        return walk

    def _ended(self, walk: Walk, task: asyncio.Task[dict[str, Cell]]) -> None:
        self._walks.discard(walk)
        self._leave(walk)
        if not task.cancelled():
            task.exception()  # seen, so that a failure nobody waited for is not reported as lost

    def _leave(self, walk: Walk) -> None:
        """Nobody joins this walk any more."""
        for key in [key for key, value in self._loading.items() if value is walk]:
            del self._loading[key]

    async def _wait(self, walks: Sequence[Walk], seconds: float) -> None:
        """Wait for walks, but not again for those of a source that has been silent for as long already."""
        for walk in walks:
            walk.waiting += 1
        try:
            hopeful = [walk.task for walk in walks if not self._is_silent(walk)]
            await (asyncio.wait(hopeful, timeout=seconds) if hopeful else asyncio.sleep(0))
        except asyncio.CancelledError:
            for walk in walks:
                if walk.waiting == 1 and not walk.promised:
                    walk.task.cancel()
                    self._leave(walk)
            raise
        else:
            for walk in walks:
                walk.promised = True
        finally:
            for walk in walks:
                walk.waiting -= 1

    def _is_silent(self, walk: Walk) -> bool:
        return self._clock() - max(walk.started_at, self._heard_at) >= self._deadline

    def _gather(self, walks: Iterable[Walk], reading: Reading) -> None:
        """What the walks have brought, and the failure of those that have not; then what serves instead."""
        for walk in walks:
            if not walk.task.done():
                source = self._connector.info.id
                reading.error = reading.error or Unavailable(source, f"no answer within {self._deadline:g} s")
                continue
            try:
                loaded = walk.task.result()
            except SourceError as failure:
                reading.error = failure
            else:
                for code, cell in loaded.items():
                    if reading.how.get(code) != CACHED:
                        reading.have(code, cell, LIVE)
        for code, cell in reading.last_resort.items():
            if code not in reading.cells:
                reading.have(code, cell, STALE)

    async def _load(self, load: Load, narrow: Narrow, walk: Walk) -> dict[str, Cell]:
        records: dict[str, dict[str, StructureRecord]] = {code: {} for code in load.codes}
        unreadable = 0
        async for page in pages(self._connector, Query(where=load.where, subcategories=narrow)):
            walk.pages += 1
            self._heard_at = self._clock()
            unreadable += page.unreadable
            for record in page.records:
                if isinstance(record, StructureRecord) and (cell := records.get(code_of(record))) is not None:
                    cell.setdefault(record.key, record)
        # what could not be read cannot be placed either: it is told once, with the first cell
        now, at, held = datetime.now(UTC), self._clock(), self._connector.info.ttl > 0
        cells = {}
        for code, found in records.items():
            some = tuple(found.values())
            size = weight(some) if held else 0
            cells[code] = Cell(
                records=some, loaded_at=now, at=at, version=next(versions), size=size, unreadable=unreadable
            )
            unreadable = 0
        if held:
            self._hold(cells, narrow)
        return cells

    def _hold(self, cells: dict[str, Cell], narrow: Narrow) -> None:
        changed = False
        for code, cell in cells.items():
            before = self._held.get((code, narrow))
            changed = changed or (before is not None and before.records != cell.records)
            if cell.size <= self._held.maxsize:
                self._held[code, narrow] = cell
        self.filled += 1
        if changed and self._on_change:
            self._on_change(self._connector.info.id)


def _record(held: Held) -> StructureRecord:
    return held.record
