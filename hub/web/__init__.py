"""The pages of the hub: the front page, GraphiQL, their files, the schema as text, and health."""

from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from hub.web.assets import assets
from hub.web.graphiql import examples, graphiql_page
from hub.web.health import SourceStates, live, ready
from hub.web.home import home_page

__all__ = ["SourceStates", "examples", "graphiql_page", "routes"]


def routes(*, sandbox: bool, source_states: SourceStates, schema: str) -> list[BaseRoute]:
    """Everything of the hub that is not the API itself.

    `sandbox`: a source serves fictitious data, and the front page says so. `source_states`: the state of each
    source, for /health/ready. `schema`: the schema in the GraphQL schema language, served at /schema.graphql.
    """

    async def home(request: Request) -> Response:
        return home_page(request, sandbox=sandbox)

    async def schema_text(_: Request) -> Response:
        return PlainTextResponse(schema, headers={"x-content-type-options": "nosniff"})

    return [
        Route("/", home),
        Route("/schema.graphql", schema_text),
        Route("/health/live", live),
        Route("/health/ready", partial(ready, source_states=source_states)),
        *assets(),
    ]
