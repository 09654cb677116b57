"""The schema: built once, printed into schema.graphql, served by the hub."""

from functools import cache
from typing import Final

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema, print_schema

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from resolvers.types.action import Action
from resolvers.types.scalars import CONFIG
from resolvers.types.source import Source
from resolvers.types.structure import Structure

DESCRIPTION: Final = (
    "One API over the directories of the 1000 premiers jours: the programme's registry, monenfant.fr and sante.fr. "
    "Ask `structures` with a place and a priority; read `coverage` to know what is missing."
)


@cache
def build_schema() -> GraphQLSchema:
    """The GraphQL schema of the hub, as graphql-core executes it; built once."""
    built = strawberry.Schema(
        query=Query, mutation=Mutation, subscription=Subscription, types=[Structure, Action, Source], config=CONFIG
    )
    schema = built._schema  # Strawberry gives graphql-core's schema by no other name
    schema.description = DESCRIPTION
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            # Strawberry checks @oneOf when it coerces values; said here, documents are refused at validation too
            type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of
    return schema


@cache
def print_sdl(schema: GraphQLSchema) -> str:
    """The schema in GraphQL's own language, as committed in schema.graphql; printed once."""
    return print_schema(schema) + "\n"
