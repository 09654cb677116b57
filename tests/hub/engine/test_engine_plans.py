"""From an operation to its plan, and from the plan to its program."""

import pytest
from engine_asking import schema_of, valid
from graphql import GraphQLSchema, get_operation_ast
from graphql.execution.values import get_variable_values

from hub.engine import CompiledExecutor, Fallback, Reason
from hub.engine.plan import Attribute, Call, Items, Leaf, Objects, OneOf, Typename, When, described
from hub.engine.planner import Planned, conditions, plan
from hub.engine.printer import printed
from hub.engine.values import Values
from resolvers.schema import build_schema

SDL = """
directive @other on FIELD
interface I { i: I, n: Int! }
type A implements I { i: I, n: Int!, a: [A!], text(of: String): String }
type B implements I { i: I, n: Int!, b: Float }
union U = A | B
type Query { a: A!, us: [[U]], i: I }
type Mutation { a: A }
type Subscription { a: A }
"""


def planned(schema: GraphQLSchema, text: str, **variables: object) -> Planned:
    document = valid(schema, text)
    operation = get_operation_ast(document)
    values = get_variable_values(schema, operation.variable_definitions or (), variables)
    return plan(schema, document, operation, values)


def test_fields_are_collected_merged_and_ordered_as_the_specification_says() -> None:
    text = """{
      a { text ...F x: n a { n } ... on I { n } ... { n } }
      __typename
      a { a { text } __typename }
    } fragment F on I { n ...G } fragment G on A { text a { __typename } }"""

    (a, typename) = planned(schema_of(SDL), text).selection.fields

    assert (a.key, type(a.completion), a.completion.nullable) == ("a", Objects, False)
    assert typename.origin == Typename("Query")
    assert [f.key for f in a.completion.selection.fields] == ["text", "n", "a", "x", "__typename"]
    items = a.completion.selection.fields[2].completion
    assert isinstance(items, Items)
    assert items.nullable
    assert not items.item.nullable
    assert [f.key for f in items.item.selection.fields] == ["__typename", "n", "text"]


def test_abstract_types_have_a_case_for_each_possible_type() -> None:
    (us,) = planned(schema_of(SDL), "{ us { ... on A { n } ... on I { x: n } } }").selection.fields

    one_of = us.completion.item.item
    assert isinstance(one_of, OneOf)
    assert {case.type.name: [f.key for f in case.fields] for case in one_of.cases} == {"A": ["n", "x"], "B": ["x"]}


def test_conditions_decide_of_the_plan_and_other_variables_do_not() -> None:
    schema = schema_of(SDL)
    text = "query($s: Boolean!, $t: String) { a { n @skip(if: $s) text(of: $t) ... @include(if: $s) { y: n } } }"

    assert conditions(valid(schema, text)) == ("s",)
    for s, keys in ((True, ["text", "y"]), (False, ["n", "text"])):
        (a,) = planned(schema, text, s=s, t="one").selection.fields
        assert [f.key for f in a.completion.selection.fields] == keys


def test_origins_of_the_fields_of_the_hub() -> None:
    text = """{ structures { totalCount nodes { name category { label: text } actions { nodes { title } } } } }"""

    (structures,) = planned(build_schema(), text).selection.fields

    assert isinstance(structures.origin, Call)
    assert (structures.origin.when, structures.origin.arguments) == (When.AWAITED, 0)
    total, nodes = structures.completion.selection.fields
    assert (total.origin, type(total.completion), total.completion.nullable) == (Attribute("total_count"), Leaf, True)
    _, category, actions = nodes.completion.item.selection.fields
    assert (category.origin.when, category.waits) == (When.NOW, False)
    assert (actions.origin.when, actions.waits, nodes.waits) == (When.BATCHED, True, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mutation { a { n } }", Reason.MUTATION),
        ("subscription { a { n } }", Reason.SUBSCRIPTION),
        ("{ __schema { types { name } } }", Reason.INTROSPECTION),
        ('{ a { n } __type(name: "A") { name } }', Reason.INTROSPECTION),
        ("{ a { n @other } }", Reason.DIRECTIVE),
        ("query A { a { n } } query B { a { n } }", Reason.NO_OPERATION),
        ("query ($s: Boolean!) { a { n @skip(if: $s) } }", Reason.ERROR),
        ("{ i {" + "i {" * 30 + "n" + "}" * 32, Reason.TOO_LARGE),
        ("{ i {" + "i {" * 90 + "n" + "}" * 92, Reason.TOO_LARGE),
        ("{ i {" + "i {" * 160 + "n" + "}" * 162, Reason.TOO_DEEP),
        (
            "{ a { "
            + " ".join(f"a{i}: text" for i in range(900))
            + " a { ...F a { ...F } } } } fragment F on A { "
            + " ".join(f"a{i}: text" for i in range(900))
            + "}",
            Reason.TOO_LARGE,
        ),
    ],
)
def test_what_is_left_to_graphql_core(text: str, reason: Reason) -> None:
    schema = schema_of(SDL)
    executor = CompiledExecutor(schema)
    document = valid(schema, text)

    for _ in range(2):
        with pytest.raises(Fallback) as left:
            executor.compile(document)
        assert left.value.reason is reason


def test_a_plan_is_no_larger_for_fragments_that_spread_one_another_and_interfaces_in_interfaces() -> None:
    schema = schema_of(SDL)
    twice = "".join(f"fragment F{i} on A {{ x: a {{ ...F{i + 1} }} y: a {{ ...F{i + 1} }} }} " for i in range(40))

    doubled = planned(schema, f"{{ a {{ ...F0 }} }} {twice} fragment F40 on A {{ n }}")
    nested = planned(schema, "{ i {" + "i {" * 20 + "n" + "}" * 22)

    assert doubled.size < 4 * 42
    assert nested.size < 3 * 22
    assert len(printed(doubled.selection, Values(schema)).text) < 30_000
    assert sum(1 for _ in described(doubled.selection)) < 250


def test_keys_of_the_answer_are_all_that_a_document_puts_into_a_program() -> None:
    schema = schema_of(SDL)
    found = planned(schema, 'query Name($v: String = "secret") { key: a { text(of: $v) other: text(of: "quoted") } }')

    text = printed(found.selection, Values(schema)).text

    assert "'key': " in text
    assert not any(word in text for word in ("Name", "secret", "quoted", "$", "v:"))


def test_documents_that_differ_by_literals_share_a_program() -> None:
    schema = schema_of(SDL)
    executor = CompiledExecutor(schema)

    for number in range(50):
        text = f'query Q{number}($v{number}: String = "{number}") {{ a {{ a{number % 2}: text(of: $v{number}) n }} }}'
        executor.compile(valid(schema, text))

    assert executor.programs_made == 2


def test_a_plan_can_be_read() -> None:
    text = "{ us { __typename ... on A { a { a { n } } text(of: null) } } }"

    lines = list(described(planned(schema_of(SDL), text).selection))

    assert lines == [
        "us: Query.us, resolve called for each parent → [[U]]",
        "    on A",
        "    __typename: A.__typename, known → String!",
        "    a: A.a, resolve called for each parent → [A!]",
        "        a: A.a, resolve called for each parent → [A!]",
        "            n: A.n, resolve called for each parent → Int!",
        "    text: A.text, resolve called for each parent, arguments 0 → String",
        "    on B",
        "    __typename: B.__typename, known → String!",
    ]
