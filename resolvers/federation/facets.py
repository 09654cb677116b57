"""Facets: how the whole result (not the page) divides by priority, category, source and so on."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
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
    all_entries = tuple(entries)

    def counted(values: Callable[[Entry], Iterable[V | None]]) -> tuple[Count[V], ...]:
        counter: Counter[V] = Counter()
        for entry in all_entries:
            counter.update({value for value in values(entry) if value is not None})
        ordered = sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))
        return tuple(Count(value, count) for value, count in ordered)

    return Facets(
        priorities=counted(lambda e: (p.code for p in e.priorities)),
        categories=counted(lambda e: (e.lead.category,)),
        subcategories=counted(lambda e: (e.pick(lambda r: r.subcategory),)),
        sources=counted(lambda e: (r.source for r in e.records)),
        kinds=counted(lambda e: (e.lead.kind,)),
        departements=counted(lambda e: (e.site.departement,)),
    )
