"""What was worked out for earlier questions, while it still holds.

Three steps, each kept apart: what a filter and an order mean (`Plan`), the entries of a place (`Assembly`), and those
that a plan finds among them, in order (`Answer`). Nothing here is believed without looking: an assembly is used again
only for the very records that it was made of and at the same number of links, an answer only for its own assembly.
So what a source, a link or a registration changes shows at once, or a moment after another process wrote it. Whether
anybody has to be asked at all is told by numbers that change with the cells, the links and the databases here.
"""

from asyncio import Lock
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final, NamedTuple, TypeAlias
from weakref import WeakValueDictionary, ref

from cachetools import LRUCache, TTLCache

from connectors.held import Held
from connectors.nomenclature import SubcategoryCode
from connectors.records import StructureRecord
from resolvers.federation.coverage import Coverage
from resolvers.federation.entries import Entry
from resolvers.federation.facets import Facets, facets_of
from resolvers.federation.filters import Filter, Test
from resolvers.federation.joined import Joined
from resolvers.federation.ordering import Hit, Order
from resolvers.federation.paging import Keyed, Slice
from resolvers.federation.parts import Part, Rests
from resolvers.federation.places import Area, Place
from resolvers.federation.threads import worked_out

KEPT_SECONDS: Final = 60.0
"""For how long anything is kept: the longest that `retrieved_at` of a record that is always asked anew may lag."""

MOST_COMMUNES: Final = 400_000
"""Communes in the plans that are kept."""

MOST_ENTRIES: Final = 30_000
"""Entries in the assemblies that are kept, and hits in the answers."""

MOST_BEFORE: Final = 1_000
"""Questions of which it is known where their answer is kept."""

MOST_PAGES: Final = 64
"""Questions whose pages are kept with one answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a filter and an order mean. `asked`: ids of the sources to ask; `mark`: that of the question's cursors.

    `narrow`: the only sub-categories that can pass. `streamed`: the sources are read page by page. `everything`: all
    that the registries have passes, and nobody else can be asked.
    """

    order: Order
    mark: str
    area: Area | None
    asked: tuple[str, ...]
    narrow: frozenset[SubcategoryCode] | None
    test: Test
    score: Callable[[Entry], float] | None
    streamed: bool
    everything: bool


Asked: TypeAlias = tuple[Filter, Order | None]
Covered: TypeAlias = tuple[Place | None, frozenset[SubcategoryCode] | None, tuple[str, ...]]
"""What an assembly is of: a place, what it was narrowed to, and the sources."""

Made: TypeAlias = list[list[Held] | list[StructureRecord]]
"""What an assembly was made of, source by source; of what is asked anew each time, the records alone."""

Seen: TypeAlias = tuple[int, ...]
"""What tells, without asking anything, that sources and links are as they were: a number of each."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Assembly:
    """The entries of a place, as these records and links make them.

    As long as `seen` is what is seen, and until `until` (by the clock of the cells), the sources need not be asked.
    """

    parts: tuple[Part, ...]
    made_of: Made
    links: int | None
    entries: Sequence[Entry]
    seen: Seen | None
    until: float
    rests: Rests

    def holds(self, seen: Seen | None, now: float) -> bool:
        """Whether the sources would give the same if they were asked."""
        return seen is not None and self.seen == seen and now < self.until


class Before(NamedTuple):
    """What a question meant, and what it found the last time, for as long as that is kept elsewhere."""

    plan: Plan
    assembly: ref[Assembly]
    answer: "ref[Answer]"


@dataclass(frozen=True, slots=True)
class Counted:
    """The facets of a whole result, and whether nothing was missing when it was counted."""

    facets: Facets
    complete: bool


class Paged(NamedTuple):
    """A page of an answer, and how many hits there are on all of them, where that is known."""

    slice: Slice[Hit]
    total: int | None


@dataclass(slots=True, eq=False, weakref_slot=True)
class Answer:
    """What a plan finds among the entries of an assembly: all hits in order.

    `records`: how many records of each source there are among them. `coverage`: that of every source, by what these
    `parts` gave; `pages`: what questions found in it. Nothing that is kept here leads back to the answer, which would
    then stay until the collector of cycles comes by.
    """

    among: Sequence[Entry]
    hits: Sequence[Keyed[Hit]]
    entries: tuple[Entry, ...]
    records: Counter[str]
    parts: tuple[Part, ...] | None = None
    coverage: tuple[Coverage, ...] = ()
    pages: LRUCache[Hashable, Paged] = field(default_factory=lambda: LRUCache(MOST_PAGES))
    _facets: Facets | None = None

    async def facets(self) -> Facets:
        """How it divides."""
        if self._facets is None:
            self._facets = await worked_out(len(self.entries), partial(facets_of, self.entries))
        return self._facets


def records_of(entries: Iterable[Entry]) -> Counter[str]:
    """The number of records of each source among these entries."""
    return Counter(held.record.source for entry in entries for held in entry.helds)


class Memo:
    """What is kept, for one federation; `clock` is that of its cells.

    `everywhere`: the facets of all that the registries have, and what was seen when they were counted; `joined`: which
    of their structures may be one entry.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.joined = Joined()
        self.everywhere: tuple[Seen, Counted] | None = None
        self._turns: WeakValueDictionary[Plan, Lock] = WeakValueDictionary()
        self.before: LRUCache[Hashable, Before] = LRUCache(MOST_BEFORE)
        self.plans: TTLCache[Asked, Plan] = TTLCache(MOST_COMMUNES, KEPT_SECONDS, clock, _communes)
        self.assemblies: TTLCache[Covered, Assembly] = TTLCache(
            MOST_ENTRIES, KEPT_SECONDS, clock, lambda assembly: len(assembly.entries) + 1
        )
        self.answers: TTLCache[Plan, Answer] = TTLCache(
            MOST_ENTRIES, KEPT_SECONDS, clock, lambda answer: len(answer.hits) + 1
        )

    def turn(self, plan: Plan) -> Lock:
        """The lock of whoever works out what a plan finds: others wait for it, and find it kept."""
        return self._turns.setdefault(plan, Lock())


def _communes(plan: Plan) -> int:
    return len(plan.area.communes) + 10 if plan.area else 10
