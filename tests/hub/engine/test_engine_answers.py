"""What the compiled executor answers, what it leaves to graphql-core, and that nothing is asked twice."""

import dataclasses
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import strawberry
from engine_asking import ask, schema_of, valid
from graphql import GraphQLSchema, execute
from hubs import Client
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from hub.engine import CompiledExecutor, Reason
from resolvers.access import Caller, Role
from resolvers.request import RequestContext
from resolvers.schema import build_schema

SDL = """
type Thing { name: String, thing: Thing, things: [Thing!], greet(who: String = "you"): String! }
type Query { thing: Thing!, things: [Thing], count: Int }
"""


async def test_entries_attributes_and_functions_as_graphql_core_reads_them() -> None:
    @dataclasses.dataclass
    class Thing:
        name: str

        def greet(self, info: Any, who: str) -> str:
            return f"{info.context} greets {who}"

    root = {"thing": {"name": "dict", "greet": lambda _, who: who}, "things": [Thing("object"), None], "count": 3}
    text = '{ thing { name greet thing { name } } things { name greet(who: "me") } count }'

    done = await ask(schema_of(SDL), text, root)

    assert done.fallback is None
    assert done.result.data == {
        "thing": {"name": "dict", "greet": "you", "thing": None},
        "things": [{"name": "object", "greet": "the context greets me"}, None],
        "count": 3,
    }


async def test_nothing_that_was_awaited_is_asked_twice() -> None:
    calls: Counter[str] = Counter()

    async def things(*_: Any) -> list[dict[str, Any]]:
        calls["things"] += 1
        return [{"name": str(number)} for number in range(3)]

    async def thing(source: dict[str, Any], *_: Any) -> dict[str, Any]:
        calls[f"thing of {source['name']}"] += 1
        if source["name"] == "1":
            raise ZeroDivisionError("one")
        return {"name": "below"}

    async def greet(source: Any, _: Any, who: str) -> str:
        calls[f"{source['name']} greets {who}"] += 1
        return who

    schema = schema_of(SDL, Query_things=things, Thing_thing=thing, Thing_greet=greet)

    done = await ask(schema, '{ things { name thing { name } a: greet b: greet(who: "them") } }')

    assert done.fallback is Reason.ERROR
    assert [error.formatted for error in done.result.errors or ()] == [
        {"message": "one", "locations": [{"line": 1, "column": 17}], "path": ["things", 1, "thing"]}
    ]
    assert done.result.data is not None
    assert [t["thing"] for t in done.result.data["things"]] == [{"name": "below"}, None, {"name": "below"}]
    assert [(t["a"], t["b"]) for t in done.result.data["things"]] == [("you", "them")] * 3
    assert len(calls) == 1 + 3 + 6
    assert set(calls.values()) == {1}


async def test_what_can_be_read_once_is_given_once() -> None:
    made = []

    def things(*_: Any) -> Any:
        made.append(1)
        return ({"name": name} for name in "ab")

    done = await ask(schema_of(SDL, Query_things=things), "{ x: things { name } y: things { name } things { name } }")

    both = [{"name": "a"}, {"name": "b"}]
    assert (done.result.data, done.fallback) == ({"x": both, "y": both, "things": both}, Reason.VALUE)
    assert len(made) == 3


async def test_a_resolver_that_asks_about_the_execution_has_its_answer() -> None:
    schema = schema_of(SDL, Query_count=lambda _, info: len(info.path.as_list()))

    done = await ask(schema, "{ count }")

    assert (done.result.data, done.fallback) == ({"count": 1}, Reason.INFO)


async def test_request_errors_are_those_of_graphql_core() -> None:
    schema = schema_of("type Query { f(a: Int!): Int }")
    document = valid(schema, "query A($a: Int!) { f(a: $a) } query B { f(a: 1) }")

    for variables, name in (({"a": "x"}, "A"), ({}, "A"), (None, "A"), ({}, None), ({}, "C")):
        expected = execute(schema, document, variable_values=variables, operation_name=name)
        done = await CompiledExecutor(schema).execute(document, None, variables, name)
        assert expected.errors
        assert [e.formatted for e in done.result.errors or ()] == [e.formatted for e in expected.errors]
        assert done.result.data is None


