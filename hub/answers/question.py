"""From the bytes of a request to what is asked, and the key under which its answer is kept.

The key is made of what was read, not of the bytes: two requests have the same key exactly when they ask the same
document, operation, variables and extensions; the order of keys in JSON does not matter. Of a key that a JSON object
holds twice, and of a parameter that a URL holds twice, the last counts. What is read depends on the bytes alone, and
on documents, which never change under their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import orjson

from hub.answers.documents import Documents
from hub.answers.refusal import RequestRefused
from hub.execution import GraphQLRequest
from hub.limits import strict_json

T = TypeVar("T")

PERSISTED: Final = "persistedQuery"

NAMING: Final = frozenset({"query", "documentId", "extensions"})
"""The parameters of a URL that can say what is asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the key of its answer."""

    request: GraphQLRequest
    key: bytes


def of_body(body: bytes, documents: Documents) -> Question:
    """What the body of a POST asks; RequestRefused when it is nothing of GraphQL over HTTP."""
    return of_parameters(_json(body, "the body"), documents)


def of_url(query_string: bytes, documents: Documents) -> Question:
    """What the query string of a GET asks; RequestRefused when it is nothing of GraphQL over HTTP."""
    parameters: dict[str, Any] = _parameters(query_string)
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _json(parameters[name].encode(), f"the parameter {name}")
    return of_parameters(parameters, documents)


def of_parameters(parameters: Any, documents: Documents) -> Question:
    """What the parameters of a request ask, as they were read; RequestRefused as `of_body` does."""
    request = _request(parameters, documents)
    shown = [request.query, request.operation_name, request.variables, _telling(request.extensions)]
    try:
        read = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise RequestRefused(400, f"The variables cannot be read: {error}") from None
    return Question(request, blake2b(read, digest_size=32).digest())


def asks_nothing(query_string: bytes) -> bool:
    """Whether a URL says nothing of what is asked: a person came to see the page."""
    return NAMING.isdisjoint(_parameters(query_string))


def _parameters(query_string: bytes) -> dict[str, str]:
    return dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))


def _json(raw: bytes, what: str) -> Any:
    try:
        return strict_json.parse(raw)
    except strict_json.BadJson as error:
        raise RequestRefused(400, f"{what}: {error}") from None


def _request(parameters: Any, documents: Documents) -> GraphQLRequest:
    if not isinstance(parameters, dict):
        raise RequestRefused(400, "A GraphQL request is a JSON object.")
    query = _a(parameters, "query", str, "a text")
    variables = _a(parameters, "variables", dict, "an object")
    operation_name = _a(parameters, "operationName", str, "a text")
    extensions = _a(parameters, "extensions", dict, "an object")
    name = _name(parameters, extensions or {})
    if not query and name is None:
        raise RequestRefused(400, "query is missing: a text, or the name of a document.")
    return GraphQLRequest(documents.find(name, query or None), variables or None, operation_name, extensions)


def _a(parameters: Mapping[str, Any], name: str, type_: type[T], what: str) -> T | None:
    """A parameter of this type, None when it is not there."""
    value = parameters.get(name)
    if value is not None and not isinstance(value, type_):
        raise RequestRefused(400, f"{name} is not {what}.")
    return value


def _name(parameters: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """The name by which a request means a document, None when it sends the text alone."""
    id_ = _a(parameters, "documentId", str, "a text")
    persisted = _a(extensions, PERSISTED, dict, "an object")
    if persisted is None:
        return id_
    if persisted.get("version") != 1:
        raise RequestRefused(400, "Unsupported persisted query version: there is version 1.")
    hash_ = _a(persisted, "sha256Hash", str, "a text")
    if not hash_ or id_ not in {None, hash_}:
        raise RequestRefused(400, "sha256Hash is missing, or is not the documentId.")
    return hash_


def _telling(extensions: dict[str, Any] | None) -> dict[str, Any] | None:
    """The extensions that an answer may depend on: how the document was named is not one of them."""
    return {name: value for name, value in (extensions or {}).items() if name != PERSISTED} or None
