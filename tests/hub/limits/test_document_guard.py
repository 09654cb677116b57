"""The document guard: every bound, exactly at it and one beyond; hostile documents; and all that we show must pass."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLError, GraphQLSchema, get_introspection_query

from hub.execution import Engine, GraphQLResult
from hub.limits.document import DOCUMENT_TOO_COMPLEX, MAX_ERRORS, MAX_MESSAGE, DocumentGuard, TooComplex
from hub.limits.settings import DocumentLimits
from hub.web import examples
from resolvers.federation.paging import MAX_CURSOR
from resolvers.registration.bounds import LONGER
from resolvers.schema import build_schema

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema()


@pytest.fixture(scope="module")
def guard(schema: GraphQLSchema) -> DocumentGuard:
    return DocumentGuard(schema, DocumentLimits())


def admitted(guard: DocumentGuard, source: str) -> int:
    """The cost of a document that the guard lets through."""
    return guard.check(guard.measure(guard.parse(source)))


def refused(guard: DocumentGuard, source: str) -> dict[str, object]:
    with pytest.raises(TooComplex) as caught:
        admitted(guard, source)
    extensions = caught.value.extensions
    assert extensions["code"] == DOCUMENT_TOO_COMPLEX
    for said in ("limit", "allowed", "found"):
        assert str(extensions[said]) in caught.value.message
    return {name: extensions[name] for name in ("limit", "allowed", "found")}


def readme_queries() -> list[str]:
    return re.findall(r"```graphql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("source", [*examples(), *readme_queries()])
def test_what_we_show_is_far_within_the_bounds(guard: DocumentGuard, source: str) -> None:
    assert 0 < admitted(guard, source) < DocumentLimits().cost / 4
    assert guard.validate(guard.parse(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        get_introspection_query(),
        get_introspection_query(
            descriptions=True,
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        ),
    ],
)
def test_tools_may_read_the_schema(guard: DocumentGuard, source: str) -> None:
    assert admitted(guard, source) < DocumentLimits().cost * 2 / 3
    assert guard.validate(guard.parse(source)) == []


def test_source_is_counted_in_bytes(guard: DocumentGuard) -> None:
    ascii_only = "{ __typename }".ljust(32_768)
    french = "{ __typename } #" + "é" * ((32_768 - 16) // 2)

    assert admitted(guard, ascii_only) == admitted(guard, french) == 1
    assert refused(guard, ascii_only + " ") == {"limit": "source", "allowed": 32_768, "found": 32_769}
    assert refused(guard, french + "é")["found"] == 32_770


def test_tokens(guard: DocumentGuard) -> None:
    assert admitted(guard, "{" + "__typename " * 1998 + "}") == 1998
    assert refused(guard, "{" + "__typename " * 1999 + "}") == {"limit": "tokens", "allowed": 2000, "found": 2001}
    assert refused(guard, "#\n" * 2001 + "{ __typename }")["limit"] == "tokens"


def test_a_document_that_is_no_graphql_stays_what_it_is(guard: DocumentGuard) -> None:
    with pytest.raises(GraphQLError, match="Syntax Error") as caught:
        guard.parse("{ __typename")
    assert not isinstance(caught.value, TooComplex)


def test_cursors_fit_in() -> None:
    assert DocumentLimits().text >= MAX_CURSOR


def test_the_longest_text_of_a_registration_fits_in() -> None:
    assert DocumentLimits().text >= LONGER["description"]


def test_texts_in_the_document_and_in_variables(guard: DocumentGuard) -> None:
    def literal(size: int) -> str:
        return f'{{ structures(filter: {{ text: "{"x" * size}" }}) {{ totalCount }} }}'

    admitted(guard, literal(4000))
    assert refused(guard, literal(4001)) == {"limit": "text", "allowed": 4000, "found": 4001}
    assert refused(guard, literal(4001).replace('"', '"""'))["found"] == 4001

    cost = guard.measure(guard.parse("query ($f: StructureFilter) { structures(filter: $f) { totalCount } }"))
    for size, passes in ((4000, True), (4001, False)):
        variables = {"f": {"or": [{"axes": [1]}, {"text": "x" * size}]}, "empty": [], "none": None}
        if passes:
            guard.check(cost, None, variables)
        else:
            with pytest.raises(TooComplex, match="text 4001"):
                guard.check(cost, None, variables)


