"""The endpoint /graphql, straight on ASGI: the GraphQL over HTTP specification, and GraphiQL for a browser.

application/graphql-response+json    400 for a request error, 200 once execution began
application/json                     200 for any well-formed request, as older clients want
text/event-stream                    200, and one event for each result (see hub/subscriptions/events.py)

A question is answered from what is kept (hub/answers) when that is true still; mutations never are. Caches between
the hub and its clients may keep what anybody asked by GET, for as long as it would be kept here: a change that makes
an answer untrue before that is seen here at once, and by them when it expires.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Final, Protocol

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.errors import SourceError
from hub.access.callers import WrongKey
from hub.access.sessions import Sessions
from hub.answers.answer import Answer, Wanted
from hub.answers.documents import Documents
from hub.answers.kept import MAX_LIFE, Answers, Exact, Key
from hub.answers.leaving import ClientGone, Leaving
from hub.answers.question import Question, asks_nothing, of_body, of_url
from hub.answers.refusal import RequestRefused
from hub.answers.reply import OK, Reply
from hub.execution import Engine, GraphQLRequest, GraphQLResult, Prepared
from hub.limits.rates import Rates
from hub.limits.spending import spend
from hub.media import JSON, RESPONSE_JSON, accepted, coding, is_json
from hub.observability.exchange import HIT, MISS, Execution, exchange_of
from hub.observability.usage import Usage
from hub.subscriptions.events import EVENT_STREAM, EventStreams, wants_events
from resolvers.access import Caller
from resolvers.errors import INTERNAL
from resolvers.federation.used import Used

MAX_BODY: Final = 256 * 1024
"""Bytes of a request's body; a larger one is refused."""

NO_BODY: Final[Message] = {"type": "http.request", "body": b"", "more_body": False}
log = logging.getLogger(__name__)

READING: Final = frozenset({"GET", "HEAD"})
"""The methods that change nothing."""


class Context(Protocol):
    """What the resolvers of one request are given; in `used` they say what the answer rests on."""

    @property
    def used(self) -> Used:
        """What the answer rests on."""
        ...