class Refuse(BasePermission):
    message = "refused"

    def has_permission(self, *_: Any, **__: Any) -> bool:
        return False


class Shout(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return f"{next_(source, info, **arguments)}!"


class Doubled(strawberry.types.field.StrawberryField):
    def get_result(self, *args: Any, **kwargs: Any) -> Any:
        return 2 * super().get_result(*args, **kwargs)


@strawberry.type
class Guarded:
    name: str = "name"
    refused: str | None = strawberry.field(resolver=lambda: "secret", permission_classes=[Refuse])
    refused_attribute: str | None = strawberry.field(default="secret", permission_classes=[Refuse])
    louder: str = strawberry.field(resolver=lambda: "said", extensions=[Shout()])

    @strawberry.field
    def of_self(self, info: strawberry.Info, times: int = 2) -> str:
        return f"{self.name * times} {info.context}"

    @strawberry.field
    def of_parent(me: strawberry.Parent["Guarded"]) -> str:  # noqa: N805
        return me.name


@strawberry.type
class GuardedQuery:
    guarded: Guarded = strawberry.field(resolver=Guarded)


def guarded() -> GraphQLSchema:
    return strawberry.Schema(GuardedQuery)._schema


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "name", None),
        ("ofSelf", "namename the context", None),
        ("ofSelf(times: 1)", "name the context", None),
        ("ofParent", "name", None),
        ("refused", None, Reason.EXTENSION),
        ("refusedAttribute", None, Reason.EXTENSION),
        ("louder", "said!", Reason.EXTENSION),
    ],
)
async def test_permissions_and_extensions_of_strawberry_hold(field: str, value: object, reason: Reason | None) -> None:
    done = await ask(guarded(), f"{{ guarded {{ v: {field} }} }}")

    assert done.result.data == {"guarded": {"v": value}}
    assert done.fallback is reason
    assert [e.message for e in done.result.errors or ()] == (["refused"] if "refused" in field else [])


@strawberry.type
class Failure(Exception):
    """A type of the schema that graphql-core takes for an error."""

    text: str = "failed"


async def test_an_exception_is_an_error_also_where_its_class_is_the_type_of_the_field() -> None:
    @strawberry.type
    class Query:
        failure: Failure | None

    done = await ask(strawberry.Schema(Query)._schema, "{ failure { text } }", Query(failure=Failure()))

    assert (done.result.data, done.fallback) == ({"failure": None}, Reason.ERROR)
    assert len(done.result.errors or ()) == 1


async def test_a_field_class_of_its_own_is_left_to_graphql_core() -> None:
    @strawberry.type
    class Query:
        twice: int = Doubled(python_name="twice", default=4)

    done = await ask(strawberry.Schema(Query)._schema, "{ twice }", Query())

    assert (done.result.data, done.fallback) == ({"twice": 8}, Reason.RESOLVER)


async def test_no_field_is_open_in_one_executor_and_closed_in_the_other(client: Client) -> None:
    """Every field of the hub's schema with a resolver: none has a guard that only Strawberry would run."""
    schema = build_schema()
    text = "{ linkSuggestions { nodes { link { id comment } } } sources { id } }"
    document = valid(schema, text)
    for caller, refused in ((Caller(), True), (Caller(Role.MODERATOR, "key-x"), False)):
        context = RequestContext(client.hub.federation, datetime.now(UTC), caller)
        done = await CompiledExecutor(schema).execute(document, context)
        assert (done.fallback is None) is not refused
        expected = await execute(schema, document, context_value=context)  # type: ignore[misc]
        assert [e.formatted for e in done.result.errors or ()] == [e.formatted for e in expected.errors or ()]
        assert bool(done.result.errors) is refused
        assert done.result.data == expected.data
    fields = [f for t in schema.type_map.values() for f in getattr(t, "fields", {}).values() if hasattr(f, "resolve")]
    made = [f.extensions["strawberry-definition"] for f in fields if "strawberry-definition" in f.extensions]
    assert len(made) > 150
    assert not [f.name for f in made if f.extensions or f.permission_classes]


