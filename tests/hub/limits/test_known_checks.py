"""What scanners of GraphQL servers look for (the checks of graphql-cop), as regression tests of the default bounds.

Three things that they report are meant here, and tested for what makes them harmless: queries by GET (caches may keep
them; a mutation never runs), introspection (the API is public) and GraphiQL (its own scripts only).
"""

from typing import Any

import pytest
from hubs import Client, in_process

from hub.limits.document import MAX_ERRORS
from resolvers.access import Role

MUTATION = 'mutation { unlinkRecords(id: "1", reason: "r") { __typename } }'


async def limit(client: Client, query: str) -> str:
    """The bound that a document goes beyond."""
    [error] = await client.errors(query)
    return error["extensions"]["limit"]


async def test_alias_overloading(client: Client) -> None:
    aliases = " ".join(f"alias{n}: __typename" for n in range(101))

    assert await limit(client, f"query cop {{ {aliases} }}") == "aliases"


async def test_aliases_in_fragments_count_once_and_cost_as_often_as_they_are_spread(client: Client) -> None:
    fields = " ".join(f"a{n}: sources {{ id }}" for n in range(40))
    spreads = " ".join(f"p{n}: priority(code: EVEILLER) {{ ...f }}" for n in range(5))

    assert (
        await limit(client, f"{{ {fields} b: sources {{ id }} {spreads} }} fragment f on Priority {{ {aliased(5)} }}")
        == "aliases"
    )
    assert (await client.post(f"{{ {spreads} }} fragment f on Priority {{ {aliased(5)} }}")).json()["data"]["p0"]["a4"]


def aliased(count: int) -> str:
    return " ".join(f"a{n}: label" for n in range(count))


@pytest.mark.parametrize("count", [1, 2, 10, 1000])
async def test_array_based_batching(client: Client, count: int) -> None:
    response = await client.http.post("/graphql", json=[{"query": "query cop { __typename }"}] * count)

    assert response.status_code == 400
    assert response.json().keys() == {"errors"}


async def test_directive_overloading(client: Client) -> None:
    ten = await client.errors(f"query cop {{ __typename {'@aa' * 10} }}")

    assert len(ten) == MAX_ERRORS + 1 < 10, "they are not answered one by one"
    assert await limit(client, f"query cop {{ __typename {'@aa' * 51} }}") == "directives"
    repeated = await client.errors(f"query cop {{ __typename {'@include(if: true)' * 40} }}")
    assert len(repeated) <= MAX_ERRORS + 1


async def test_field_duplication(client: Client) -> None:
    response = (await client.post(f"query cop {{ {'__typename ' * 500} }}")).json()

    assert response.keys() == {"errors"}


@pytest.mark.parametrize("rounds", [3, 4, 6])
async def test_circular_introspection(client: Client, rounds: int) -> None:
    query = "{ __schema { types { " + "fields { type { " * rounds + "name" + " } }" * rounds + " } } }"

    response = (await client.post(query)).json()

    assert response.keys() == {"errors"}


async def test_circular_fragments(client: Client) -> None:
    query = "query { ...A } fragment A on Query { __typename ...B } fragment B on Query { __typename ...A }"

    [error] = await client.errors(query)

    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "query", ["{ __schema { directive } }", "{ structure(ident: 1) { id } }", "{ priority(code: EVEILER) { label } }"]
)
async def test_field_suggestions(client: Client, query: str) -> None:
    assert "did you mean" not in (await client.post(query)).text.lower()


@pytest.mark.parametrize(
    "body",
    [
        {"query": "query cop { __typename }"},
        {"query": "query cop { __typename }", "extensions": {"tracing": True, "ftv1": True}},
        {"query": "qwerty cop { abc }"},
        {"query": 'query cop { structure(id: "nobody--1") { id } }'},
    ],
)
async def test_trace_mode_and_unhandled_errors(client: Client, body: dict[str, Any]) -> None:
    response = await client.http.post(
        "/graphql", json=body, headers={"apollo-federation-include-trace": "ftv1", "x-apollo-tracing": "1"}
    )

    for word in ("tracing", "ftv1", "exception", "stacktrace", "traceback"):
        assert word not in response.text.lower()


async def test_a_mutation_by_get(client: Client) -> None:
    for method in ("GET", "HEAD"):
        response = await client.http.request(method, "/graphql", params={"query": MUTATION})
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
    both = {"query": f"query a {{ __typename }} {MUTATION.replace('mutation', 'mutation b')}", "operationName": "b"}
    assert (await client.http.get("/graphql", params=both)).status_code == 405


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"query": MUTATION}},
        {"data": {"query": "query cop { __typename }"}},
        {"params": {"query": "query cop { __typename }"}},
        {"params": {"query": MUTATION}, "headers": {"content-type": "text/plain"}},
        {"content": f'{{"query": "{MUTATION}"}}'.encode(), "headers": {"content-type": "text/plain"}},
        {"content": b'{"query": "{ __typename }"}', "headers": {"content-type": "application/json-x"}},
        {"content": b'{"query": "{ __typename }"}'},
        {"files": {"operations": (None, '{"query": "{ __typename }"}'), "map": (None, "{}")}},
    ],
)
async def test_a_form_of_another_site(client: Client, sent: dict[str, Any]) -> None:
    """What a browser sends without asking first (CORS simple requests) is not served, whatever it says."""
    response = await client.http.post("/graphql", **sent)

    assert response.status_code == 415
    assert "data" not in response.json()


async def test_a_browser_never_sends_what_makes_a_moderator(tmp_path) -> None:
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        key = client.http.headers.pop("authorization").removeprefix("Bearer ")
        own = {"origin": "http://hub", "sec-fetch-site": "same-origin"}
        logged_in = await client.http.post("/login", data={"key": key}, headers=own)
        assert logged_in.cookies or client.http.cookies, "there is a session"

        for site in ("cross-site", "same-site", "none"):
            response = await client.http.post(
                "/graphql", json={"query": MUTATION}, headers={"origin": "https://evil.example", "sec-fetch-site": site}
            )
            [error] = response.json()["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_introspection_is_bounded(client: Client) -> None:
    once = "__schema { types { name fields { name args { name } } } }"

    assert (await client.post(f"{{ {once} }}")).json()["data"]
    assert await limit(client, "{ " + " ".join(f"a{n}: {once}" for n in range(20)) + " }") == "cost"


async def test_graphiql_is_ours_and_nowhere_else(client: Client) -> None:
    page = await client.http.get("/graphql", headers={"accept": "text/html"})

    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "https://" not in policy
    for path in ("/graphiql", "/playground", "/console", "/altair", "/v1/graphql"):
        assert (await client.http.get(path, headers={"accept": "text/html"})).status_code == 404
