"""The cost of documents: lists multiply, pages say how much, whoever says it."""

import pytest
from graphql import build_schema as schema_of
from graphql import parse

from hub.limits.cost import MAX_PAGE, WEIGHTS, DocumentCost
from hub.limits.document import DocumentGuard
from hub.limits.settings import DocumentLimits
from resolvers.federation.paging import MAX_FIRST
from resolvers.query import MAX_NODES
from resolvers.schema import build_schema

SCHEMA = schema_of(
    """
    type Query { item: Item items: [Item!]! page(first: Int! = 20, after: String): ItemConnection! nodes(ids: [ID!]!): [Item]! some(first: Int): [Item] }
    type ItemConnection { nodes: [Item!]! edges: [Edge!]! total: Int coverage: [Item!]! }
    type Edge { node: Item! }
    type Item { id: ID names: [String!]! parent: Item children: [Item!]! page(first: Int! = 20): ItemConnection! }
    """
)
GUARD = DocumentGuard(SCHEMA, DocumentLimits(cost=10**12, depth=100, list_size=10))


def cost(source: str, operation: str | None = None, **variables: object) -> int:
    return costs(source).of(operation, variables)


def costs(source: str) -> DocumentCost:
    return GUARD.measure(parse(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{ item { id } }", 2),
        ("{ item { id names parent { id } } }", 5),
        # a list without a size: ten entries, each itself and what is selected of it
        ("{ items { id } }", 1 + 10 * 2),
        ("{ items { children { id } } }", 1 + 10 * (1 + 1 + 10 * 2)),
        # the field's own default, a literal, a literal beyond what is served, nonsense
        ("{ page { nodes { id } } }", 1 + 1 + 20 * 2),
        ("{ page(first: 3) { nodes { id } } }", 1 + 1 + 3 * 2),
        ("{ page(first: 99999999999) { nodes { id } } }", 1 + 1 + MAX_PAGE * 2),
        ("{ page(first: -3) { nodes { id } } }", 1 + 1),
        ("{ page(first: X) { nodes { id } } }", 1 + 1 + 20 * 2),
        # nodes and edges have the page's size; what else is a list has not
        ("{ page(first: 3) { edges { node { id } } total } }", 1 + 1 + 3 * 3 + 1),
        ("{ page(first: 3) { coverage { id } } }", 1 + 1 + 10 * 2),
        ("{ page(first: 3) { nodes { page(first: 4) { nodes { id } } } } }", 1 + 1 + 3 * (1 + 1 + 1 + 4 * 2)),
        # pages also reach through fragments
        (
            "{ page(first: 3) { ...f } p: page(first: 5) { ...f } } fragment f on ItemConnection { ...g } fragment g on ItemConnection { nodes { id } }",
            1 + 1 + 3 * 2 + 1 + 1 + 5 * 2,
        ),
        ("{ page(first: 3) { ... { nodes { id } } } }", 1 + 1 + 3 * 2),
        # a list that is given says its size, and so does a list without a page
        ('{ nodes(ids: ["a", "b"]) { id } }', 1 + 2 * 2),
        ("{ some(first: 4) { id } }", 1 + 4 * 2),
        ("{ some { id } }", 1 + 10 * 2),
    ],
)
def test_literals(source: str, expected: int) -> None:
    assert cost(source) == expected


def test_variables_wherever_they_say_a_size() -> None:
    source = "query ($n: Int! = 7, $ids: [ID!]!) { page(first: $n) { nodes { page(first: $n) { nodes { id } } } } nodes(ids: $ids) { id } }"

    def expected(n: int, ids: int) -> int:
        return 1 + 1 + n * (1 + 1 + 1 + n * 2) + 1 + ids * 2

    assert cost(source, n=3, ids=["a", "b"]) == expected(3, 2)
    assert cost(source, ids=[]) == expected(7, 0)
    assert cost(source, n=0, ids=[]) == expected(0, 0)
    assert cost(source, n=10**30, ids=["a"] * 1000) == expected(MAX_PAGE, MAX_PAGE)


@pytest.mark.parametrize("nonsense", [None, "3", 3.5, True, {}])
def test_a_variable_that_execution_will_refuse_counts_as_the_default(nonsense: object) -> None:
    assert cost("query ($n: Int) { page(first: $n) { nodes { id } } }", n=nonsense) == 1 + 1 + 20 * 2


def test_a_default_of_the_operation_goes_for_its_fragments_too() -> None:
    source = "query A($n: Int = 2) { ...f } query B($n: Int = 5) { ...f } fragment f on Query { page(first: $n) { nodes { id } } }"

    assert cost(source, "A") == 1 + 1 + 2 * 2
    assert cost(source, "B") == 1 + 1 + 5 * 2
    assert cost(source, "B", n=1) == 1 + 1 + 1 * 2


def test_an_operation_that_is_not_there_costs_nothing() -> None:
    both = costs("query A { item { id } } query B { __typename }")

    assert both.of("A", None) == 2
    assert both.of("C", None) == both.of(None, None) == 0
    assert costs("{ item { id } }").of(None, None) == 2


def test_introspection_costs_by_the_size_of_the_schema() -> None:
    names = cost("{ __schema { types { name } } }")

    assert names > 2_000
    assert cost("{ __schema { types { name fields { name args { name } } } } }") > names
    assert cost('{ __type(name: "Item") { name } }') < names


def test_weights_name_fields_that_there_are() -> None:
    types = build_schema().type_map
    for coordinate in WEIGHTS:
        type_, field = coordinate.split(".")
        assert field in types[type_].fields, coordinate  # type: ignore[attr-defined]


def test_asking_directories_weighs_more_than_reading_on() -> None:
    guard = DocumentGuard(build_schema(), DocumentLimits())

    def of(source: str) -> int:
        return guard.check(guard.measure(parse(source)))

    assert of("{ structures(first: 1) { totalCount } }") > of("{ priorities { code label text } }") / 2
    assert of("{ structures { facets { kinds { count } } } }") > of("{ structures { totalCount } }") + 50


def test_pages_are_as_large_as_resolvers_serve() -> None:
    assert MAX_PAGE == MAX_FIRST == MAX_NODES
