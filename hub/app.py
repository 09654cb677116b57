"""The application: from the bytes of a request down to the federation. Begin to read here.

    observatory (what is seen)
      reload (which configuration serves)
        Site: gate (who may call) → /graphql, or the pages

A request that has come whole is answered before all of them, by `at_once`: what is kept in the very turn in which it
arrives.

A `Process` lasts as long as the process does; a `Site` serves one configuration, until SIGHUP puts another in its
place.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as PageResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.addresses import Outgoing
from hub.access.accounts import StoredAccounts
from hub.access.by_mail import MailLogins
from hub.access.callers import Access
from hub.access.sessions import Sessions
from hub.answers.at_once import AtOnce, Borrow
from hub.answers.documents import Documents, ManifestUnusable, PersistedDocuments, read_manifest
from hub.answers.kept import LOOK_EVERY, Answers
from hub.composition import Hub
from hub.config import Config, ConfigError
from hub.execution import Engine
from hub.graphql_http import GraphQLEndpoint
from hub.limits.arrival import Response
from hub.limits.gate import Gate
from hub.limits.rates import Rates, Shared
from hub.observability.observatory import Observatory
from hub.reload import Reload, live
from hub.services import Services
from hub.subscriptions.events import EventStreams
from hub.subscriptions.operations import Operations
from hub.subscriptions.sockets import Sockets
from hub.subscriptions.streams import Streams
from hub.web import Pages, graphiql_page, registration_routes, routes
from hub.web.admin import AdminPage, ShownSource
from hub.web.api import Api
from hub.web.login import LoginPages
from hub.web.mail_login import MailLoginPages
from hub.web.metrics import metrics
from hub.web.pages import Unshown
from resolvers.access import Caller
from resolvers.request import RequestContext
from resolvers.schema import build_schema, print_sdl
from resolvers.types.source import status_of

if TYPE_CHECKING:
    from hub.access.oidc.provider import Provider

PATHS = ("/graphql", "/graphql/")
"""Both, since a redirect would cost clients that add a slash a second request, and some lose the body."""


@dataclass(frozen=True, slots=True)
class Process:
    """What outlives a change of configuration: the schema, what is seen of all requests, and what stays open."""

    schema: GraphQLSchema
    observatory: Observatory
    streams: Streams = field(default_factory=Streams)

    @classmethod
    def start(cls, config: Config, *, folder: Path | None = None) -> "Process":
        """As the configuration at the start has it; `folder` is shared with the other workers, if there are any."""
        from hub.observability.logs import configure  # only a process that serves writes logs

        schema = build_schema()
        tracing = None
        if config.tracing.endpoint:
            from hub.observability.tracing import open_tracing  # an extra, and slow to import

            tracing = open_tracing(config.tracing.endpoint, config.tracing.sample)
        log = configure(config.logs.level, config.logs.format)
        return cls(schema, Observatory(schema, log=log, tracing=tracing, folder=folder))


class Site:
    """The ASGI application of an open `hub`. Closing it closes the hub."""

    def __init__(self, hub: Hub, process: Process, *, look_every: float = LOOK_EVERY) -> None:
        config = hub.config
        self.hub = hub
        self._process = process
        self._rates = Rates(config.limits.rates, _shared(config))
        self._answers = Answers(config.server.answer_cache_megabytes * 1024 * 1024, hub.versions, look_every=look_every)
        hub.federation.changes.subscribe(self._answers.invalidate)
        self._access = Access(hub.access)
        self._sessions = Sessions(self._access)
        self._providers = _providers(config)
        self._services = services = Services(hub, self._access)
        accounts = StoredAccounts(hub.access, sources=hub.federation.sources, quota=self._rates.quota)
        engine, documents = Engine(process.schema, config.limits.document), _documents(config)

        def context(caller: Caller) -> RequestContext:
            return RequestContext(
                hub.federation,
                datetime.now(UTC),
                caller,
                accounts,
                mail=services.mail,
                webhooks=services.webhooks,
                base=services.base,
            )

        usage, bounds = process.observatory.usage, config.subscriptions
        operations = Operations(engine, context, self._access, documents=documents, rates=self._rates, usage=usage)
        self._sockets = Sockets(operations, self._access, process.streams, bounds)
        self.endpoint = GraphQLEndpoint(
            engine,
            context,
            self._sessions,
            documents=documents,
            answers=self._answers,
            rates=self._rates,
            usage=usage,
            page=lambda: graphiql_page(sandbox=hub.sandbox is not None),
            events=EventStreams(operations, process.streams, bounds),
        )
        self._pages = self._web(context)
        self._gate = Gate(self._route, config.limits.callers)
        self._at_once = AtOnce(PATHS, self.endpoint, self._answers, self._gate, self._rates, process.observatory)
        process.observatory.caches |= {"answers": self._answers.figures, **engine.caches}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._gate(scope, receive, send)

    def at_once(self, scope: Scope, body: bytes, borrow: Borrow) -> Response | Coroutine[Any, Any, Response] | None:
        """The response to a whole request, now or awaited; None when it must come through ASGI."""
        return None if self._process.observatory.traces else self._at_once(scope, body, borrow)

    def start(self) -> None:
        """Begin the work that is done without being asked for; to be called in the event loop that serves."""
        self._services.start()

    async def aclose(self) -> None:
        """Stop what is under way, and close the hub."""
        await self._services.aclose()
        await self._rates.aclose()
        await self._access.aclose()
        await asyncio.gather(*(provider.aclose() for provider in self._providers.values()))
        await self.hub.aclose()

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is asked most goes straight to its endpoint: Starlette's own way there costs as much as an answer."""
        app: ASGIApp = self._pages
        if scope["path"] in PATHS:
            app = self.endpoint if scope["type"] == "http" else self._sockets
        await app(scope, receive, send)

    def _web(self, context: Callable[[Caller], RequestContext]) -> Starlette:
        config, observatory = self.hub.config, self._process.observatory
        sessions = self._sessions
        pages = Pages(sessions, sandbox=self.hub.sandbox is not None)
        sources = self.hub.federation.sources

        async def states() -> Mapping[str, str]:
            await asyncio.gather(*(source.look() for source in sources.values()))
            return {id_: status_of(source).value for id_, source in sources.items()}

        async def numbers(request: Request) -> PageResponse:
            return await metrics(request, access=config.metrics.access, sessions=sessions, total=observatory.total)

        admin = AdminPage(
            pages,
            sources=lambda: {id_: ShownSource(s.info, status_of(s).value) for id_, s in sources.items()},
            total=observatory.total,
            schema=self._process.schema,
        )
        by_mail = None
        if not self._providers:
            by_mail = MailLogins(self._access, self._services.mail, self.hub.outbox, base=self._services.base)
        login = LoginPages(
            self._access, pages, self._providers, public_url=config.server.public_url, by_mail=by_mail is not None
        )
        api = Api(self._process.schema, context, self._sessions, self._rates)
        return Starlette(
            routes=[
                Route("/metrics", numbers),
                *admin.routes(),
                *login.routes(),
                *(MailLoginPages(pages, by_mail, self._rates).routes() if by_mail else ()),
                *self._services.routes(pages),
                *registration_routes(pages, api, self.hub.federation.gazetteer),
                *routes(pages, source_states=states, schema=lambda: print_sdl(self._process.schema)),
            ],
            exception_handlers={Unshown: pages.explain},
        )


