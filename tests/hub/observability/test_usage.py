"""Usage of the schema: which fields, how often, by whom, and what is slow."""

from collections.abc import Iterator

import msgspec
import pytest
from graphql import parse
from watched import SCHEMA

from hub.observability.names import CANDIDATES, OTHER, UNNAMED, Names, client_name
from hub.observability.usage import MOST, Usage, UsageTally

QUERY = """
query Nearby { structures(first: 5) { ...Shown address { city } } }
query Other { structures { id } }
fragment Shown on Structure { name }
"""


@pytest.fixture
def usage() -> Usage:
    return Usage(SCHEMA)


def fields(usage: Usage, query: str, name: str | None = None) -> tuple[str, ...]:
    use = usage.operation(parse(query), query, name)
    assert use
    return use.fields


@pytest.mark.parametrize(
    ("query", "name", "asked"),
    [
        (QUERY, "Nearby", ("Address.city", "Query.structures", "Structure.address", "Structure.name")),
        (QUERY, "Other", ("Query.structures", "Structure.id")),
        ("{ node(id: 1) { id ... on Person { name } ... { id } } }", None, ("Node.id", "Person.name", "Query.node")),
        ("{ find { __typename ... on Structure { id } } }", None, ("Query.find", "Structure.id")),
        ("mutation { rename { id } }", None, ("Mutation.rename", "Structure.id")),
        ("{ __schema { types { name } } __typename }", None, ()),
        (
            "{ a: structures { name @skip(if: true) } b: structures { name } }",
            None,
            ("Query.structures", "Structure.name"),
        ),
    ],
)
def test_the_fields_of_an_operation(usage: Usage, query: str, name: str | None, asked: tuple[str, ...]) -> None:
    assert fields(usage, query, name) == asked


def test_nested_fragments_are_read_once(usage: Usage) -> None:
    chain = "".join(f"fragment F{i} on Structure {{ {f'...F{i + 1} ' * 30} id }} " for i in range(50))
    query = f"{{ structures {{ ...F0 }} }} {chain} fragment F50 on Structure {{ name }}"

    assert fields(usage, query) == ("Query.structures", "Structure.id", "Structure.name")


def test_an_operation_that_is_not_there(usage: Usage) -> None:
    assert usage.operation(parse(QUERY), QUERY, "Missing") is None
    assert usage.operation(parse(QUERY), QUERY, None) is None


def test_uses_are_counted_by_client_and_multiplied_by_field(usage: Usage) -> None:
    for name, client, times in (("Nearby", "carte", 3), ("Nearby", UNNAMED, 1), ("Other", "carte", 2)):
        for _ in range(times):
            use = usage.operation(parse(QUERY), QUERY, name)
            assert use
            usage.count(use, client, 0.1, kept=False, failed=False)

    counted = usage.tally().fields()
    assert counted["Query.structures"] == {"carte": 5, UNNAMED: 1}
    assert counted["Structure.name"] == {"carte": 3, UNNAMED: 1}
    assert counted["Structure.id"] == {"carte": 2}
    assert "Address.old" not in counted


def test_the_slowest_are_those_that_take_longest_when_executed(usage: Usage) -> None:
    for name, seconds in (("Nearby", 0.2), ("Other", 0.9)):
        use = usage.operation(parse(QUERY), QUERY, name)
        assert use
        usage.count(use, "c", seconds, kept=False, failed=False)
        for _ in range(50):
            usage.count(use, "c", 0.0001, kept=True, failed=False)

    slowest = usage.tally().slowest(5)
    assert [(use.name, use.count, use.kept, use.executed.count) for use in slowest] == [
        ("Other", 51, 50, 1),
        ("Nearby", 51, 50, 1),
    ]
    assert [use.name for use in usage.tally().slowest(1)] == ["Other"]
    assert usage.tally().slowest(0) == []


def unlike_documents(number: int) -> Iterator[str]:
    return (f"query Q{i} {{ structures(first: {i}) {{ id }} }}" for i in range(number))


