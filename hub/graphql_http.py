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
from functools import partial
from typing import Final, Protocol

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.errors import SourceError
from hub.access.callers import WrongKey
from hub.access.sessions import Sessions
from hub.answers.answer import Answer, Form, Wanted, unchanged
from hub.answers.documents import Documents
from hub.answers.kept import MAX_LIFE, Answers, Exact, Key, exact_request
from hub.answers.leaving import ClientGone, Leaving
from hub.answers.question import Question, asks_nothing, of_body, of_url
from hub.answers.refusal import RequestRefused
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
NO_CONTENT: Final[Message] = {"type": "http.response.body", "body": b""}

ANYBODY: Final = Caller()

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
        headers: dict[bytes, bytes] = dict(scope["headers"])
        message = await receive() if scope["method"] == "POST" else NO_BODY
        # a request seen before is answered without being read
        exact = None if message.get("more_body") else exact_request(scope, headers, message.get("body", b""))
        try:
            if exact and (found := self._answers.exact(exact)) is not None:
                answer, form, left = found
                await spend(self._rates, scope, ANYBODY, 1)
                _note(scope, answer, HIT)
                await _send(send, form, left, headers.get(b"if-none-match"))
            else:
                await self._respond(scope, _joined(scope), _Body(message, receive), send, exact)
        except RequestRefused as refusal:
            if (exchange := exchange_of(scope)) is not None:
                exchange.codes = (refusal.code,)
            await _refuse(send, refusal, accepted(headers.get(b"accept")) or JSON)
        except ClientGone:
            return

    async def _respond(
        self, scope: Scope, headers: Mapping[bytes, bytes], body: "_Body", send: Send, exact: Exact | None
    ) -> None:
        method = scope["method"]
        accept = headers.get(b"accept")
        if method in READING and b"text/html" in (accept or b"") and asks_nothing(scope["query_string"]):
            await self._page()(scope, body.receive, send)
            return
        if self._events and wants_events(accept) and method != "HEAD":
            await self._stream(self._events, scope, headers, body, send)
            return
        media_type = accepted(accept)
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
        form = await self._answers.form(key, answer, wanted, None if method == "HEAD" else exact)
        if public:
            left = answer.until - self._answers.clock()
            await _send(send, form, left, headers.get(b"if-none-match"), with_body=method != "HEAD")
        else:
            await send(form.start_private(200 if answer.executed or media_type == JSON else 400))
            await send(form.body)

    async def _stream(
        self, events: EventStreams, scope: Scope, headers: Mapping[bytes, bytes], body: "_Body", send: Send
    ) -> None:
        """Answer with events, one for each result."""
        caller = self._caller(scope, headers)
        await spend(self._rates, scope, caller, 1)
        question = await self._question(scope, headers, body)
        if (exchange := exchange_of(scope)) is not None:
            exchange.streams = True
        await events.answer(question.request, caller, scope, body.receive, send)

    def _caller(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        try:
            return self._sessions.caller_of_api(scope, headers)
        except WrongKey:
            raise RequestRefused(401, "This key is nobody's.", headers={"www-authenticate": "Bearer"}) from None
        except SourceError:
            log.exception("a caller cannot be looked up")
            raise RequestRefused(503, "Keys cannot be looked up now.", code=INTERNAL) from None

    async def _question(self, scope: Scope, headers: Mapping[bytes, bytes], body: "_Body") -> Question:
        if scope["method"] == "POST":
            if not is_json(headers.get(b"content-type")):
                raise RequestRefused(415, f"A POST is {JSON}, in UTF-8.")
            return of_body(await body.read(), self._documents)
        if scope["method"] in READING:
            return of_url(scope["query_string"], self._documents)
        raise RequestRefused(405, f"{scope['method']} is not served here.", headers={"allow": "GET, HEAD, POST"})

    async def _answer(self, question: Question, caller: Caller, key: Key, scope: Scope, receive: Receive) -> Answer:
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
            with Leaving(receive):
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


class _Body:
    """The body of a request: its first message, and the way to the others."""

    def __init__(self, first: Message, receive: Receive) -> None:
        self._message = first
        self.receive = receive

    async def read(self) -> bytes:
        """All of it, never beyond its bound."""
        parts = bytearray(self._message.get("body", b""))
        while self._message.get("more_body") and len(parts) <= MAX_BODY:
            self._message = await self.receive()
            parts += self._message.get("body", b"")
        if self._message["type"] == "http.disconnect":
            raise ClientGone
        if len(parts) > MAX_BODY:
            raise RequestRefused(413, f"A request has at most {MAX_BODY} bytes.")
        return bytes(parts)


def _joined(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request by name; those that came in several lines as one (RFC 9110 §5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = b"%b, %b" % (headers[name], value) if name in headers else value
    return headers


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


async def _refuse(send: Send, refusal: RequestRefused, media_type: str) -> None:
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    answer = Answer(orjson.dumps({"errors": [error]}), executed=False)
    form = await answer.make_form(Wanted(media_type, None, public=False))
    more = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    await send(form.start_private(refusal.status, more))
    await send(form.body)


async def _send(send: Send, form: Form, left: float, if_none_match: bytes | None, *, with_body: bool = True) -> None:
    """Send an answer that is true for `left` seconds more, unless a cache has it already."""
    if if_none_match is not None and form.etag and unchanged(if_none_match, form.etag):
        await send(form.unchanged(left))
        await send(NO_CONTENT)
    else:
        await send(form.start(left))
        await send(form.body if with_body else NO_CONTENT)
