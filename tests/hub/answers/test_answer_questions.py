"""What a request asks, and that two requests have one key only when they ask the same."""

import json
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.answers.documents import PersistedDocuments
from hub.answers.question import Question, asks_nothing, of_body, of_url
from hub.answers.refusal import RequestRefused

QUERY = "query A($a: Int, $b: Int) { a(a: $a, b: $b) } query B { b }"


def body(**parameters: object) -> bytes:
    return json.dumps(parameters).encode()


def posted(raw: bytes) -> Question:
    return of_body(raw, PersistedDocuments())


def key(raw: bytes) -> bytes:
    return posted(raw).key


def test_the_same_question_has_one_key_however_it_is_written() -> None:
    written = [
        body(query=QUERY, variables={"a": 1, "b": {"x": 1, "y": [1, 2]}}, operationName="A"),
        body(operationName="A", variables={"b": {"y": [1, 2], "x": 1}, "a": 1}, query=QUERY),
        b'  {"query":"other","query":%s,"variables":{"a":2,"a":1,"b":{"x":1,"y":[1,2]}},"operationName":"\\u0041"}'
        % json.dumps(QUERY).encode(),
        body(query=QUERY, variables={"a": 1, "b": {"x": 1, "y": [1, 2]}}, operationName="A", extensions={}, more=1),
    ]

    assert len({key(raw) for raw in written}) == 1
    asked = urlencode({"query": QUERY, "variables": '{"b":{"x":1,"y":[1,2]},"a":1}', "operationName": "A"})
    assert of_url(asked.encode(), PersistedDocuments()).key == key(written[0])


def test_questions_that_differ_have_keys_that_differ() -> None:
    written = [
        body(query=QUERY),
        body(query=QUERY + " "),
        body(query=QUERY.upper()),
        body(query=QUERY, operationName="A"),
        body(query=QUERY, operationName="a"),
        body(query=QUERY, operationName="B"),
        body(query=QUERY, operationName=""),
        body(query=QUERY, variables={"operationName": "A"}),
        body(query=QUERY, variables={"a": 1}),
        body(query=QUERY, variables={"A": 1}),
        body(query=QUERY, variables={"a": 1.0}),
        body(query=QUERY, variables={"a": "1"}),
        body(query=QUERY, variables={"a": True}),
        body(query=QUERY, variables={"a": None}),
        body(query=QUERY, variables={"a": [1]}),
        body(query=QUERY, variables={"a": [[1]]}),
        body(query=QUERY, variables={"a": {}}),
        body(query=QUERY, variables={"a": [1, 2]}),
        body(query=QUERY, variables={"a": [2, 1]}),
        body(query=QUERY, variables={"a": "\u00c9"}),
        body(query=QUERY, variables={"a": "E\u0301"}),
        body(query=QUERY, extensions={"explain": True}),
        body(query=QUERY, variables={"a": 1}, extensions={"a": 1}),
    ]

    assert len({key(raw) for raw in written}) == len(written)


def test_no_variables_are_no_variables() -> None:
    written = [body(query=QUERY), body(query=QUERY, variables=None), body(query=QUERY, variables={})]

    assert len({key(raw) for raw in written}) == 1


EXACT = 2**53 - 1
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(-EXACT, EXACT, allow_nan=False)
    | st.text(CHARACTERS, max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(CHARACTERS, max_size=3), inner, max_size=3),
    max_leaves=8,
)
VARIABLES = st.dictionaries(st.text(CHARACTERS, min_size=1, max_size=3), JSON_VALUES, max_size=3)


def turned(value: object) -> object:
    """The same JSON value, the keys of its objects in the other order."""
    if isinstance(value, dict):
        return {name: turned(inner) for name, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


@given(VARIABLES, VARIABLES)
def test_keys_are_equal_exactly_when_variables_are(one: dict[str, object], other: dict[str, object]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (key(body(query=QUERY, variables=one)) == key(body(query=QUERY, variables=other))) == same
    assert key(body(query=QUERY, variables=turned(one))) == key(body(query=QUERY, variables=one))


def test_a_question_by_hash_is_the_question_itself() -> None:
    documents = PersistedDocuments()
    named = {"persistedQuery": {"version": 1, "sha256Hash": sha256(QUERY.encode()).hexdigest()}}
    whole = of_body(body(query=QUERY, extensions=named), documents)

    assert of_body(body(extensions=named), documents).key == whole.key
    assert of_url(urlencode({"extensions": json.dumps(named)}).encode(), documents).key == whole.key
    assert of_body(body(query=QUERY), documents).key == whole.key
    assert of_body(body(extensions=named), documents).request.query == QUERY


def test_a_parameter_that_comes_twice_counts_the_last_time() -> None:
    twice = urlencode([("query", "{ a }"), ("query", QUERY)]).encode()

    asked = of_url(twice, PersistedDocuments())
    assert asked.request.query == QUERY
    assert asked.key == key(body(query=QUERY))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": None},
        {"query": QUERY, "documentId": 1},
        {"query": QUERY, "extensions": {"persistedQuery": 1}},
        {"query": QUERY, "extensions": {"persistedQuery": {}}},
        {"query": QUERY, "extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}},
        {"query": QUERY, "extensions": {"persistedQuery": {"version": 1}}},
        {"query": QUERY, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}},
        {"documentId": "a", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "b"}}},
    ],
)
def test_what_is_no_question(parameters: dict[str, object]) -> None:
    with pytest.raises(RequestRefused) as refused:
        posted(body(**parameters))

    assert (refused.value.status, refused.value.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("value", [b"1e999", b"NaN", b"[" * 300 + b"]" * 300, b'"\\ud800"'])
def test_what_json_cannot_hold_is_refused(value: bytes) -> None:
    with pytest.raises(RequestRefused):
        posted(b'{"query": "{ a }", "variables": {"a": %b}}' % value)


def test_a_visitor_asks_nothing() -> None:
    assert asks_nothing(b"")
    assert asks_nothing(b"utm_source=x")
    for parameter in (b"query=", b"documentId=x", b"a=b&extensions={}"):
        assert not asks_nothing(parameter)
