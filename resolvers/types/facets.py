"""Facets as the API shows them."""

import strawberry

from connectors.nomenclature import StructureKind
from resolvers.federation.memo import Counted
from resolvers.request import Info
from resolvers.types import (
    enums,  # noqa: F401  # makes GraphQL enums of the nomenclature
    referentials,
)
from resolvers.types.connections import LazyCategory, LazyPriority, LazySubcategory
from resolvers.types.source import Source, source_by_id
from resolvers.types.territory import Territory, territory_of_area


@strawberry.type(description="How many structures act for a priority.")
class PriorityCount:
    priority: LazyPriority = strawberry.field(description="The priority.")
    count: int = strawberry.field(description="Structures that act for it.")


@strawberry.type(description="How many structures are of a category.")
class CategoryCount:
    category: LazyCategory = strawberry.field(description="The category.")
    count: int = strawberry.field(description="Structures of it.")


@strawberry.type(description="How many structures are of a sub-category.")
class SubcategoryCount:
    subcategory: LazySubcategory = strawberry.field(description="The sub-category.")
    count: int = strawberry.field(description="Structures of it.")


@strawberry.type(description="How many structures a directory knows.")
class SourceCount:
    source: Source = strawberry.field(description="The directory.")
    count: int = strawberry.field(description="Structures that it knows.")


@strawberry.type(description="How many structures are of a kind.")
class KindCount:
    kind: StructureKind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="Structures of it.")


@strawberry.type(description="How many structures are in a département.")
class DepartementCount:
    departement: Territory = strawberry.field(description="The département.")
    count: int = strawberry.field(description="Structures in it.")


@strawberry.type(
    description=(
        "How the whole result, not the page, divides: the most frequent first. A structure counts once per value."
    )
)
class Facets:
    priorities: list[PriorityCount] = strawberry.field(description="By priority, for any reason.")
    categories: list[CategoryCount] = strawberry.field(description="By category.")
    subcategories: list[SubcategoryCount] = strawberry.field(description="By sub-category.")
    sources: list[SourceCount] = strawberry.field(description="By directory that knows them.")
    kinds: list[KindCount] = strawberry.field(description="By kind.")
    departements: list[DepartementCount] = strawberry.field(description="By département.")
    complete: bool = strawberry.field(
        description=(
            "Whether all was counted. False where a directory needs a place, failed, or is longer than what one answer "
            "reads without a place: there may be more."
        )
    )


def facets_of(info: Info, counted: Counted) -> Facets:
    """The facets of a result as the API shows them."""
    counts = counted.facets
    texts = info.context.federation.referentials
    areas = info.context.federation.gazetteer.departements
    return Facets(
        priorities=[
            PriorityCount(priority=referentials.priority(info, c.value), count=c.count) for c in counts.priorities
        ],
        categories=[
            CategoryCount(category=referentials.category(info, c.value), count=c.count) for c in counts.categories
        ],
        subcategories=[
            SubcategoryCount(subcategory=referentials.subcategory(texts.subcategory(c.value)), count=c.count)
            for c in counts.subcategories
        ],
        sources=[SourceCount(source=source_by_id(info, c.value), count=c.count) for c in counts.sources],
        kinds=[KindCount(kind=c.value, count=c.count) for c in counts.kinds],
        departements=[
            DepartementCount(departement=territory_of_area(areas[c.value]), count=c.count)
            for c in counts.departements
            if c.value in areas
        ],
        complete=counted.complete,
    )
