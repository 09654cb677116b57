"""Questions put to the schema itself, without the cache of answers that stands before it."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from graphql import GraphQLSchema, graphql
from hubs import Client

from resolvers.access import Caller
from resolvers.federation.used import Used
from resolvers.request import RequestContext
from resolvers.schema import build_schema


@cache
def schema() -> GraphQLSchema:
    return build_schema()


async def put(client: Client, query: str, *, now: datetime | None = None, **variables: Any) -> tuple[Any, Used]:
    """The data and errors of an answer, and what it rests on."""
    context = RequestContext(client.hub.federation, now or datetime.now(UTC), Caller())
    result = await graphql(schema(), query, variable_values=variables, context_value=context)
    return result, context.used


async def data(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer that must have no error."""
    result, _ = await put(client, query, **variables)
    assert result.errors is None, result.errors
    return result.data