async def test_numbers_are_completed_as_graphql_core_does() -> None:
    schema = schema_of("type Query { i: Int, f: Float!, b: Boolean, s: String, id: ID }")
    for root in (
        {"i": True, "f": 1, "b": 1, "s": 5, "id": 7},
        {"i": 2.0, "f": True, "b": 0.0, "s": True, "id": "x"},
        {"i": -(2**31), "f": 2.5, "b": False, "s": "", "id": None},
    ):
        document = valid(schema, "{ i f b s id }")
        done = await CompiledExecutor(schema).execute(document, None, root=root)
        expected = execute(schema, document, root)
        assert done.fallback is None
        assert repr(done.result.data) == repr(expected.data)
    for root in ({"f": float("nan")}, {"f": float("inf")}, {"f": 1.5, "i": 2**31}, {"f": None}):
        done = await CompiledExecutor(schema).execute(document, None, root=root)
        assert done.fallback is Reason.ERROR
        assert [e.formatted for e in done.result.errors or ()] == [
            e.formatted for e in execute(schema, document, root).errors or ()
        ]


async def test_ten_thousand_aliases_and_fragments_without_end_are_answered() -> None:
    schema = schema_of(SDL)
    aliases = " ".join(f"a{i}: count" for i in range(10_000))
    twice = " ".join(
        f"fragment F{i} on Thing {{ x: thing {{ ...F{i + 1} }} y: thing {{ ...F{i + 1} }} }}" for i in range(25)
    )

    wide = await ask(schema, f"{{ {aliases} }}", {"count": 1})
    deep = await ask(schema, f"{{ thing {{ ...F0 }} }} {twice} fragment F25 on Thing {{ name }}", {"thing": {}})

    assert wide.fallback is None
    assert wide.result.data == {f"a{i}": 1 for i in range(10_000)}
    assert deep.fallback is None
    assert deep.result.data == {"thing": {"x": None, "y": None}}


async def test_abstract_types_of_strawberry_are_told_by_class_and_wrong_ones_by_graphql_core() -> None:
    @strawberry.interface
    class Named:
        name: str

    @strawberry.type
    class Cat(Named):
        lives: int

    @strawberry.type
    class Stone:
        weight: int

    @strawberry.type
    class Query:
        named: list[Named]

    schema = strawberry.Schema(Query, types=[Cat, Stone])._schema
    document = valid(schema, "{ named { __typename name ... on Cat { lives } } }")
    for root, reason in (
        (Query(named=[Cat(name="Tom", lives=9)]), None),
        (Query(named=[Cat(name="Tom", lives=9), Stone(weight=1)]), Reason.INFO),
        (Query(named=[Cat(name="Tom", lives=9), None]), Reason.ERROR),
    ):
        expected = execute(schema, document, root)
        done = await CompiledExecutor(schema).execute(document, None, root=root)
        assert done.fallback is reason
        assert done.result.data == expected.data
        assert [e.formatted for e in done.result.errors or ()] == [e.formatted for e in expected.errors or ()]


async def test_a_python_name_that_is_no_name_of_a_program_is_left_to_graphql_core() -> None:
    schema = guarded()
    schema.type_map["Guarded"].fields["name"].extensions["strawberry-definition"].python_name = "__import__('os')"

    done = await ask(schema, "{ guarded { name } }")

    assert done.fallback is Reason.RESOLVER


async def test_objects_are_what_their_type_says() -> None:
    schema = schema_of("type T { n: Int } type Query { t: T, ts: [T!] }")
    schema.type_map["T"].is_type_of = lambda value, _: value["n"] < 5
    document = valid(schema, "{ t { n } ts { n } }")

    for root, reason in (
        ({"t": {"n": 1}, "ts": [{"n": 2}]}, None),
        ({"t": {"n": 9}, "ts": [{"n": 2}]}, Reason.ERROR),
        ({"t": {"n": 1}, "ts": [None]}, Reason.ERROR),
    ):
        expected = execute(schema, document, root)
        done = await CompiledExecutor(schema).execute(document, None, root=root)
        assert done.fallback is reason
        assert (done.result.data, done.result.errors) == (expected.data, expected.errors)