class GraphQLEndpoint:
    """The ASGI application of /graphql. `context` makes that of a request, `page` makes GraphiQL for browsers."""

    def __init__(
        self,
        engine: Engine,
        context: Callable[[Caller], Context],
        sessions: Sessions,
        *,
        documents: Documents,
        answers: Answers,
        rates: Rates,
        usage: Usage,
        page: Callable[[], ASGIApp],
        events: EventStreams | None = None,
    ) -> None:
        self._answers = answers
        self._documents = documents
        self._engine = engine
        self._events = events
        self._context = context
        self._page = page
        self._rates = rates
        self._sessions = sessions
        self._usage = usage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one response; never an exception for what a client sends."""
        headers = joined(scope)
        if wants_page(scope, headers):
            await self._page()(scope, receive, send)
            return
        body = Body(await receive() if scope["method"] == "POST" else NO_BODY, receive)
        try:
            if self._events and wants_stream(scope, headers):
                await self._stream(self._events, scope, headers, body, receive, send)
                return
            reply = await self._reply(scope, headers, body, None)
        except RequestRefused as refusal:
            reply = await _refused(scope, headers, refusal)
        except ClientGone:
            return
        for message in reply.messages:
            await send(message)

    def replies(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request is one for data, to be answered whole."""
        asks = scope["method"] in {"GET", "POST"}
        return asks and not wants_page(scope, headers) and not (self._events and wants_stream(scope, headers))

    async def reply(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes, exact: Exact | None) -> Reply:
        """The reply to a whole request for data; `exact` finds it from now on, if it is kept."""
        try:
            return await self._reply(scope, headers, Body({"body": body}), exact)
        except RequestRefused as refusal:
            return await _refused(scope, headers, refusal)

    async def _reply(self, scope: Scope, headers: Mapping[bytes, bytes], body: "Body", exact: Exact | None) -> Reply:
        method = scope["method"]
        media_type = accepted(headers.get(b"accept"))
        if media_type is None:
            raise RequestRefused(406, f"Only {RESPONSE_JSON} and {JSON} can be answered.")
        caller = self._caller(scope, headers)
        await spend(self._rates, scope, caller, 1)
        question = await self._question(scope, headers, body)
        key = (question.key, caller)
        answer = self._answers.get(key)
        if answer is None:
            answer = await self._answer(question, caller, key, scope, body.receive)
            _note(scope, answer, MISS)
        else:
            _note(scope, answer, HIT)
        public = answer.until > 0 and caller.account is None and method in READING
        wanted = Wanted(media_type, coding(headers.get(b"accept-encoding")), public)
        form = await self._answers.form(key, answer, wanted, exact)
        if not public:
            return Reply(OK if answer.executed or media_type == JSON else 400, form)
        reply = Reply.of(form, answer.until - self._answers.clock(), headers.get(b"if-none-match"))
        return reply if method != "HEAD" else reply._replace(content=False)

    async def _stream(
        self,
        events: EventStreams,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        body: "Body",
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer with events, one for each result."""
        caller = self._caller(scope, headers)
        await spend(self._rates, scope, caller, 1)
        question = await self._question(scope, headers, body)
        if (exchange := exchange_of(scope)) is not None:
            exchange.streams = True
        await events.answer(question.request, caller, scope, receive, send)

    def _caller(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        try:
            return self._sessions.caller_of_api(scope, headers)
        except WrongKey:
            raise RequestRefused(401, "This key is nobody's.", headers={"www-authenticate": "Bearer"}) from None
        except SourceError:
            log.exception("a caller cannot be looked up")
            raise RequestRefused(503, "Keys cannot be looked up now.", code=INTERNAL) from None

    async def _question(self, scope: Scope, headers: Mapping[bytes, bytes], body: "Body") -> Question:
        if scope["method"] == "POST":
            if not is_json(headers.get(b"content-type")):
                raise RequestRefused(415, f"A POST is {JSON}, in UTF-8.")
            return of_body(await body.read(), self._documents)
        if scope["method"] in READING:
            return of_url(scope["query_string"], self._documents)
        raise RequestRefused(405, f"{scope['method']} is not served here.", headers={"allow": "GET, HEAD, POST"})

    async def _answer(
        self, question: Question, caller: Caller, key: Key, scope: Scope, receive: Receive | None
    ) -> Answer:
        """An answer that is not kept: a request error, what a mutation did, or what others who ask now get too."""
        request = question.request
        prepared = self._engine.prepare(request.query)
        if isinstance(prepared, GraphQLResult):
            return _told(prepared)
        cost = self._engine.cost(prepared, request)
        if isinstance(cost, GraphQLResult):
            return _told(cost)
        await spend(self._rates, scope, caller, cost - 1)
        kind = prepared.kind(request.operation_name)
        if kind is OperationType.SUBSCRIPTION:
            raise RequestRefused(406, f"A subscription is answered as {EVENT_STREAM}, or over a WebSocket.")
        if kind is not OperationType.MUTATION:
            with Leaving(receive) if receive else nullcontext():
                return await self._answers.share(key, partial(self._execute, prepared, request, caller, cost))
        if scope["method"] in READING:
            raise RequestRefused(405, "GET never runs a mutation: use POST.", headers={"allow": "POST"})
        # it is done to its end, also for a client that leaves
        return await asyncio.shield(self._execute(prepared, request, caller, cost, 0))

    async def _execute(
        self, prepared: Prepared, request: GraphQLRequest, caller: Caller, cost: int, began: int
    ) -> Answer:
        """Make an answer, and see for how long it will be true."""
        context = self._context(caller)
        result = await self._engine.execute(prepared, request, context, cost)
        used = context.used
        lives = result.executed and not result.errors and used.expires_in > 0
        until = self._answers.clock() + min(used.expires_in, MAX_LIFE) if lives else 0.0
        use = self._usage.operation(prepared.document, request.query, request.operation_name)
        execution = Execution(use, cost, result.executor, result.fallback, _codes(result))
        return _told(result, until=until, tags=used.tags, began=began, execution=execution)


class Body:
    """The body of a request: its first message, and the way to the others; None when it has come whole."""

    def __init__(self, first: Message, receive: Receive | None = None) -> None:
        self._message = first
        self.receive = receive

    async def read(self) -> bytes:
        """All of it, never beyond its bound."""
        parts = bytearray(self._message.get("body", b""))
        while self.receive and self._message.get("more_body") and len(parts) <= MAX_BODY:
            self._message = await self.receive()
            parts += self._message.get("body", b"")
        if self._message.get("type") == "http.disconnect":
            raise ClientGone
        if len(parts) > MAX_BODY:
            raise RequestRefused(413, f"A request has at most {MAX_BODY} bytes.")
        return bytes(parts)


def joined(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request by name; those that came in several lines as one (RFC 9110 §5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
    return headers


def wants_page(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a person comes to see GraphiQL."""
    accept = headers.get(b"accept")
    return (
        accept is not None
        and b"text/html" in accept
        and scope["method"] in READING
        and asks_nothing(scope["query_string"])
    )


def wants_stream(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is to be answered with events."""
    return wants_events(headers.get(b"accept")) and scope["method"] != "HEAD"


def _told(
    result: GraphQLResult,
    *,
    until: float = 0.0,
    tags: Iterable[str] = (),
    began: int = 0,
    execution: Execution | None = None,
) -> Answer:
    """A result as an answer; by default one that is not kept."""
    body = orjson.dumps(result.payload())
    execution = execution or Execution(None, 0, result.executor, None, _codes(result))
    return Answer(body, executed=result.executed, until=until, tags=tags, began=began, execution=execution)


def _codes(result: GraphQLResult) -> tuple[str, ...]:
    return tuple(error.get("extensions", {}).get("code", "") for error in result.errors)


def _note(scope: Scope, answer: Answer, cache: str) -> None:
    """Tell those who watch how a request is answered."""
    exchange = exchange_of(scope)
    if exchange is not None and answer.execution is not None:
        exchange.given(answer.execution, cache)


async def _refused(scope: Scope, headers: Mapping[bytes, bytes], refusal: RequestRefused) -> Reply:
    if (exchange := exchange_of(scope)) is not None:
        exchange.codes = (refusal.code,)
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    answer = Answer(orjson.dumps({"errors": [error]}), executed=False)
    form = await answer.make_form(Wanted(accepted(headers.get(b"accept")) or JSON, None, public=False))
    more = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    return Reply(refusal.status, form, more=more)
