"""Variables are coerced as graphql-core's own function coerces them, and refused in its words."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    build_schema,
    get_operation_ast,
    parse,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.language import parse_type
from hypothesis import given
from hypothesis import strategies as st

from hub.engine import variables as variables_module
from hub.engine.variables import MAX_ERRORS, MOST_NESTED, Variables
from resolvers.schema import build_schema as build_ours

SDL = """
enum Colour { RED GREEN }
scalar Even
scalar Any
input Leaf { wanted: Int!, renamed: String, colour: Colour = GREEN, even: Even, many: [Int!]! = [1, 2], plain: Boolean, share: Float = 3 }
input Tree { leaf: Leaf, leaves: [Leaf], below: Tree, trees: [Tree!], other: Branch }
input Branch { tree: Tree, name: ID! }
input One @oneOf { word: String, even: Even, leaf: Leaf, words: [String] }
input Wrong { at: Int = "one", fine: String }
input Made { a: Int, b: Int = 2 }
type Query { ask(leaf: Leaf, tree: Tree, one: One, any: Any, wrong: Wrong, made: Made): String }
"""
NAMED = ["Int", "Float", "String", "Boolean", "ID", "Colour", "Even", "Any", "Leaf", "Tree", "One", "Wrong", "Made"]
NAMES = [*NAMED, "Query", "Nothing"]
LITERALS = ["null", "1", "1.5", '"a"', "true", "RED", "[]", "[1, null]", "{wanted: 3}", '{word: "a"}', "{a: 1}"]


def even(value: Any) -> Any:
    """An integer that is even; None and Undefined stand for what a scalar may make of a value."""
    if value == "none":
        return None
    if value == "undefined":
        return Undefined
    if value % 2:
        raise ValueError("odd")
    return value


def made(value: dict[str, Any]) -> tuple[Any, ...]:
    if value.get("a") == 13:
        raise GraphQLError("unlucky")
    return tuple(value.items())


def schema_of() -> GraphQLSchema:
    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Even"].coerce_input_value = even
    types["Leaf"].fields["renamed"].out_name = "python_name"
    types["Made"].out_type = made
    types["Colour"].values["GREEN"].value = 2
    return schema


SCHEMA = schema_of()
OURS = build_ours()
OUR_TYPES = sorted(
    {
        str(argument.type)
        for type_ in OURS.type_map.values()
        for field in getattr(type_, "fields", {}).values()
        for argument in getattr(field, "args", {}).values()
    }
)

ODD: list[Any] = [
    *(None, Undefined, True, 0, 1, 3, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53, 2**53 + 1, 10**400),
    *(1.0, 1.5, float("nan"), float("inf"), Decimal(2), "", "a", "RED", "none", "undefined", b"a", ("a",), [], [None]),
    *({}, {"a": 13}, {"a": 1}, {"a": 1, "b": None}, {"b": 1, "a": 2}, {"x": 1}, {1: 2}, {"at": Undefined}),
    *({"word": "a"}, {"word": None}, {"even": "none"}, {"even": 2}, {"word": "a", "even": 2}, {"leaf": {"wanted": 1}}),
    *({"wanted": 1}, {"wanted": None}, {"wanted": Undefined}, {"renamed": "a", "wanted": 1, "even": "undefined"}),
]
WRAPPED: list[tuple[str, Callable[[Any], Any]]] = [
    ("%s", lambda value: value),
    ("%s!", lambda value: value),
    ("[%s]", lambda value: value),
    ("[%s!]", lambda value: [value, value]),
    ("[[%s]]", lambda value: [[value]]),
]
odd_ones = st.sampled_from(ODD)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3) | odd_ones,
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["wanted", "a", "x"]), below, max_size=2)
    ),
    max_leaves=4,
)
words = st.sampled_from(
    ["21231", "71000", "2024-05-01", "2024-05-01T10:00:00Z", "none", "undefined", "a", "0612345678"]
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5),
    "Boolean": st.booleans(),
    "Even": st.integers(-4, 4).map(lambda n: 2 * n) | words,
}


def good(type_: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a type as JSON gives them; of a type that holds itself, down to a depth."""
    match type_:
        case GraphQLNonNull():
            return present(type_.of_type, depth)
        case _:
            return st.none() | present(type_, depth)


def present(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    match type_:
        case GraphQLList():
            return st.lists(later(type_.of_type, depth), max_size=3)
        case GraphQLEnumType():
            return st.sampled_from([*type_.values])
        case GraphQLInputObjectType():
            fields = {name: later(f.type, depth + 1) for name, f in type_.fields.items()}
            if type_.is_one_of:
                return st.one_of([st.fixed_dictionaries({name: value}) for name, value in fields.items()])
            must = {name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)}
            may = {} if depth > 2 else {name: value for name, value in fields.items() if name not in must}
            return st.fixed_dictionaries({name: fields[name] for name in must}, optional=may)
    return SCALARS.get(type_.name, words | st.text(max_size=3))