def test_a_flood_of_documents_is_bounded_and_loses_no_count(usage: Usage) -> None:
    frequent = usage.operation(parse(QUERY), QUERY, "Nearby")
    assert frequent
    for i, query in enumerate(unlike_documents(3 * MOST)):
        use = usage.operation(parse(query), query, None)
        assert use
        usage.count(use, "flood", 0.1, kept=False, failed=False)
        if i % 10 == 0:
            usage.count(frequent, "carte", 0.1, kept=True, failed=False)

    tally = usage.tally()
    assert len(tally.operations) <= MOST
    assert frequent.key in tally.operations
    assert tally.fields()["Structure.id"] == {"flood": 3 * MOST}
    assert tally.fields()["Structure.name"] == {"carte": 3 * MOST // 10}


def test_a_forgotten_operation_that_is_asked_again_is_not_counted_twice(usage: Usage) -> None:
    forgotten = usage.operation(parse("{ find { __typename } }"), "{ find { __typename } }", None)
    assert forgotten
    usage.count(forgotten, "carte", 0.1, kept=False, failed=False)
    for query in unlike_documents(MOST):
        use = usage.operation(parse(query), query, None)
        assert use
        for _ in range(2):
            usage.count(use, "flood", 0.1, kept=False, failed=False)
    assert forgotten.key not in usage.tally().operations
    usage.count(forgotten, "carte", 0.1, kept=True, failed=False)

    assert usage.tally().fields()["Query.find"] == {"carte": 2}


def test_uses_of_processes_add_up() -> None:
    usages = [Usage(SCHEMA), Usage(SCHEMA)]
    total = UsageTally()
    for usage, name in zip(usages, ("Nearby", "Other"), strict=True):
        for asked in ("Nearby", name):
            use = usage.operation(parse(QUERY), QUERY, asked)
            assert use
            usage.count(use, "carte", 0.1, kept=False, failed=True)
        usage.tally().forgotten["Query.find"] = {"carte": 1}
        total.merge(msgspec.msgpack.decode(msgspec.msgpack.encode(usage.tally()), type=UsageTally))

    assert {use.name: (use.count, use.failed) for use in total.operations.values()} == {
        "Nearby": (3, 3),
        "Other": (1, 1),
    }
    assert total.fields()["Query.find"] == {"carte": 2}


def test_names_are_told_apart_when_they_come_often_and_as_long_as_they_are_few() -> None:
    names = Names(most=3, after=2, known=["Known"])

    assert names.of("Known") == "Known"
    assert [names.of("A"), names.of("A"), names.of("A")] == [OTHER, "A", "A"]
    assert [names.of("B"), names.of("B")] == [OTHER, "B"]
    assert [names.of("C"), names.of("C"), names.of("C")] == [OTHER, OTHER, OTHER]
    assert names.of(None) == UNNAMED
    assert names.of("") == UNNAMED


def test_a_flood_of_names_takes_no_place() -> None:
    names = Names(most=50, after=20)
    assert {names.of(f"flood{i}") for i in range(10 * CANDIDATES)} == {OTHER}
    assert {names.of("x" * 65) for _ in range(100)} == {OTHER}

    assert [names.of("Real") for _ in range(20)][-1] == "Real"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (None, None),
        (b"", None),
        (b"carte-web", "carte-web"),
        (b" Mon Appli 2.1 ", "Mon Appli 2.1"),
        ("Île-de-France".encode(), "Île-de-France"),
        (b"a\nb", OTHER),
        (b"<script>", OTHER),
        (b"\xff\xfe", OTHER),
        (b"a" * 65, OTHER),
        (b"a" * 6500, OTHER),
        (b"(other)", OTHER),
        (b"=cmd()", OTHER),
    ],
)
def test_names_of_clients(header: bytes | None, name: str | None) -> None:
    assert client_name(header) == name
