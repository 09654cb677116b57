"""Arguments that several fields share, described once."""

from typing import Annotated

import strawberry

from resolvers.federation.ordering import Order
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.inputs import ActionFilter, StructureFilter

First = Annotated[int, strawberry.argument(description="Size of the page, from 1 to 100.")]
After = Annotated[
    str | None,
    strawberry.argument(description="A cursor: the page begins after it. Null for the first page."),
]
Filter = Annotated[StructureFilter | None, strawberry.argument(description="What to show; all without it.")]
OrderBy = Annotated[
    Order | None,
    strawberry.argument(
        description="What comes first; by default RELEVANCE with a text, DISTANCE with a place, else NAME."
    ),
]
Actions = Annotated[ActionFilter | None, strawberry.argument(description="What to show; all without it.")]