def later(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    """`mixed`, when it is needed: types hold themselves."""
    return st.deferred(lambda: mixed(type_, depth))


def mixed(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    """Good values of a type, and now and then any other."""
    return st.integers(0, 30).flatmap(lambda chance: anything if chance == 0 else good(type_, depth))


def told(result: VariableValues | list[GraphQLError]) -> Any:
    """All there is to see of a result, with its classes and the order of its keys."""
    if isinstance(result, list):
        return [(error.message, error.locations) for error in result]
    signatures = {name: source.signature for name, source in result.sources.items()}
    types = [(name, s.name, str(s.type)) for name, s in signatures.items()]
    values = [source.value for source in result.sources.values()]
    return repr((result.coerced, types, values)), [s.default for s in signatures.values()]


def outcome(coerce: Any, *arguments: Any) -> Any:
    try:
        return told(coerce(*arguments))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the same
        return type(error), str(error)


def by_graphql_core(schema: GraphQLSchema, node: OperationDefinitionNode, values: dict[str, Any]) -> Any:
    return get_variable_values(schema, node.variable_definitions or (), values, max_errors=MAX_ERRORS)


def operation(*declared: str) -> OperationDefinitionNode:
    node = get_operation_ast(parse(f"query ({' '.join(declared)}) {{ ask }}"))
    assert node
    return node


def type_of(schema: GraphQLSchema, written: str) -> GraphQLInputType | None:
    return type_from_ast(schema, parse_type(written))  # type: ignore[return-value]


@st.composite
def asked(draw: Any, schema: GraphQLSchema, types: list[str]) -> tuple[OperationDefinitionNode, list[dict[str, Any]]]:
    """An operation with variables, and the values of some requests for it."""
    written = draw(st.lists(st.sampled_from(types), min_size=1, max_size=3))
    defaults = [draw(st.none() | st.none() | st.sampled_from(LITERALS)) for _ in written]
    declared = [
        f"$v{n}: {t}" + (f" = {d}" if d else "") for n, (t, d) in enumerate(zip(written, defaults, strict=True))
    ]
    known = {f"v{n}": type_of(schema, t) for n, t in enumerate(written)}
    values = {name: mixed(type_, 0) if type_ else anything for name, type_ in known.items()}
    request = st.fixed_dictionaries({}, optional=values | {"unknown": anything})
    return operation(*declared), draw(st.lists(request, min_size=1, max_size=3))


wrapped = [w % name for name in NAMES for w in ("%s", "%s!", "[%s]", "[%s!]!", "[[%s]]")]


@given(asked(SCHEMA, wrapped))
def test_random_types_and_values(case: tuple[OperationDefinitionNode, list[dict[str, Any]]]) -> None:
    node, requests = case
    compiled = Variables(SCHEMA, node.variable_definitions or ())
    for values in requests:
        assert outcome(compiled.values, values) == outcome(by_graphql_core, SCHEMA, node, values)


@pytest.mark.parametrize("name", NAMED)
def test_odd_values_of_each_type(name: str) -> None:
    for wrap, put in WRAPPED:
        node = operation(f"$v: {wrap % name}")
        compiled = Variables(SCHEMA, node.variable_definitions or ())
        for value in ODD:
            request = {"v": put(value)}
            assert outcome(compiled.values, request) == outcome(by_graphql_core, SCHEMA, node, request), value


@given(asked(OURS, OUR_TYPES))
def test_on_the_schema_of_the_hub(case: tuple[OperationDefinitionNode, list[dict[str, Any]]]) -> None:
    node, requests = case
    compiled = Variables(OURS, node.variable_definitions or ())
    for values in requests:
        assert outcome(compiled.values, values) == outcome(by_graphql_core, OURS, node, values)


@pytest.mark.parametrize(
    ("declared", "values"),
    [
        ("$v: [ID!]!", {"v": ["a", "b"]}),
        ("$v: [Int]", {"v": [1, None]}),
        ("$v: Tree", {"v": {"leaf": {"wanted": 1}, "below": {"trees": [{}]}}}),
        ("$v: One", {"v": {"word": "a"}}),
        ("$v: Float = 2", {}),
        ("$v: [Colour!]", {"v": ["RED"]}),
        ("$v: Any", {}),
    ],
)
def test_what_is_good_at_sight_does_not_need_graphql_core(
    declared: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = operation(declared)
    expected = told(by_graphql_core(SCHEMA, node, values))
    monkeypatch.delattr(variables_module, "get_variable_values")
    assert told(Variables(SCHEMA, node.variable_definitions or ()).values(values)) == expected


@pytest.mark.parametrize("depth", [MOST_NESTED, MOST_NESTED + 1, 100, 199, 200, 201, 2_000])
def test_how_deep_a_value_may_be_is_for_graphql_core_to_say(depth: int) -> None:
    node = operation("$v: Tree")
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"below": value}
    compiled = Variables(SCHEMA, node.variable_definitions or ())
    for _ in range(2):
        assert outcome(compiled.values, {"v": value}) == outcome(by_graphql_core, SCHEMA, node, {"v": value})


def test_a_list_is_copied() -> None:
    ids = ["a"]
    result = Variables(SCHEMA, operation("$v: [ID]").variable_definitions or ()).values({"v": ids})
    assert isinstance(result, VariableValues)
    assert result.coerced["v"] == ids
    assert result.coerced["v"] is not ids


def test_a_scalar_of_its_own_is_known() -> None:
    assert isinstance(SCHEMA.type_map["Even"], GraphQLScalarType)
    result = Variables(SCHEMA, operation("$v: Even").variable_definitions or ()).values({"v": 3})
    assert isinstance(result, list)
    assert "odd" in result[0].message
