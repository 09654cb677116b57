"""No answer tells a client more than a little of what it sent, however long that was and wherever it stood.

The bounds of documents are set so high here that every resolver gets to see the long text.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
)
from hubs import Client, in_process

from connectors.errors import MOST_QUOTED, quoted
from hub.limits.document import MAX_MESSAGE
from resolvers.access import Role
from resolvers.schema import build_schema

LONG: Final = "Zq" * 25_000
MOST: Final = 1_000
"""Characters of it that an answer may hold."""

WIDE: Final = """
[limits.document]
text = 200000
source = 200000
[limits.rates]
address = 0
key = 0
"""
SCHEMA: Final = build_schema()
WAYS: Final = {
    "Query": "{}",
    "Mutation": "{}",
    "Structure": 'structures(first: 1, filter: {{ place: {{ commune: "21231" }} }}) {{ nodes {{ {} }} }}',
    "Priority": "priority(code: EVEILLER) {{ {} }}",
    "Registration": "registrations {{ nodes {{ {} }} }}",
    "Webhook": "webhooks {{ {} }}",
}
"""Type -> how to come to its fields."""

NESTED: Final = 1
"""Input objects of a type within their own type: more of them would say the same again."""


@pytest.fixture
async def wide(tmp_path: Path) -> AsyncIterator[Client]:
    async with in_process(tmp_path, WIDE, role=Role.MODERATOR) as client:
        yield client


def told(response: httpx.Response) -> int:
    """Characters of the long text that an answer holds."""
    return 2 * response.text.lower().count("zq")


def usual(type_: Any) -> Any:
    """Some value of an input type."""
    if is_non_null_type(type_):
        return usual(type_.of_type)
    if is_list_type(type_):
        return []
    if is_input_object_type(type_):
        return required(type_.fields)
    if is_enum_type(type_):
        return next(iter(type_.values))
    return {"Int": 1, "Float": 1.0, "Boolean": True}.get(type_.name, "21231")


def required(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: usual(field.type) for name, field in fields.items() if is_required_input_field(field)}


def hostile(type_: Any, path: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Where a value of an input type may hold a text, each with a value that has the long one there."""
    if is_non_null_type(type_):
        yield from hostile(type_.of_type, path, above)
    elif is_list_type(type_):
        for place, value in hostile(type_.of_type, f"{path}[]", above):
            yield place, [value]
    elif not is_input_object_type(type_):
        yield path, LONG
    elif above.count(type_.name) <= NESTED:
        yield f"{path}.(unknown)", {LONG: 1}
        for name, field in type_.fields.items():
            for place, value in hostile(field.type, f"{path}.{name}", (*above, type_.name)):
                yield place, {**required(type_.fields), name: value}


def fields_with_arguments() -> Iterator[tuple[str, str, GraphQLField]]:
    for name, type_ in SCHEMA.type_map.items():
        if is_object_type(type_) and not name.startswith("__") and type_ is not SCHEMA.subscription_type:
            yield from ((name, field_name, field) for field_name, field in type_.fields.items() if field.args)


def literal(value: Any, type_: Any) -> str:
    """A value as a document writes it."""
    if is_non_null_type(type_):
        return literal(value, type_.of_type)
    if is_list_type(type_):
        return f"[{', '.join(literal(item, type_.of_type) for item in value)}]"
    if is_input_object_type(type_):
        known = {name: field.type for name, field in type_.fields.items()}
        return f"{{{', '.join(f'{name}: {literal(item, known.get(name))}' for name, item in value.items())}}}"
    return value if is_enum_type(type_) and value != LONG else json.dumps(value)


