"""One cell, and what a question reads of many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import count
from math import inf
from typing import Final

from msgspec import Struct

from connectors.errors import SourceError
from connectors.held import Held
from connectors.records import StructureRecord

LIVE: Final = 0
CACHED: Final = 1
STALE: Final = 2
"""How a cell was had: for this very question, held, or held past its time."""

versions = count(1)


class Cell(Struct, frozen=True, eq=False, dict=True, kw_only=True):
    """The records of a source in a commune, or in a département without a commune (code "dep:21").

    `at`: when they were had, by the clock of the cells. `version`: a number that no other cell has. `size` in bytes.
    """

    records: tuple[StructureRecord, ...]
    loaded_at: datetime
    at: float
    version: int
    size: int
    unreadable: int = 0

    def helds(self, how: int) -> Sequence[Held]:
        """The records, as they are served: the same objects for every question that finds them held."""
        if how == LIVE:
            return [Held(record, self.loaded_at) for record in self.records]
        return self._cached if how == CACHED else self._stale

    @cached_property
    def _cached(self) -> Sequence[Held]:
        return [Held(record, self.loaded_at, cached=True) for record in self.records]

    @cached_property
    def _stale(self) -> Sequence[Held]:
        return [Held(record, self.loaded_at, cached=True, stale=True) for record in self.records]


class CellsRead(Struct, frozen=True):
    """What was had for an area: `missing` cells out of `wanted`, and the failure that explains it.

    `loading`: the source is answering, page by page; what is missing will be there for a later question. `stale`: the
    cells had that are past their time. `version`: the same for two readings only when they hold the same, as fresh.
    `had_at`: when the oldest cell was had, by the clock of the cells.
    """

    helds: list[Held]
    wanted: int
    missing: int
    since: datetime | None
    unreadable: int
    error: SourceError | None
    loading: bool = False
    stale: int = 0
    version: tuple[int, ...] = ()
    had_at: float = inf


@dataclass(slots=True)
class Reading:
    """One question on its way: the cells had and how; those that only serve if nothing better comes; what is asked."""

    cells: dict[str, Cell] = field(default_factory=dict)
    how: dict[str, int] = field(default_factory=dict)
    last_resort: dict[str, Cell] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    error: SourceError | None = None

    def have(self, code: str, cell: Cell, how: int) -> None:
        """Take a cell."""
        self.cells[code] = cell
        self.how[code] = how

    def read(self, wanted: Sequence[str], *, loading: bool) -> CellsRead:
        """What was had of the cells wanted."""
        had = [(cell, self.how[code]) for code in wanted if (cell := self.cells.get(code))]
        return CellsRead(
            helds=[held for cell, how in had for held in cell.helds(how)],
            wanted=len(wanted),
            missing=len(wanted) - len(had),
            since=min((cell.loaded_at for cell, _ in had), default=None),
            unreadable=sum(cell.unreadable for cell, _ in had),
            error=self.error,
            loading=loading,
            stale=sum(how == STALE for _, how in had),
            version=tuple(cell.version * 3 + how for cell, how in had),
            had_at=min((cell.at for cell, _ in had), default=inf),
        )
