"""From a GraphQL request to its result: parse, validate, execute.

What fails before execution (syntax, validation, variables) is a request error (GraphQL specification, "Request
Errors"): its result has no data at all. Documents that passed are kept, since clients send the same few again.
"""

import logging
import secrets
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Final

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from connectors.errors import SourceError
from resolvers.errors import BAD_INPUT, INTERNAL, source_code

log = logging.getLogger(__name__)

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"

KEPT_DOCUMENTS: Final = 1_000
KEPT_CHARACTERS: Final = 16_384
"""A longer document is served but not kept."""

MAX_TOKENS: Final = 5_000
"""A longer document is refused before it is parsed whole."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One request, whatever its transport."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """What to answer. `executed` is False for a request error: then there is no data entry."""

    data: dict[str, Any] | None
    errors: tuple[dict[str, Any], ...]
    executed: bool

    def payload(self) -> dict[str, Any]:
        """The response map of the GraphQL specification: errors first, so that a reader sees them."""
        shown: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        return {**shown, "data": self.data} if self.executed else shown


class Engine:
    """Answers requests on one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents: LRUCache[str, DocumentNode] = LRUCache(KEPT_DOCUMENTS)

    def document(self, query: str) -> DocumentNode | GraphQLResult:
        """The parsed and validated document, or the request error that it is."""
        kept = self._documents.get(query)
        if kept is not None:
            return kept
        try:
            document = parse(query, max_tokens=MAX_TOKENS)
        except GraphQLError as error:
            return _request_error([error], PARSE_FAILED)
        except RecursionError:
            return _request_error([GraphQLError("The document is nested too deep.")], PARSE_FAILED)
        errors = validate(self._schema, document)
        if errors:
            return _request_error(errors, VALIDATION_FAILED)
        if len(query) <= KEPT_CHARACTERS:
            self._documents[query] = document
        return document

    def is_mutation(self, document: DocumentNode, operation_name: str | None) -> bool:
        """Whether the operation that would run changes something."""
        operation = get_operation_ast(document, operation_name)
        return operation is not None and operation.operation is OperationType.MUTATION

    async def execute(self, document: DocumentNode, request: GraphQLRequest, context: object) -> GraphQLResult:
        """Run an operation. Never raises for what a client sends or a directory does."""
        outcome = execute(
            self._schema,
            document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        result: ExecutionResult = await outcome if isawaitable(outcome) else outcome
        errors = result.errors or []
        if result.data is None and not any(error.path for error in errors):
            return _request_error(errors, BAD_INPUT)
        return GraphQLResult(result.data, tuple(_shown(error) for error in errors), executed=True)


def _request_error(errors: list[GraphQLError], code: str) -> GraphQLResult:
    shown = tuple({**error.formatted, "extensions": {"code": code, **(error.extensions or {})}} for error in errors)
    return GraphQLResult(None, shown, executed=False)


def _shown(error: GraphQLError) -> dict[str, Any]:
    """An error as a client may see it: ours by their code, anything else masked, with an id that the log has."""
    original = error.original_error
    if isinstance(original, SourceError):
        extensions = {"code": source_code(original), "source": original.source}
        return {**error.formatted, "message": str(original), "extensions": extensions}
    if error.extensions and "code" in error.extensions:
        return dict(error.formatted)
    id_ = secrets.token_hex(8)
    log.error("internal error %s at %s", id_, error.path, exc_info=original or error)
    return {**error.formatted, "message": f"Internal error {id_}", "extensions": {"code": INTERNAL, "id": id_}}
