"""The endpoint /graphql: the GraphQL over HTTP specification, and GraphiQL for a browser that asks for a page.

application/graphql-response+json    400 for a request error, 200 once execution began
application/json                     200 for any well-formed request, as older clients want
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from hub.access import Access, WrongToken
from hub.execution import Engine, GraphQLRequest, GraphQLResult
from hub.media import JSON, RESPONSE_JSON, accepted, is_json
from resolvers.access import Caller
from resolvers.federation.sources import Federation
from resolvers.request import RequestContext

BAD_REQUEST: Final = "BAD_REQUEST"

MAX_BODY: Final = 256 * 1024
"""Bytes of a request's body; a larger one is refused."""


class RequestRefused(Exception):
    """The HTTP request itself is not one of GraphQL over HTTP; `status` is what it is answered with."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class GraphQLEndpoint:
    """Answers POST and GET on /graphql. `page` makes GraphiQL for browsers."""

    def __init__(self, engine: Engine, federation: Federation, access: Access, page: Callable[[], Response]) -> None:
        self._access = access
        self._engine = engine
        self._federation = federation
        self._page = page

    async def respond(self, request: Request) -> Response:
        """One request, one response; never an exception for what a client sends."""
        if request.method == "GET" and "query" not in request.query_params and _wants_page(request):
            return self._page()
        media_type = accepted(request.headers.get("accept"))
        if media_type is None:
            return _refusal(RequestRefused(406, f"Only {RESPONSE_JSON} and {JSON} can be answered."), JSON)
        try:
            caller = self._caller(request)
            asked = await _read(request)
            result = await self._answer(asked, caller, read_only=request.method == "GET")
        except RequestRefused as refusal:
            return _refusal(refusal, media_type)
        status = 200 if result.executed or media_type == JSON else 400
        return _response(result.payload(), status, media_type)

    def _caller(self, request: Request) -> Caller:
        try:
            return self._access.caller(request.headers.get("authorization"))
        except WrongToken:
            raise RequestRefused(401, "This token is nobody's.", {"www-authenticate": "Bearer"}) from None

    async def _answer(self, asked: GraphQLRequest, caller: Caller, *, read_only: bool) -> GraphQLResult:
        document = self._engine.document(asked.query)
        if isinstance(document, GraphQLResult):
            return document
        if read_only and self._engine.is_mutation(document, asked.operation_name):
            raise RequestRefused(405, "GET never runs a mutation: use POST.", {"allow": "POST"})
        context = RequestContext(self._federation, datetime.now(UTC), caller)
        return await self._engine.execute(document, asked, context)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refusal(refusal: RequestRefused, media_type: str) -> Response:
    body = {"errors": [{"message": refusal.message, "extensions": {"code": BAD_REQUEST}}]}
    return _response(body, refusal.status, media_type, refusal.headers)


def _response(body: dict[str, Any], status: int, media_type: str, headers: dict[str, str] | None = None) -> Response:
    content_type = f"{media_type}; charset=utf-8"
    return Response(
        orjson.dumps(body), status, {"content-type": content_type, "vary": "accept, authorization", **(headers or {})}
    )


async def _read(request: Request) -> GraphQLRequest:
    """The GraphQL request in an HTTP request; RequestRefused when there is none."""
    if request.method == "GET":
        parameters: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in parameters:
                parameters[name] = _json(parameters[name].encode(), f"the parameter {name}")
        return _checked(parameters)
    if not is_json(request.headers.get("content-type")):
        raise RequestRefused(415, f"A POST is {JSON}, in UTF-8.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise RequestRefused(413, f"A request has at most {MAX_BODY} bytes.")
    return _checked(_json(bytes(body), "the body"))


def _json(raw: bytes, what: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RequestRefused(400, f"{what} is not JSON: {error}") from None


def _checked(parameters: Any) -> GraphQLRequest:
    if not isinstance(parameters, dict):
        raise RequestRefused(400, "A GraphQL request is a JSON object.")
    query = parameters.get("query")
    if not isinstance(query, str) or not query:
        raise RequestRefused(400, "query is missing, or is not a text.")
    variables = parameters.get("variables")
    operation_name = parameters.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise RequestRefused(400, "variables is not an object.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise RequestRefused(400, "operationName is not a text.")
    extensions = parameters.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise RequestRefused(400, "extensions is not an object.")
    return GraphQLRequest(query, variables, operation_name)
