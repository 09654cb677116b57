"""How tests of the engine ask: a schema of graphql-core, and what comes of a query on it."""

from typing import Any

from graphql import DocumentNode, GraphQLSchema, build_schema, parse, validate

from hub.engine import CompiledExecutor, Executed


def schema_of(sdl: str, **resolvers: Any) -> GraphQLSchema:
    """A schema, with the resolvers of some fields: Type_field."""
    schema = build_schema(sdl)
    for name, resolve in resolvers.items():
        type_, _, field = name.partition("_")
        schema.type_map[type_].fields[field].resolve = resolve
    return schema


def valid(schema: GraphQLSchema, text: str) -> DocumentNode:
    document = parse(text)
    assert not validate(schema, document)
    return document


async def ask(schema: GraphQLSchema, text: str, root: object = None, **variables: Any) -> Executed:
    return await CompiledExecutor(schema).execute(valid(schema, text), "the context", variables, root=root)
