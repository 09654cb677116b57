"""GraphQL over HTTP: what the audit suite does not look at."""

import json
from pathlib import Path

import httpx
import pytest
from hubs import Client

from hub.graphql_http import MAX_BODY

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
TYPENAME = '{"query": "{ __typename }"}'


async def send(
    client: Client, content: str | bytes, content_type: str | None = JSON, accept: str = JSON
) -> httpx.Response:
    headers = {"accept": accept, **({"content-type": content_type} if content_type else {})}
    return await client.http.post("/graphql", content=content, headers=headers)


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (TYPENAME, JSON, 200),
        (TYPENAME, "Application/JSON; Charset=UTF8", 200),
        (TYPENAME, "application/json; charset=latin-1", 415),
        (TYPENAME, "text/plain", 415),
        (TYPENAME, "application/x-www-form-urlencoded", 415),
        (TYPENAME, None, 415),
        ("", JSON, 400),
        ("[]", JSON, 400),
        (f"[{TYPENAME}]", JSON, 400),
        ("null", JSON, 400),
        ("{}", JSON, 400),
        ('{"query": ""}', JSON, 400),
        ('{"query": 1}', JSON, 400),
        ('{"query": "{ __typename }", "variables": []}', JSON, 400),
        ('{"query": "{ __typename }", "variables": null, "operationName": null, "extensions": null}', JSON, 200),
        ('{"query": "{ __typename }", "operationName": 1}', JSON, 400),
        ('{"query": "{ __typename }", "extensions": []}', JSON, 400),
        ('{"query": "{ __typename }", "variables": {"a": NaN}}', JSON, 400),
        (b'{"query": "\xff"}', JSON, 400),
        ("[" * 100_000, JSON, 400),
        (json.dumps({"query": "{ __typename }", "more": "x" * MAX_BODY}), JSON, 413),
    ],
)
async def test_requests(client: Client, content: str | bytes, content_type: str | None, status: int) -> None:
    response = await send(client, content, content_type)

    assert response.status_code == status
    if status == 200:
        assert response.json() == {"data": {"__typename": "Query"}}
    else:
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (JSON, JSON), (RESPONSE, RESPONSE), ("*/*", JSON), ("application/*", JSON), ("", JSON),
        (f"{JSON};q=0.5, {RESPONSE}", RESPONSE), (f"{RESPONSE};q=0, */*", JSON), ("text/html, */*;q=0.1", JSON),
        (f"{RESPONSE}, {JSON}", RESPONSE), (f"{JSON}; charset=utf-8", JSON), (f"x;q=y, {JSON}", JSON),
        ("text/html", None), ("application/xml", None), (f"{JSON};q=0", None),
    ],
)  # fmt: skip
async def test_media_types(client: Client, accept: str, media_type: str | None) -> None:
    response = await send(client, TYPENAME, accept=accept)

    assert response.status_code == (200 if media_type else 406)
    assert response.headers["content-type"] == f"{media_type or JSON}; charset=utf-8"
    assert response.headers["vary"] == "accept, accept-encoding, authorization"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{" * 10_000, "GRAPHQL_PARSE_FAILED"),
        ("{ a: " * 300 + "b" + "}" * 300, "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a " * 6000 + "}", "DOCUMENT_TOO_COMPLEX"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "BAD_INPUT"),
        ("query ($n: Int!) { structures(first: $n) { totalCount } }", "BAD_INPUT"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_request_errors_have_a_code_and_no_data(client: Client, query: str, code: str) -> None:
    for accept, status in ((JSON, 200), (RESPONSE, 400)):
        response = await send(client, json.dumps({"query": query}), accept=accept)
        assert response.status_code == status
        body = response.json()
        assert "data" not in body
        assert {error["extensions"]["code"] for error in body["errors"]} == {code}


async def test_get(client: Client) -> None:
    parameters = {
        "query": "query A($c: PriorityCode!) { priority(code: $c) { rank } } query B { __typename }",
        "operationName": "A",
        "variables": '{"c": "EVEILLER"}',
        "extensions": "{}",
    }
    assert (await client.http.get("/graphql", params=parameters)).json() == {"data": {"priority": {"rank": 6}}}

    for name, value in (("variables", "{"), ("variables", "[]"), ("extensions", "1")):
        assert (await client.http.get("/graphql", params={**parameters, name: value})).status_code == 400
    assert (await client.http.get("/graphql")).status_code == 400


async def test_get_never_runs_a_mutation(client: Client) -> None:
    query = "query A { __typename } mutation B { __typename }"

    response = await client.http.get("/graphql", params={"query": query, "operationName": "B"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert (await client.http.get("/graphql", params={"query": query, "operationName": "A"})).status_code == 200
    assert (await send(client, '{"query": "mutation { __typename }"}')).json() == {"data": {"__typename": "Mutation"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods(client: Client, method: str) -> None:
    assert (await client.http.request(method, "/graphql")).status_code == 405


async def test_a_browser_gets_graphiql_and_a_query_gets_its_answer(client: Client) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    page = await client.http.get("/graphql", headers=browser)
    answer = await client.http.get("/graphql", params={"query": "{ __typename }"}, headers=browser)

    assert page.headers["content-type"].startswith("text/html")
    assert "GraphiQL" in page.text
    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_what_we_did_not_foresee_is_masked_and_logged(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(type(client.hub.federation), "asked", fail)

    response = await client.post("{ structures { totalCount } priorities { rank } }")

    assert response.status_code == 200
    assert "secret" not in response.text
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["id"] in caplog.text
    assert "the secret of the house" in caplog.text


async def test_one_failure_of_many_fields_is_logged_once(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(type(client.hub.federation.linker), "around", fail)

    response = await client.post('{ a: node(id: "registry--a") { id } b: node(id: "registry--b") { id } }')

    errors = response.json()["errors"]
    assert [error["path"] for error in errors] == [["a"], ["b"]]
    assert len({error["extensions"]["id"] for error in errors}) == 1
    assert caplog.text.count("internal error") == 1


async def test_a_long_document_is_served_but_not_kept(client: Client) -> None:
    query = "{ __typename }" + "#" * 20_000

    for _ in range(2):
        assert (await client.ask(query)) == {"__typename": "Query"}


async def test_the_schema_is_served_as_committed(client: Client) -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"

    assert (await client.http.get("/schema.graphql")).text == committed.read_text(encoding="utf-8")
