"""Facets: how the whole result (not the page) divides by priority, category, source and so on."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from msgspec import Struct

from connectors.nomenclature import CategoryCode, PriorityCode, StructureKind, SubcategoryCode
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


def facets_of(entries: Iterable[Entry]) -> Facets:
    """The facets of a result."""
    priorities: Counter[PriorityCode] = Counter()
    categories: Counter[CategoryCode] = Counter()
    subcategories: Counter[SubcategoryCode] = Counter()
    sources: Counter[str] = Counter()
    kinds: Counter[StructureKind] = Counter()
    departements: Counter[str] = Counter()
    for entry in entries:
        lead = entry.lead
        categories[lead.category] += 1
        kinds[lead.kind] += 1
        if subcategory := entry.subcategory:
            subcategories[subcategory] += 1
        if departement := entry.site.departement:
            departements[departement] += 1
        for source in {record.source for record in entry.records}:
            sources[source] += 1
        for code in {priority.code for priority in entry.priorities}:
            priorities[code] += 1
    return Facets(
        priorities=_ordered(priorities),
        categories=_ordered(categories),
        subcategories=_ordered(subcategories),
        sources=_ordered(sources),
        kinds=_ordered(kinds),
        departements=_ordered(departements),
    )


def _ordered(counter: Counter[V]) -> tuple[Count[V], ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(Count(value, count) for value, count in ordered)
