"""What cannot be served: one error with a code, never a 500, never a traceback; what does not exist is null."""

import base64
import json

import pytest
from hubs import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STRUCTURES = "query ($f: StructureFilter, $o: StructureOrder, $n: Int! = 1, $a: String) { structures(filter: $f, orderBy: $o, first: $n, after: $a) { totalCount pageInfo { endCursor } } }"
DIJON = {"place": {"commune": "21231"}, "sources": ["registry"]}


async def refused(client: Client, query: str, **variables: object) -> dict:
    errors = await client.errors(query, **variables)
    assert len(errors) == 1, errors
    assert errors[0]["extensions"]["code"] in {"BAD_INPUT", "GRAPHQL_VALIDATION_FAILED"}, errors
    return errors[0]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ({"near": {"latitude": 91, "longitude": 5}}, "latitude"),
        ({"near": {"latitude": -90.5, "longitude": 5}}, "latitude"),
        ({"near": {"latitude": 47, "longitude": 181}}, "longitude"),
        ({"near": {"latitude": 47, "longitude": 5, "radiusMeters": 0}}, "radiusMeters"),
        ({"near": {"latitude": 47, "longitude": 5, "radiusMeters": 100_001}}, "radiusMeters"),
        ({"near": {"latitude": 48.9, "longitude": 2.3, "radiusMeters": 100_000}}, "communes"),
        ({"bbox": {"south": 48, "west": 5, "north": 47, "east": 6}}, "south"),
        ({"bbox": {"south": 47, "west": 7, "north": 48, "east": 6}}, "west"),
        ({"bbox": {"south": 40, "west": -5, "north": 51, "east": 10}}, "communes"),
        ({"bbox": {"south": -91, "west": 5, "north": 47, "east": 6}}, "latitude"),
        ({"commune": "99999"}, "99999"),
        ({"commune": "2123"}, "INSEE"),
        ({"commune": "21231 "}, "INSEE"),
        ({"postalCode": "99999"}, "99999"),
        ({"postalCode": "2100A"}, "postal code"),
        ({"departement": "20"}, "20"),
        ({"departement": ""}, "département"),
        ({"region": "00"}, "00"),
        ({"region": "27"}, "annuaire_sante"),
        ({"commune": "21231", "postalCode": "21000"}, "one"),
        ({}, "one"),
        ({"commune": None}, "non-null"),
    ],
)
async def test_places(client: Client, place: dict, says: str) -> None:
    error = await refused(client, STRUCTURES, f={"place": place})

    assert says.lower() in error["message"].lower()
    assert client.sandbox.annuaire_sante.faults.count() == 0, "nothing was asked"


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1, -(2**31)])
async def test_page_sizes(client: Client, first: int) -> None:
    error = await refused(client, STRUCTURES, f=DIJON, n=first)

    assert error["message"] == f"first: between 1 and 100, not {first}"


@pytest.mark.parametrize("field", ["actions(first: 0)", "priority(code: EVEILLER) { actions(first: 101) }"])
async def test_page_sizes_of_actions(client: Client, field: str) -> None:
    selection = field.replace("actions(first: 0)", "actions(first: 0) { totalCount }").replace(
        "actions(first: 101)", "actions(first: 101) { totalCount }"
    )

    await refused(client, "{" + selection + "}")


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "x", "????", "é", " ", "a" * 1999, cursor(), cursor("abc"), cursor("abc", 1, "n", "i"), cursor(None, None),
        cursor([], {}), "bnVsbA", base64.urlsafe_b64encode(b"\xff\xff").decode(),
    ],
)  # fmt: skip
async def test_cursors_that_are_not_ours(client: Client, after: str) -> None:
    error = await refused(client, STRUCTURES, f=DIJON, a=after)

    assert error["message"].startswith("after: ")


async def test_a_cursor_of_another_question(client: Client) -> None:
    data = await client.ask(STRUCTURES, f={"sources": ["registry"]}, n=2)
    after = data["structures"]["pageInfo"]["endCursor"]

    error = await refused(client, STRUCTURES, f={"sources": ["registry"]}, o="UPDATED", a=after)

    assert "another question" in error["message"]
    again = await client.ask(STRUCTURES, f={"sources": ["registry", "registry"]}, n=2, a=after)
    assert again["structures"]["pageInfo"]["endCursor"] != after


