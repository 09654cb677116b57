"""The application: routes, from the bytes of a request down to the federation. Begin to read here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from hub.access import Access
from hub.composition import Hub
from hub.execution import Engine
from hub.graphql_http import GraphQLEndpoint
from hub.web import graphiql_page, routes
from resolvers.schema import build_schema, print_sdl
from resolvers.types.source import status_of


def create_app(hub: Hub) -> Starlette:
    """The ASGI application of an open hub; it closes the hub when it shuts down."""
    schema = build_schema()
    endpoint = GraphQLEndpoint(
        Engine(schema),
        hub.federation,
        Access(hub.moderator_token),
        lambda: graphiql_page(sandbox=hub.sandbox is not None),
    )

    async def source_states() -> Mapping[str, str]:
        return {id_: status_of(source).value for id_, source in hub.federation.sources.items()}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await hub.aclose()

    return Starlette(
        routes=[
            Route("/graphql", endpoint.respond, methods=["GET", "POST"]),
            *routes(sandbox=hub.sandbox is not None, source_states=source_states, schema=print_sdl(schema)),
        ],
        lifespan=lifespan,
    )
