"""The schema: built once, printed into schema.graphql, served by the hub."""

import strawberry
from strawberry.printer import print_schema

from resolvers.query import Query
from resolvers.types.action import Action
from resolvers.types.scalars import CONFIG
from resolvers.types.source import Source
from resolvers.types.structure import Structure


def build_schema() -> strawberry.Schema:
    """The GraphQL schema of the hub."""
    return strawberry.Schema(query=Query, types=[Structure, Action, Source], config=CONFIG)


def print_sdl(schema: strawberry.Schema) -> str:
    """The schema in GraphQL's own language, as committed in schema.graphql."""
    return print_schema(schema) + "\n"
