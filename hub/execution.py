"""From a GraphQL request to its result: parse, bound, validate, execute.

What fails before execution (syntax, limits, validation, variables) is a request error (GraphQL specification, "Request
Errors"): its result has no data at all. Documents that passed are kept, since clients send the same few again.
Queries run as compiled programs where they can (see hub/engine), else graphql-core executes them; which of the two
did is part of the result, counted, and shown to a client that asks by `"extensions": {"explain": true}`; what it
was counted for, by `{"cost": true}`.
"""

import logging
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    create_source_event_stream,
    get_operation_ast,
)
from graphql.pyutils import is_awaitable

from connectors.errors import SourceError
from hub.engine import CompiledExecutor
from hub.limits.cost import DocumentCost
from hub.limits.document import DOCUMENT_TOO_COMPLEX, DocumentGuard, TooComplex, shortened
from hub.limits.settings import DocumentLimits
from hub.observability.snapshot import CacheFigures
from resolvers.errors import BAD_INPUT, INTERNAL, source_code

log = logging.getLogger(__name__)

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"

KEPT_DOCUMENTS: Final = 1_000
KEPT_CHARACTERS: Final = 16_384
"""A longer document is served but not kept."""

ALL_KEPT_CHARACTERS: Final = 4_000_000
"""Of all documents that are kept together."""

COMPILED: Final = "compiled"
GRAPHQL_CORE: Final = "graphql-core"
EXPLAIN: Final = "explain"
"""The entry of a request's extensions that asks how it was executed."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One request, whatever its transport."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """What to answer. `executed` is False for a request error: then there is no data entry.

    `executor` is what made the data, COMPILED or GRAPHQL_CORE, and `fallback` why it was the latter, None where
    nothing could have been compiled. `extensions`: what the client asked to be told besides.
    """

    data: dict[str, Any] | None
    errors: tuple[dict[str, Any], ...]
    executed: bool
    executor: str = GRAPHQL_CORE
    fallback: str | None = None
    extensions: dict[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """The response map of the GraphQL specification: errors first, so that a reader sees them."""
        shown: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        if self.executed:
            shown["data"] = self.data
        if self.extensions:
            shown["extensions"] = self.extensions
        return shown


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed: parsed, within the limits, validated. `size`: its share of what is kept."""

    document: DocumentNode
    cost: DocumentCost
    size: int

    def kind(self, operation_name: str | None) -> OperationType | None:
        """The type of the operation that would run, None when there is none."""
        operation = get_operation_ast(self.document, operation_name)
        return operation.operation if operation else None


class StreamFailed(Exception):
    """A subscription cannot begin or go on; `result` is what is told of it."""

    def __init__(self, result: GraphQLResult) -> None:
        super().__init__(result.errors)
        self.result = result


