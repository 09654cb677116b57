"""What a client wants, as a test on entries. A list means "one of"; the fields of one filter mean "and"."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache, partial
from typing import Final, TypeAlias

from msgspec import Struct

from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    PriorityBasis,
    PriorityCode,
    ProgrammeCode,
    StructureKind,
    SubcategoryCode,
)
from connectors.referentials import Referentials
from resolvers.errors import BadInput
from resolvers.federation import text
from resolvers.federation.entries import Entry
from resolvers.federation.hours import is_open
from resolvers.federation.places import Area, Place

Test: TypeAlias = Callable[[Entry], bool]

MAX_DEPTH: Final = 5
MAX_FILTERS: Final = 50


class Filter(Struct, frozen=True, kw_only=True):
    """What an entry must be. None asks for nothing; an empty list is held by nothing."""

    text: str | None = None
    priorities: tuple[PriorityCode, ...] | None = None
    bases: tuple[PriorityBasis, ...] | None = None
    categories: tuple[CategoryCode, ...] | None = None
    subcategories: tuple[SubcategoryCode, ...] | None = None
    kinds: tuple[StructureKind, ...] | None = None
    sources: tuple[str, ...] | None = None
    place: Place | None = None
    registered: bool | None = None
    open_at: datetime | None = None
    has_places: bool | None = None
    languages: tuple[str, ...] | None = None
    programmes: tuple[ProgrammeCode, ...] | None = None
    calls: tuple[CallCode, ...] | None = None
    axes: tuple[int, ...] | None = None
    updated_since: datetime | None = None
    all_of: tuple["Filter", ...] = ()
    any_of: tuple["Filter", ...] | None = None
    none_of: "Filter | None" = None


def check(filter_: Filter) -> None:
    """Raise BadInput when a filter is nested too deep or holds too many filters."""
    stack = [(filter_, 1)]
    count = 0
    while stack:
        current, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_FILTERS:
            raise BadInput(f"filter: at most {MAX_FILTERS} filters, nested at most {MAX_DEPTH} deep")
        inner = [*current.all_of, *(current.any_of or ()), *([current.none_of] if current.none_of else ())]
        stack += [(f, depth + 1) for f in inner]


def conjuncts(filter_: Filter) -> Iterator[Filter]:
    """The filters that must all hold: itself and, through `and`, those inside."""
    yield filter_
    for inner in filter_.all_of:
        yield from conjuncts(inner)


def place_of(filter_: Filter) -> Place | None:
    """The place that bounds the whole search: its own, or the first one among its `and`s."""
    return next((f.place for f in conjuncts(filter_) if f.place is not None), None)


def sources_of(filter_: Filter) -> frozenset[str] | None:
    """The only sources whose records can make an entry pass; None when all can."""
    wanted: frozenset[str] | None = None
    for part in conjuncts(filter_):
        if part.sources is not None:
            # two lists of sources may each be met by another record of the same entry
            wanted = frozenset(part.sources) | (wanted or frozenset())
    return wanted


def narrowing(filter_: Filter) -> frozenset[SubcategoryCode] | None:
    """The only sub-categories that can pass, for sources that narrow by them; None when all can."""
    wanted: frozenset[SubcategoryCode] | None = None
    for part in conjuncts(filter_):
        if part.subcategories is not None:
            some = frozenset(part.subcategories)
            wanted = some if wanted is None else wanted & some
    return wanted


class Compiler(Struct, frozen=True):
    """Turns a filter into a test. `area_of` resolves the places it names."""

    referentials: Referentials
    area_of: Callable[[Place], Area]

    def test(self, filter_: Filter) -> Test:
        """One test that holds where all of the filter holds."""
        return _all([*self._values(filter_), *self._state(filter_), *self._combined(filter_)])

    def _values(self, f: Filter) -> Iterator[Test]:
        """Tests on what an entry is: the values shown, those of the leading record first."""
        if f.categories is not None:
            categories = frozenset(f.categories)
            yield lambda e: e.lead.category in categories
        if f.subcategories is not None:
            subcategories = frozenset(f.subcategories)
            yield lambda e: e.subcategory in subcategories
        if f.kinds is not None:
            kinds = frozenset(f.kinds)
            yield lambda e: e.lead.kind in kinds
        if f.sources is not None:
            sources = frozenset(f.sources)
            yield lambda e: any(held.record.source in sources for held in e.helds)
        if f.priorities is not None or f.bases is not None:
            yield _priority_test(f)
        if f.languages is not None:
            languages = frozenset(f.languages)
            yield lambda e: any(languages.intersection(r.languages) for r in e.records)
        if f.programmes is not None:
            programmes = frozenset(f.programmes)
            yield lambda e: any(p.programme in programmes for r in e.records for p in r.programmes)
        if f.calls is not None:
            calls = frozenset(f.calls)
            yield lambda e: any(won.call in calls for r in e.records for won in r.laureates)
        if f.axes is not None:
            axes = frozenset(f.axes)
            yield lambda e: any(axes.intersection(won.axes) for r in e.records for won in r.laureates)

    def _state(self, f: Filter) -> Iterator[Test]:
        """Tests on words, place and what changes with time."""
        if f.text is not None and (asked := text.asked_words(f.text)):
            score = text.scorer(asked, self.referentials)
            yield lambda e: score(e) > 0
        if f.place is not None:
            area = self.area_of(f.place)
            yield lambda e: area.holds(e.site)
        if (registered := f.registered) is not None:
            yield lambda e: any(r.registration is not None for r in e.records) is registered
        if (has_places := f.has_places) is not None:
            yield lambda e: (a := e.pick(lambda r: r.availability)) is not None and a.has_places is has_places
        if (moment := f.open_at) is not None:
            yield _open_test(moment)
        if (since := f.updated_since) is not None:
            yield lambda e: any(r.updated_at is not None and r.updated_at >= since for r in e.records)

    def _combined(self, f: Filter) -> Iterator[Test]:
        for inner in f.all_of:
            yield self.test(inner)
        if f.any_of is not None:
            some = [self.test(inner) for inner in f.any_of]
            yield lambda e: any(test(e) for test in some)
        if f.none_of is not None:
            none = self.test(f.none_of)
            yield lambda e: not none(e)


def _all(tests: list[Test]) -> Test:
    """A test that holds where all of these do."""
    if not tests:
        return lambda _: True
    first = tests[0]
    if len(tests) == 1:
        return first
    rest = _all(tests[1:])
    return lambda entry: first(entry) and rest(entry)


def _open_test(moment: datetime) -> Test:
    """The same few hours are told of many places: each is worked out once, and nothing for a place without any."""
    told = lru_cache(maxsize=4_096)(partial(is_open, moment=moment))

    def test(entry: Entry) -> bool:
        hours = entry.opening_hours
        return hours is not None and told(hours, entry.site.departement) is True

    return test


def _priority_test(f: Filter) -> Test:
    codes = None if f.priorities is None else frozenset(f.priorities)
    bases = None if f.bases is None else frozenset(f.bases)

    def test(entry: Entry) -> bool:
        return any((codes is None or p.code in codes) and (bases is None or p.basis in bases) for p in entry.priorities)

    return test