def questions(parent: str, name: str, field: GraphQLField) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of a field: where the long text stands, a document and its variables."""
    operation = "mutation" if parent == "Mutation" else "query"
    selection = "{ __typename ... on LinkRefused { code message } }" if parent == "Mutation" else "{ __typename }"
    shown = selection if is_composite_type(get_named_type(field.type)) else ""
    for argument_name, argument in field.args.items():
        others = [
            f"{other_name}: {literal(usual(other.type), other.type)}"
            for other_name, other in field.args.items()
            if other_name != argument_name and is_required_argument(other)
        ]
        for place, value in hostile(argument.type, f"{parent}.{name}({argument_name})"):
            for given, variables in _given(argument, value):
                declared = f"($v: {argument.type})" if variables else ""
                call = f"{name}({', '.join([f'{argument_name}: {given}', *others])}) {shown}"
                yield place, f"{operation}{declared} {{ {WAYS[parent].format(call)} }}", variables


def _given(argument: GraphQLArgument, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "$v", {"v": value}
    yield literal(value, argument.type), {}


def test_every_field_with_arguments_can_be_come_to() -> None:
    assert {parent for parent, _, _ in fields_with_arguments()} == WAYS.keys()


@pytest.mark.long
async def test_no_argument_is_told_back_at_length(wide: Client) -> None:
    tried = 0
    for parent, name, field in fields_with_arguments():
        for place, document, variables in questions(parent, name, field):
            response = await wide.post(document, variables)
            tried += 1
            assert response.status_code == 200, (place, response.text[:300])
            assert told(response) <= MOST, place
            assert "INTERNAL" not in response.text, place
    assert tried > 300


@pytest.mark.parametrize(
    "body",
    [
        {"query": LONG},
        {"query": f"{{ a }} {LONG}"},
        {"query": f'{{ priority(code: "{LONG}") {{ code }} }}'},
        {"query": f"{{ priority(code: {LONG}) {{ code }} }}"},
        {"query": f"{{ {LONG} }}"},
        {"query": f"{{ ...{LONG} }}"},
        {"query": f"{{ ... on {LONG} {{ a }} }}"},
        {"query": f"{{ __typename @{LONG} }}"},
        {"query": f"query (${LONG}: Int!) {{ __typename }}"},
        {"query": f"query ($a: {LONG}) {{ __typename }}"},
        {"query": f"{{ sources {{ {LONG}: id }} }}"},
        {"query": f'{{ __type(name: "{LONG}") {{ name }} }}'},
        {"query": "query a { __typename }", "operationName": LONG},
        {"query": "{ __typename }", "variables": {LONG: LONG}},
        {"query": "{ __typename }", "variables": LONG},
        {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": LONG}}},
        {"query": "{ __typename }", "extensions": {"persistedQuery": {"version": LONG}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": LONG}}},
        {"documentId": LONG},
        {LONG: LONG},
        [LONG],
        LONG,
    ],
)
async def test_nothing_else_of_a_request_is_either(wide: Client, body: Any) -> None:
    response = await wide.http.post("/graphql", json=body)

    assert response.status_code in {200, 400}
    assert told(response) <= MOST


async def test_neither_are_addresses_and_headers(client: Client) -> None:
    text = LONG[:8_000]
    for response in (
        await client.http.get(f"/{text}"),
        await client.http.get("/graphql", params={"query": "{ __typename }", "variables": text, "operationName": text}),
        await client.http.get("/graphql", params={"query": text}),
        await client.http.post("/graphql", content=text, headers={"content-type": "application/json"}),
        await client.http.post("/graphql", content="{}", headers={"content-type": text}),
        await client.http.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": text}),
        await client.http.get("/graphql", params={"query": "{ __typename }"}, headers={"authorization": text}),
        await client.http.get("/", headers={"cookie": f"hub1000_session={text}", "accept-language": text}),
        await client.http.get("/admin", headers={"cookie": f"hub1000_session={text}"}),
    ):
        assert response.status_code < 500
        assert told(response) <= MOST


async def test_an_alias_is_not_repeated_at_length(client: Client) -> None:
    at_the_bound = (await client.post(f"{{ sources {{ {'a' * 100}: id }} }}")).json()
    beyond = (await client.errors(f"{{ sources {{ {'a' * 101}: id }} }}"))[0]

    assert all("a" * 100 in source for source in at_the_bound["data"]["sources"])
    assert beyond["extensions"] == {"code": "DOCUMENT_TOO_COMPLEX", "limit": "name", "allowed": 100, "found": 101}


def test_what_is_quoted_and_what_is_told() -> None:
    assert quoted("x" * MOST_QUOTED) == f'"{"x" * MOST_QUOTED}"'
    assert quoted("x" * (MOST_QUOTED + 1)) == f'"{"x" * MOST_QUOTED}…"'
    assert MOST_QUOTED < MAX_MESSAGE < MOST