async def test_a_cursor_whose_values_were_changed(client: Client) -> None:
    data = await client.ask(STRUCTURES, f={"sources": ["registry"]}, n=2)
    own = data["structures"]["pageInfo"]["endCursor"]
    mark = json.loads(base64.urlsafe_b64decode(own + "=" * (-len(own) % 4)))[0]

    for values in ([1, "id"], ["name"], ["name", "id", "more"], ["name", 3]):
        await refused(client, STRUCTURES, f={"sources": ["registry"]}, a=cursor(mark, *values))


@given(after=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
async def test_any_text_as_a_cursor(client: Client, after: str) -> None:
    if after:
        await refused(client, STRUCTURES, f={"sources": ["registry"]}, a=after)


@pytest.mark.parametrize(
    ("filter_", "order", "says"),
    [
        ({"sources": ["nowhere"]}, None, "nowhere"),
        ({"text": "x" * 201}, None, "200"),
        ({"sources": ["registry"]}, "DISTANCE", "place"),
        ({"sources": ["registry"]}, "RELEVANCE", "text"),
        ({"priorities": ["DORMIR"]}, None, "DORMIR"),
        ({"openAt": "2026-01-31T09:00:00"}, None, "offset"),
        ({"openAt": "yesterday"}, None, "offset"),
        ({"unknown": 1}, None, "unknown"),
    ],
)
async def test_filters(client: Client, filter_: dict, order: str | None, says: str) -> None:
    assert says in (await refused(client, STRUCTURES, f=filter_, o=order))["message"]


async def test_filters_nested_too_deep_or_too_many(client: Client) -> None:
    deep: dict = {"registered": True}
    for _ in range(6):
        deep = {"not": deep}
    for filter_ in (deep, {"or": [{"registered": True}] * 60}):
        assert "nested" in (await refused(client, STRUCTURES, f=filter_))["message"]


@pytest.mark.parametrize(
    "arguments",
    ["", '(id: "registry--udaf-71", identifier: { siret: "12345678900011" })'],
)
async def test_structure_wants_exactly_one_way(client: Client, arguments: str) -> None:
    error = await refused(client, "{ structure" + arguments + " { id } }")

    assert "exactly one" in error["message"]


@pytest.mark.parametrize(
    "identifier",
    [
        '{ siret: "1" }', '{ finess: "12" }', '{ rpps: "A" }', "{ }", '{ siret: "12345678900011", rpps: "12345678901" }',
        '{ key: { source: "registry" } }',
    ],
)  # fmt: skip
async def test_identifiers_of_a_wrong_form(client: Client, identifier: str) -> None:
    await refused(client, "{ structure(identifier: " + identifier + ") { id } }")


@pytest.mark.parametrize(
    "field",
    [
        'node(id: "nowhere--1")', 'node(id: "")', 'node(id: "registry--nobody")', 'node(id: "monenfant--0")',
        'node(id: "annuaire_sante--finess-000000000")', 'node(id: "action--registry--none")', 'node(id: "action--x")',
        'node(id: "--")', 'node(id: "a--")', 'structure(id: "registry")', 'structure(id: "action--registry--x")',
        'structure(identifier: { siret: "00000000000000" })', 'structure(identifier: { finess: "000000000" })',
        'structure(identifier: { rpps: "00000000000" })', 'source(id: "nowhere")',
        'structure(identifier: { key: { source: "nowhere", key: "1" } })',
        'structure(identifier: { key: { source: "A B", key: "" } })',
    ],
)  # fmt: skip
async def test_what_does_not_exist_is_null_without_an_error(client: Client, field: str) -> None:
    data = await client.ask("{ found: " + field + " { id } }")

    assert data == {"found": None}


async def test_too_many_nodes(client: Client) -> None:
    error = await refused(client, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["registry"] * 101)

    assert error["message"] == "ids: at most 100, not 101"


async def test_provenance_of_a_field_that_there_is_not(client: Client) -> None:
    error = await refused(
        client, '{ node(id: "registry--udaf-71") { ... on Structure { provenance(fields: ["age"]) { field } } } }'
    )

    assert '"age"' in error["message"]


@pytest.mark.parametrize(
    "arguments", ["", '(name: "!")', f'(name: "{"a" * 201}")', '(first: 0, name: "Dijon")', '(first: 101, code: "21")']
)
async def test_territories(client: Client, arguments: str) -> None:
    await refused(client, "{ territories" + arguments + " { name } }")
