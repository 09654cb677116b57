"""The pages of the hub: GraphiQL, registration, the front page, their files, the schema as text, and health."""

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.gazetteer import Gazetteer
from hub.web.api import Api
from hub.web.assets import assets
from hub.web.eligibility import EligibilityPage
from hub.web.graphiql import examples, graphiql_page
from hub.web.health import SourceStates, live, ready
from hub.web.home import home_page
from hub.web.mine import MinePages
from hub.web.moderation import ModerationPage
from hub.web.pages import Pages
from hub.web.registration.drafts import Drafts
from hub.web.registration.filling import FillingPages
from hub.web.registration.review import ReviewPages
from hub.web.verifying import VerifyingPages

__all__ = ["Pages", "SourceStates", "examples", "graphiql_page", "registration_routes", "routes"]


def routes(pages: Pages, *, source_states: SourceStates, schema: Callable[[], str]) -> list[BaseRoute]:
    """The front page, the schema, health and the files of all pages.

    `source_states`: the state of each source, for /health/ready. `schema`: the schema in the GraphQL schema language,
    served at /schema.graphql.
    """

    async def home(request: Request) -> Response:
        return home_page(request, pages)

    async def schema_text(_: Request) -> Response:
        return PlainTextResponse(schema(), headers={"x-content-type-options": "nosniff"})

    return [
        Route("/", home),
        Route("/schema.graphql", schema_text),
        Route("/health/live", live),
        Route("/health/ready", partial(ready, source_states=source_states)),
        *assets(),
    ]


def registration_routes(pages: Pages, api: Api, gazetteer: Gazetteer) -> list[BaseRoute]:
    """The pages by which people register, look after it, moderate, and verify logos."""
    drafts = Drafts(api)
    return [
        *EligibilityPage(pages, api).routes(),
        *ReviewPages(pages, api, drafts).routes(),
        *FillingPages(pages, api, drafts, gazetteer).routes(),
        *MinePages(pages, api, drafts).routes(),
        *ModerationPage(pages, api).routes(),
        *VerifyingPages(pages, api).routes(),
    ]