class Application:
    """The ASGI application: it serves `first`, and at SIGHUP what `make` opens. It closes what it serves at its end."""

    def __init__(self, process: Process, first: Site, make: Callable[[], Site] | None = None) -> None:
        self._process = process
        self._first = first
        self._reload = Reload(first, make or (lambda: first), self._replaced)
        self._reloads = make is not None
        self._watched = process.observatory.watching(self._reload)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live as long as the server does."""
        if scope["type"] == "lifespan":
            await live(self._life, receive, send)
        else:
            await self._watched(scope, receive, send)

    def at_once(self, scope: Scope, body: bytes) -> Response | Coroutine[Any, Any, Response] | None:
        """The response to a whole request, without ASGI (see hub/limits/arrival.py)."""
        current = self._reload.current
        return current.now.at_once(scope, body, current.borrow)

    def _replaced(self, site: Site) -> None:
        site.start()
        self._process.streams.restart()

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        self._process.observatory.start()
        self._first.start()
        if self._reloads:
            self._reload.listen()
        yield
        await self._reload.aclose()
        await self._process.observatory.aclose()


def _shared(config: Config) -> Shared | None:
    if config.redis is None:
        return None
    from hub.limits.shared_rates import RedisRates  # an extra

    return RedisRates(config.redis, config.limits.rates)


def _providers(config: Config) -> "Mapping[str, Provider]":
    if not config.oidc:
        return {}
    try:
        from hub.access.oidc.provider import Provider  # an extra, and slow to import
    except ImportError as error:
        raise ConfigError(f"oidc: the extra `oidc` of hub-1000-jours is not installed ({error.name})") from None
    outgoing = Outgoing(config.guards.allowed_hosts, config.guards.proxy)
    return {p.config.name: Provider(p.config, p.secret, outgoing) for p in config.oidc}


def _documents(config: Config) -> Documents:
    if config.server.trusted_documents is None:
        return PersistedDocuments()
    try:
        return read_manifest(Path(config.server.trusted_documents))
    except ManifestUnusable as error:
        raise ConfigError(f"server.trusted_documents: {error}") from None