def test_aliases_wherever_they_are(guard: DocumentGuard) -> None:
    fragment = " fragment f on Query { " + "".join(f"b{i}: __typename " for i in range(25)) + "}"

    def document(aliases: int) -> str:
        return "{ ...f ... on Query { " + "".join(f"a{i}: __typename " for i in range(aliases)) + "} }" + fragment

    assert admitted(guard, document(25)) == 50
    assert refused(guard, document(26)) == {"limit": "aliases", "allowed": 50, "found": 51}


def test_directives_wherever_they_are(guard: DocumentGuard) -> None:
    skip = "@skip(if: false) "

    def document(directives: int) -> str:
        return (
            f"query ($n: Int = 1 {skip}) {skip}"
            f"{{ ... on Query {skip}{{ __typename {skip * directives}}} ...f {skip}}} fragment f on Query {skip}{{ __typename }}"
        )

    admitted(guard, document(45))
    assert refused(guard, document(46)) == {"limit": "directives", "allowed": 50, "found": 51}


def test_depth_through_fragments_and_not_through_introspection(guard: DocumentGuard) -> None:
    def document(levels: int) -> str:
        """`levels` + 4 deep, of which `levels` in the fragment."""
        inner = "category { subcategories { " * (levels // 2) + "code" + " } }" * (levels // 2)
        spread = "categories { subcategories { category { ... on Category { subcategories { ...f } } } } }"
        return f"{{ {spread} }} fragment f on Subcategory {{ {inner} __typename }}"

    relaxed = DocumentGuard(build_schema(), DocumentLimits(cost=10**9, depth=9))
    admitted(relaxed, document(4))
    assert refused(relaxed, document(6)) == {"limit": "depth", "allowed": 9, "found": 11}
    of_types = '{ __type(name: "Query") { ' + "ofType { " * 30 + "name" + " }" * 30 + " } }"
    admitted(guard, of_types)


def test_cost_that_no_variable_can_lower_is_refused_before_validation(guard: DocumentGuard) -> None:
    source = "{ structures(first: 100) { nodes { actions(first: 100) { nodes { id title description } } } } }"

    with pytest.raises(TooComplex) as caught:
        guard.measure(guard.parse(source))
    assert caught.value.extensions["limit"] == "cost"
    assert caught.value.extensions["found"] > 100 * 100 * 2


def test_cost_of_the_operation_asked_with_its_variables(guard: DocumentGuard) -> None:
    cost = guard.measure(
        guard.parse(
            "query Small { __typename }"
            "query Large($n: Int!) { structures(first: $n) { nodes { actions(first: $n) { nodes { id title description } } } } }"
        )
    )

    assert guard.check(cost, "Small") == 1
    assert guard.check(cost, "Large", {"n": 10}) < 1000
    with pytest.raises(TooComplex):
        guard.check(cost, "Large", {"n": 100})


def test_the_cost_is_told_on_demand(guard: DocumentGuard) -> None:
    assert guard.told(12, {"cost": True}) == {"cost": {"value": 12, "allowed": 40_000}}
    for asked in (None, {}, {"cost": False}, {"cost": "true"}, {"explain": True}):
        assert guard.told(12, asked) == {}


def doubling(depth: int) -> str:
    """Each fragment spreads the next twice, below different aliases: 2 ** depth when expanded."""
    body = "".join(
        f" fragment e{i} on Subcategory {{ l{i}: category {{ subcategories {{ ...e{i + 1} }} }}"
        f" r{i}: category {{ subcategories {{ ...e{i + 1} }} }} }}"
        for i in range(depth)
    )
    return "{ categories { subcategories { ...e0 } } }" + body + f" fragment e{depth} on Subcategory {{ code }}"


def test_nested_fragments_are_measured_once(schema: GraphQLSchema) -> None:
    boundless = DocumentGuard(schema, DocumentLimits(depth=10_000, aliases=10_000, cost=10**400, tokens=10_000))

    # Expanded, the largest would have 2 ** 200 fields: no machine would be done.
    small, large = admitted(boundless, doubling(4)), admitted(boundless, doubling(200))

    assert small > 10**4
    assert large > 2**200
    assert refused(DocumentGuard(schema, DocumentLimits()), doubling(4))["limit"] == "depth"


def test_long_chains_of_fragments_and_the_deepest_document_that_parses(guard: DocumentGuard) -> None:
    chain = "".join(f" fragment c{i} on Query {{ ...c{i + 1} }}" for i in range(240))
    assert admitted(guard, "{ ...c0 }" + chain + " fragment c240 on Query { __typename }") == 1

    deepest = 0
    for depth in range(50, 400, 10):
        try:
            document = guard.parse("{" + "... {" * depth + "__typename" + "}" * depth + "}")
        except GraphQLError:
            break
        deepest = depth
        assert guard.check(guard.measure(document)) == 1
    assert deepest >= 50


@pytest.mark.parametrize(
    "source",
    [
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "{ ...a } fragment a on Query { __typename ...a }",
        "{ ...nowhere }",
        "{ nothing { below { it } } }",
        "{ ...f } fragment f on Nothing { a { b } }",
        "{ ... on Nothing { a } }",
        "subscription { a { b } }",
        "{ categories(first: $n) { text { deeper } } }",
        "{ structures(first: 1.5) { nodes { id } } }",
        "type A { b: Int }",
        "fragment f on Query { __typename } fragment f on Query { __typename } { ...f }",
    ],
)
def test_what_validation_refuses_does_not_trouble_the_guard(guard: DocumentGuard, source: str) -> None:
    document = guard.parse(source)
    guard.check(guard.measure(document), "Nobody", {"n": []})

    assert guard.validate(document) != []


def test_validation_errors_are_few_and_suggest_nothing(guard: DocumentGuard) -> None:
    many = guard.validate(guard.parse("{" + "".join(f"structur{i} " for i in range(1000)) + "}"))
    near = guard.validate(guard.parse("{ categorie { text } structures(orderBy: NAMES, firs: 1) { totalCount } }"))

    assert len(many) == MAX_ERRORS + 1
    assert len(near) == 3
    assert not any("Did you mean" in error.message for error in near)


async def test_messages_are_short_and_keep_their_place(schema: GraphQLSchema) -> None:
    engine = Engine(schema, DocumentLimits(name=2_000))
    for source, column in (("{ " + "x" * 1000 + " }", 3), ("{ a } " + "x" * 1000, 7)):
        refused = engine.prepare(source)
        assert isinstance(refused, GraphQLResult)
        [error] = refused.errors
        assert len(error["message"]) == MAX_MESSAGE + 1
        assert error["message"].endswith("x…")
        assert error["locations"] == [{"line": 1, "column": column}]


def test_names_wherever_they_are(guard: DocumentGuard) -> None:
    name = "n" * 100
    for source in (
        f"{{ {name}: __typename }}",
        f"query {name} {{ __typename }}",
        f"query (${name}: Int) {{ __typename }}",
    ):
        assert admitted(guard, source) == 1
        assert refused(guard, source.replace(name, f"{name}n")) == {"limit": "name", "allowed": 100, "found": 101}
    assert admitted(guard, f'{{ __typename @include(if: "{name} {name}") }}  # {name}{name}') == 1


def test_comparisons_of_overlapping_fields_are_bounded(guard: DocumentGuard) -> None:
    few = guard.validate(guard.parse("{" + "categories { text } " * 50 + "}"))
    many = guard.validate(guard.parse("{" + "categories { text } " * 400 + "}"))

    assert few == []
    assert [error.message for error in many] == ["Validation aborted."]
