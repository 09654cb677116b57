"""Facets: how the whole result (not the page) divides by priority, category, source and so on."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from msgspec import Struct

from connectors.nomenclature import CategoryCode, PriorityCode, StructureKind, SubcategoryCode
from connectors.referentials import Referentials
from connectors.registry import Census
from resolvers.federation.entries import Entry

V = TypeVar("V", bound=Hashable)


class Count(Struct, Generic[V], frozen=True):
    """A value, and how many entries have it."""

    value: V
    count: int


class Facets(Struct, frozen=True):
    """Counts by each dimension, the most frequent first, ties by code. An entry counts once per value it has."""

    priorities: tuple[Count[PriorityCode], ...]
    categories: tuple[Count[CategoryCode], ...]
    subcategories: tuple[Count[SubcategoryCode], ...]
    sources: tuple[Count[str], ...]
    kinds: tuple[Count[StructureKind], ...]
    departements: tuple[Count[str], ...]


class Tally:
    """Counts by each dimension while they are made: entries, or what a registry has counted, put in and taken off."""

    def __init__(self) -> None:
        self._priorities: Counter[PriorityCode] = Counter()
        self._categories: Counter[CategoryCode] = Counter()
        self._subcategories: Counter[SubcategoryCode] = Counter()
        self._sources: Counter[str] = Counter()
        self._kinds: Counter[StructureKind] = Counter()
        self._departements: Counter[str] = Counter()

    def count(self, entries: Iterable[Entry], times: int = 1) -> None:
        """Put these entries in, or take them off (-1)."""
        for entry in entries:
            lead = entry.lead
            self._categories[lead.category] += times
            self._kinds[lead.kind] += times
            if subcategory := entry.subcategory:
                self._subcategories[subcategory] += times
            if departement := entry.site.departement:
                self._departements[departement] += times
            for source in {record.source for record in entry.records}:
                self._sources[source] += times
            for code in {priority.code for priority in entry.priorities}:
                self._priorities[code] += times

    def add(self, source: str, census: Census, referentials: Referentials) -> None:
        """Put in what a registry has, each structure as an entry of its own."""
        self._categories.update(census.categories)
        self._kinds.update(census.kinds)
        self._subcategories.update(census.subcategories)
        self._sources[source] += census.structures
        self._departements.update(census.departements)
        by_nature = {code: referentials.subcategory(code).by_nature for code in census.subcategories}
        for subcategory, count in census.subcategories.items():
            self._priorities.update(dict.fromkeys(by_nature[subcategory], count))
        for (code, within), count in census.priorities.items():
            if within is None or code not in by_nature.get(within, ()):
                self._priorities[code] += count

    def facets(self) -> Facets:
        """The counts as they are now."""
        return Facets(
            priorities=_ordered(self._priorities),
            categories=_ordered(self._categories),
            subcategories=_ordered(self._subcategories),
            sources=_ordered(self._sources),
            kinds=_ordered(self._kinds),
            departements=_ordered(self._departements),
        )


def facets_of(entries: Iterable[Entry]) -> Facets:
    """The facets of a result."""
    tally = Tally()
    tally.count(entries)
    return tally.facets()


def _ordered(counter: Counter[V]) -> tuple[Count[V], ...]:
    ordered = sorted(((value, count) for value, count in counter.items() if count), key=lambda c: (-c[1], str(c[0])))
    return tuple(Count(value, count) for value, count in ordered)