class Engine:
    """Answers requests on one schema. `executions` counts them, by executor and reason to fall back."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits | None = None) -> None:
        self._schema = schema
        self._guard = DocumentGuard(schema, limits or DocumentLimits())
        self._compiled = CompiledExecutor(schema)
        self._documents: LRUCache[str, Prepared] = LRUCache(ALL_KEPT_CHARACTERS, lambda kept: kept.size)
        self._hits = 0
        self._misses = 0
        self.executions: Counter[tuple[str, str | None]] = Counter()

    @property
    def caches(self) -> dict[str, Callable[[], CacheFigures]]:
        """What is kept of requests before they are executed, by name."""
        return {"documents": self._kept_documents, "plans": lambda: self._compiled.plans}

    def _kept_documents(self) -> CacheFigures:
        return CacheFigures(len(self._documents), int(self._documents.currsize), self._hits, self._misses)

    def prepare(self, query: str) -> Prepared | GraphQLResult:
        """A document, ready to be executed, or the request error that it is."""
        try:
            kept = self._documents[query]
        except KeyError:
            self._misses += 1
            return self._prepared(query)
        self._hits += 1
        return kept

    def _prepared(self, query: str) -> Prepared | GraphQLResult:
        try:
            document = self._guard.parse(query)
            cost = self._guard.measure(document)
        except TooComplex as error:
            return _request_error([error], DOCUMENT_TOO_COMPLEX)
        except GraphQLError as error:
            return _request_error([error], PARSE_FAILED)
        except RecursionError:
            return _request_error([GraphQLError("The document is nested too deep.")], PARSE_FAILED)
        errors = self._guard.validate(document)
        if errors:
            return _request_error(errors, VALIDATION_FAILED)
        # a share of the whole at least, which bounds their number too
        prepared = Prepared(document, cost, max(len(query), ALL_KEPT_CHARACTERS // KEPT_DOCUMENTS))
        if len(query) <= KEPT_CHARACTERS:
            self._documents[query] = prepared
        return prepared

    def cost(self, prepared: Prepared, request: GraphQLRequest) -> int | GraphQLResult:
        """What an operation counts for with these variables (see hub/limits/cost.py), or the request error."""
        try:
            return self._guard.check(prepared.cost, request.operation_name, request.variables)
        except TooComplex as error:
            return _request_error([error], DOCUMENT_TOO_COMPLEX)

    async def events(
        self, prepared: Prepared, request: GraphQLRequest, context: object
    ) -> AsyncGenerator[object, None]:
        """What a subscription waits for; `execute` makes an answer of each, with it as `root`. Raises StreamFailed."""
        executor = Executor.build(
            self._schema, prepared.document, None, context, request.variables, request.operation_name
        )
        if isinstance(executor, list):
            raise StreamFailed(_request_error(executor, BAD_INPUT))
        found = create_source_event_stream(executor)
        stream: Any = await found if is_awaitable(found) else found
        if isinstance(stream, ExecutionResult):
            raise StreamFailed(GraphQLResult(None, _shown(stream.errors or ()), executed=False))
        async with aclosing(stream):
            try:
                async for event in stream:
                    yield event
            except Exception as error:
                told = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                raise StreamFailed(GraphQLResult(None, _shown([told]), executed=False)) from error

    async def execute(
        self, prepared: Prepared, request: GraphQLRequest, context: object, cost: int, root: object = None
    ) -> GraphQLResult:
        """Run an operation. Never raises for what a client sends or a directory does."""
        done = await self._compiled.execute(prepared.document, context, request.variables, request.operation_name, root)
        executor = GRAPHQL_CORE if done.fallback else COMPILED
        fallback = done.fallback.value if done.fallback else None
        self.executions[executor, fallback] += 1
        errors = done.result.errors or []
        if done.result.data is None and not any(error.path for error in errors):
            return _request_error(errors, BAD_INPUT)
        shown = _shown(errors)
        told = None
        if request.extensions:
            told = self._guard.told(cost, request.extensions)
            if request.extensions.get(EXPLAIN) is True:
                told = {"executor": executor, "fallback": fallback, **told}
        return GraphQLResult(done.result.data, shown, True, executor, fallback, told)


def _request_error(errors: list[GraphQLError], code: str) -> GraphQLResult:
    shown = tuple(
        {
            **error.formatted,
            "message": shortened(error.message),
            "extensions": {"code": code, **(error.extensions or {})},
        }
        for error in errors
    )
    return GraphQLResult(None, shown, executed=False)


def _shown(errors: Iterable[GraphQLError]) -> tuple[dict[str, Any], ...]:
    """The errors of an answer as a client may see them."""
    logged: dict[int, str] = {}
    return tuple(_one_shown(error, logged) for error in errors)


def _one_shown(error: GraphQLError, logged: dict[int, str]) -> dict[str, Any]:
    """Ours by their code, anything else masked, with an id that the log has: one that failed many fields is there once.

    `logged`: the ids of exceptions that are in the log already, by their identity.
    """
    original = error.original_error
    if isinstance(original, SourceError):
        extensions = {"code": source_code(original), "source": original.source}
        return {**error.formatted, "message": str(original), "extensions": extensions}
    if error.extensions and "code" in error.extensions:
        return dict(error.formatted)
    cause = original or error
    if (id_ := logged.get(id(cause))) is None:
        id_ = logged[id(cause)] = secrets.token_hex(8)
        log.error("internal error %s at %s", id_, error.path, exc_info=cause)
    return {**error.formatted, "message": f"Internal error {id_}", "extensions": {"code": INTERNAL, "id": id_}}
