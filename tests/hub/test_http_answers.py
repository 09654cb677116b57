"""Answers over HTTP: kept and not kept, told to caches, compressed, asked by hash; and never somebody else's."""

import gzip
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from hubs import Client, configuration, in_process, site

from connectors.sandbox.faults import Fault
from hub.composition import open_hub
from hub.config import ConfigError
from hub.graphql_http import MAX_BODY
from resolvers.access import Role

JSON = {"accept": "application/json", "accept-encoding": "identity"}
PRIORITIES = "{ priorities { code rank text } }"
SOURCES = "{ sources { id } }"
COMMUNE = """query ($insee: InseeCode!) {
  structures(filter: { place: { commune: $insee } }, first: 100) { nodes { id name } coverage { source { id } status } }
}"""
MUTATION = 'mutation { linkRecords(input: { a: "%s", b: "%s" }) { ... on LinkDecided { link { id } } ... on LinkRefused { code } } }'


async def get(client: Client, query: str, headers: Mapping[str, str] = {}, **parameters: str) -> httpx.Response:
    return await client.http.get("/graphql", params={"query": query, **parameters}, headers={**JSON, **headers})


def max_age(response: httpx.Response) -> int:
    """For how many seconds anybody may keep it."""
    return int(response.headers["cache-control"].removeprefix("public, max-age="))


def counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that are executed from now on."""
    from hub.execution import Engine

    executed: list[str] = []
    execute = Engine.execute

    async def note(self: Engine, prepared: Any, request: Any, *rest: Any) -> Any:
        executed.append(request.query)
        return await execute(self, prepared, request, *rest)

    monkeypatch.setattr(Engine, "execute", note)
    return executed


async def test_an_answer_is_made_once_for_all_who_ask_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    executed = counted(client, monkeypatch)

    posted = await client.http.post("/graphql", json={"query": PRIORITIES}, headers=JSON)
    again = await client.http.post("/graphql", json={"query": PRIORITIES, "variables": {}}, headers=JSON)
    got = await get(client, PRIORITIES)

    assert posted.content == again.content == got.content
    assert executed == [PRIORITIES]


async def test_variables_in_any_order_are_one_question_and_other_ones_are_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed = counted(client, monkeypatch)
    query = (
        "query ($a: PriorityCode!, $b: PriorityCode!) { a: priority(code: $a) { code } b: priority(code: $b) { code } }"
    )
    told = []
    for variables in ('{"a":"EVEILLER","b":"PARTAGER_ET_SOUFFLER"}', '{"b":"PARTAGER_ET_SOUFFLER","a":"EVEILLER"}',
                      '{"a":"PARTAGER_ET_SOUFFLER","b":"EVEILLER"}', '{"a":"x","a":"EVEILLER","b":"PARTAGER_ET_SOUFFLER"}'):  # fmt: skip
        body = f'{{"query": {json.dumps(query)}, "variables": {variables}}}'
        response = await client.http.post(
            "/graphql", content=body, headers={**JSON, "content-type": "application/json"}
        )
        told.append(response.json()["data"])

    first = {"a": {"code": "EVEILLER"}, "b": {"code": "PARTAGER_ET_SOUFFLER"}}
    assert told == [first, first, {"a": first["b"], "b": first["a"]}, first]
    assert len(executed) == 2


async def test_an_operation_is_not_given_the_answer_of_another(client: Client) -> None:
    query = "query A { a: __typename } query a { b: __typename }"

    for name, expected in (("A", {"a": "Query"}), ("a", {"b": "Query"}), ("A", {"a": "Query"})):
        assert (await get(client, query, operationName=name)).json() == {"data": expected}
    assert "errors" in (await get(client, query)).json()
    assert "errors" in (await get(client, query, operationName="")).json()


async def test_what_caches_are_told(client: Client) -> None:
    first = await get(client, PRIORITIES)
    again = await get(client, PRIORITIES, {"if-none-match": first.headers["etag"]})
    other = await get(client, PRIORITIES, {"if-none-match": '"another"'})
    posted = await client.http.post("/graphql", json={"query": PRIORITIES}, headers=JSON)

    assert 290 <= max_age(first) <= 300
    assert first.headers["vary"] == "accept, accept-encoding, authorization"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert max_age(again) <= max_age(first)
    assert "content-length" not in again.headers
    assert (other.status_code, other.content) == (200, first.content)
    assert posted.headers["cache-control"] == "no-store"
    assert "etag" not in posted.headers


async def test_head_tells_what_get_would(client: Client) -> None:
    head = await client.http.head("/graphql", params={"query": PRIORITIES}, headers=JSON)
    got = await get(client, PRIORITIES)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "query",
    ["{ nothing }", "{", 'query { structures(filter: { sources: ["nobody"] }) { totalCount } }'],
)
async def test_errors_are_not_kept(client: Client, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    executed = counted(client, monkeypatch)
    for _ in range(2):
        response = await get(client, query)
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        assert "errors" in response.json()

    assert len(executed) in {0, 2}


async def test_media_types_share_bytes_and_not_tags(client: Client) -> None:
    json_ = await get(client, PRIORITIES)
    graphql = await get(client, PRIORITIES, {"accept": "application/graphql-response+json"})

    assert json_.content == graphql.content
    assert graphql.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert json_.headers["etag"] != graphql.headers["etag"]
    crossed = await get(
        client,
        PRIORITIES,
        {"accept": "application/graphql-response+json", "if-none-match": json_.headers["etag"]},
    )
    assert crossed.status_code == 200


async def test_codings(client: Client) -> None:
    plain = await get(client, PRIORITIES)
    for accepted, decode in (("gzip", gzip.decompress), ("gzip;q=0.5, zstd", zstandard.ZstdDecompressor().decompress)):
        async with client.http.stream(
            "GET", "/graphql", params={"query": PRIORITIES}, headers={**JSON, "accept-encoding": accepted}
        ) as response:
            raw = b"".join([part async for part in response.aiter_raw()])
        assert response.headers["content-encoding"] in accepted
        assert response.headers["content-length"] == str(len(raw))
        assert response.headers["etag"] != plain.headers["etag"]
        assert decode(raw) == plain.content
    assert "content-encoding" not in plain.headers
    small = await get(client, "{ __typename }", {"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers


@pytest.fixture
async def moderated(tmp_path: Path) -> AsyncIterator[Client]:
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        yield client


async def test_roles_never_share_an_answer(moderated: Client) -> None:
    query = "{ linkSuggestions { nodes { link { id } } } }"
    anonymous = {"authorization": ""}
    token = {"authorization": moderated.http.headers.pop("authorization")}

    for _ in range(2):
        allowed = await get(moderated, query, token)
        refused = await get(moderated, query)
        assert "errors" not in allowed.json()
        assert allowed.headers["cache-control"] == "no-store"
        assert "etag" not in allowed.headers
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    for wrong in (anonymous, {"authorization": "Bearer nobody"}):
        response = await get(moderated, PRIORITIES, wrong)
        assert (response.status_code, response.headers["cache-control"]) == (401, "no-store")


async def test_two_authorization_lines_are_nobodys(moderated: Client) -> None:
    key = moderated.http.headers.pop("authorization")
    lines = [("authorization", key), ("authorization", "Bearer x"), ("accept", "application/json")]
    for headers in (lines, [lines[1], lines[0], lines[2]]):
        response = await moderated.http.get("/graphql", params={"query": PRIORITIES}, headers=headers)
        assert response.status_code == 401


async def test_a_link_shows_at_once_in_what_was_kept(moderated: Client) -> None:
    token = moderated.http.headers.pop("authorization")
    variables = {"insee": "21231"}
    for _ in range(3):  # the first question may itself make links
        before = (await moderated.post(COMMUNE, variables)).json()["data"]["structures"]
    assert {c["status"] for c in before["coverage"]} == {"COMPLETE"}
    ids = [node["id"] for node in before["nodes"]]
    a = next(id_ for id_ in ids if id_.startswith("annuaire_sante--"))
    b = next(id_ for id_ in ids if id_.startswith("registry_sandbox--"))

    answer = await moderated.http.post("/graphql", json={"query": MUTATION % (a, b)}, headers={"authorization": token})
    assert "link" in answer.json()["data"]["linkRecords"], answer.text
    after = (await moderated.post(COMMUNE, variables)).json()["data"]["structures"]

    assert len(after["nodes"]) == len(before["nodes"]) or ids != [node["id"] for node in after["nodes"]]
    assert not {a, b} <= {node["id"] for node in after["nodes"]}


async def test_mutations_are_never_kept(moderated: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    executed = counted(moderated, monkeypatch)
    for _ in range(2):
        response = await moderated.http.post("/graphql", json={"query": MUTATION % ("x", "y")})
        assert response.headers["cache-control"] == "no-store"

    assert len(executed) == 2


async def test_what_is_missing_is_asked_again_soon(client: Client) -> None:
    client.sandbox.annuaire_sante.faults.now = Fault(status=503)
    response = await get(client, COMMUNE, variables='{"insee": "21231"}')

    statuses = {c["source"]["id"]: c["status"] for c in response.json()["data"]["structures"]["coverage"]}
    assert statuses["annuaire_sante"] == "UNAVAILABLE"
    assert max_age(response) <= 2


async def test_persisted_queries(client: Client) -> None:
    hash_ = sha256(PRIORITIES.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    by_hash = {"extensions": json.dumps(extensions)}

    unknown = await client.http.get("/graphql", params=by_hash, headers=JSON)
    assert unknown.status_code == 200
    assert unknown.headers["cache-control"] == "no-store"
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    wrong = await client.http.post("/graphql", json={"query": SOURCES, "extensions": extensions}, headers=JSON)
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_HASH_MISMATCH"}
    whole = await client.http.post("/graphql", json={"query": PRIORITIES, "extensions": extensions}, headers=JSON)
    assert whole.status_code == 200

    known = await client.http.get("/graphql", params=by_hash, headers={**JSON, "accept": "text/html, */*"})
    assert known.content == whole.content
    assert 290 <= max_age(known) <= 300
    posted = await client.http.post("/graphql", json={"extensions": extensions}, headers=JSON)
    assert posted.content == whole.content


async def test_trusted_documents(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"priorities": PRIORITIES}))
    config = configuration(tmp_path, f'[server]\ntrusted_documents = "{manifest}"\n')
    hub = open_hub(config)
    transport = httpx.ASGITransport(site(hub))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=JSON) as http:
        trusted = [
            await http.post("/graphql", json={"documentId": "priorities"}),
            await http.get("/graphql", params={"documentId": "priorities"}),
            await http.post("/graphql", json={"query": PRIORITIES}),
        ]
        others = [
            await http.post("/graphql", json={"query": SOURCES}),
            await http.post("/graphql", json={"query": PRIORITIES + "#"}),
            await http.get("/graphql", params={"query": "{ __schema { types { name } } }"}),
            await http.get("/graphql", params={"documentId": "others"}),
        ]
    await hub.aclose()

    assert len({response.content for response in trusted}) == 1
    assert {response.status_code for response in trusted} == {200}
    for response in others:
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"] == {"code": "DOCUMENT_NOT_TRUSTED"}


async def test_a_manifest_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    config = configuration(tmp_path, '[server]\ntrusted_documents = "nowhere.json"\n')
    hub = open_hub(config)

    with pytest.raises(ConfigError, match=r"server.trusted_documents: nowhere\.json"):
        site(hub)
    await hub.aclose()


async def test_without_room_every_answer_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = open_hub(configuration(tmp_path, "[server]\nanswer_cache_megabytes = 0\n"))
    transport = httpx.ASGITransport(site(hub))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=JSON) as http:
        client = Client(http, hub, hub.sandbox)
        executed = counted(client, monkeypatch)
        for _ in range(2):
            response = await get(client, PRIORITIES)
            assert max_age(response) >= 290, "others may keep it still"
    await hub.aclose()

    assert len(executed) == 2


async def test_other_paths_and_methods(client: Client) -> None:
    refused = await client.http.delete("/graphql")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert refused.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    slash = await client.http.post("/graphql/", json={"query": "{ __typename }"})
    assert slash.json() == {"data": {"__typename": "Query"}}


async def messages(client: Client, scope: dict[str, Any], *received: dict[str, Any]) -> list[dict[str, Any]]:
    """What the application sends when it is told this, straight over ASGI."""
    waiting, sent = list(received), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    whole = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
        "headers": [(b"host", b"hub"), (b"content-type", b"application/json")],
    }  # fmt: skip
    await site(client.hub)({**whole, **scope}, receive, send)
    return sent


async def test_a_body_in_parts_and_one_that_never_ends(client: Client) -> None:
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in (b'{"query":', b'"{ __typename }"')]
    whole = await messages(client, {}, *parts, {"type": "http.request", "body": b"}", "more_body": False})
    assert whole[1]["body"] == b'{"data":{"__typename":"Query"}}'

    endless = [{"type": "http.request", "body": b" " * MAX_BODY, "more_body": True} for _ in range(2)]
    refused = await messages(client, {}, *endless)
    assert refused[0]["status"] == 413


async def test_a_client_that_goes_away_is_not_answered(client: Client) -> None:
    assert await messages(client, {}, {"type": "http.disconnect"}) == []
    part = {"type": "http.request", "body": b"{", "more_body": True}
    assert await messages(client, {}, part, {"type": "http.disconnect"}) == []
