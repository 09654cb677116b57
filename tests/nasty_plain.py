"""A schema of graphql-core made of nasty cases, on which executors are compared.

Dicts and objects, abstract types told in every way, resolvers of which every value can be null, wrong, an exception,
an awaitable, an iterable of any sort. What a resolver gives depends only on its parent, its name, its arguments and
the request's `Chaos`.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)

SDL = """
directive @other on FIELD
scalar Odd
enum Colour { RED GREEN BLUE }
input Deep { n: Int = 3, list: [Int!], deep: Deep, colour: Colour = RED, required: String! }
input One @oneOf { a: Int, b: String }
interface Named { name: String, named: Named, same: Named! }
interface Told { told: Told }
type Dog implements Named & Told {
  name: String, named: Named, same: Named!, told: Told, bark: Int!, colour: Colour, dogs: [Dog!], a_dogs: [Dog!]!
}
type Cat implements Named & Told { name: String, named: Named, same: Named!, told: Told, lives: [Int], purr: Odd }
type Fish implements Told { told: Told, depth: Float!, a_friend: Pet }
union Pet = Dog | Cat | Fish
type Leafy {
  string: String, string_: String!, int: Int, int_: Int!, float: Float, float_: Float!, id: ID, id_: ID!
  boolean: Boolean, boolean_: Boolean!, colour: Colour, colour_: Colour!, odd: Odd, odd_: Odd!
  strings: [String], strings_: [String!]!, matrix: [[Int]], matrix_: [[Int!]!]!, a_string: String, a_int_: Int!
  a_ints_: [Int!]!
}
type Box {
  leafy: Leafy, leafy_: Leafy!, box: Box, box_: Box!, a_box: Box, a_box_: Box!, boxes: [Box], boxes_: [Box!]!
  a_boxes: [Box], a_boxes_: [Box!]!, cubes: [[Box]], cubes_: [[Box!]!]!, pet: Pet, pet_: Pet!, pets: [Pet]
  pets_: [Pet!]!, a_pets: [Pet!], named: Named, named_: [Named!], told: [Told], s_box: Box, s_box_: Box!, s_int_: Int!
  echo(s: String, i: Int = 4, ids: [ID!], deep: Deep, deeps: [[Deep!]], one: One, c: Colour! = BLUE): String
  a_echo(s: String!, deep: Deep = {required: "x"}): String!
  deprecated(old: Int @deprecated): Int @deprecated
}
type Query { box: Box, box_: Box!, a_box: Box, a_boxes_: [Box!]!, leafy: Leafy, pets: [Pet!], named: Named
  echo(s: String, deep: Deep): String, root: Query, root_: Query! }
"""


@dataclass(frozen=True)
class Chaos:
    """How often something nasty happens, from 0 to 1; the context of a request."""

    rate: float
    seed: int


class Trouble(Exception):
    """What a resolver raises; its text tells which."""


@dataclass
class Thing:
    """A parent that is an object."""

    seed: int
    kind: str


class Sentence(str):
    """A str that is not exactly one."""

    __slots__ = ()


def chosen(chaos: Chaos, *parts: object) -> Random:
    return Random(repr((chaos, parts)))


def seed_of(source: Any) -> int:
    if isinstance(source, dict):
        return source["seed"]
    return getattr(source, "seed", 0)


def value_of(type_: Any, random: Random, chaos: Chaos, depth: int = 0) -> Any:
    """A value for a type: a good one, or now and then a nasty one."""
    nasty = random.random() < chaos.rate
    if isinstance(type_, GraphQLNonNull):
        return None if nasty and random.random() < 0.3 else value_of(type_.of_type, random, chaos, depth)
    if nasty:
        return random.choice(
            [None, None, Undefined, Trouble(f"value {random.random()}"), GraphQLError("shown"), object]
        )
    if random.random() < 0.15 and not depth:
        return None
    if isinstance(type_, GraphQLList):
        return items_of(type_, random, chaos, depth)
    if is_leaf_type(type_):
        return leaf_of(type_, random, chaos)
    return object_of(type_, random, chaos)


def items_of(type_: Any, random: Random, chaos: Chaos, depth: int) -> Any:
    items = [value_of(type_.of_type, random, chaos, depth + 1) for _ in range(random.randint(0, 3))]
    if random.random() >= chaos.rate:
        return items if random.random() < 0.9 else tuple(items)
    made: list[Any] = [
        lambda: 5,
        lambda: "text",
        lambda: {"a": 1},
        lambda: (item for item in items),
        lambda: dict(enumerate(items)).values(),
        lambda: [now(item) for item in items],
        lambda: failing(items),
        lambda: aiter_of(items),
    ]
    return random.choice(made)()


async def now(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def failing(items: list[Any]) -> Iterator[Any]:
    yield from items
    raise Trouble("half-way")


async def aiter_of(items: list[Any]) -> Any:
    for item in items:
        yield item


GOOD = {
    "String": ["a", "é", ""], "ID": ["1", "x"], "Int": [0, -1, 2**31 - 1], "Float": [0.5, -1.0], "Boolean": [True, False],
    "Odd": [1, "odd", [1, 2], {"a": 1}],
}  # fmt: skip
ODD = {
    "String": [1, 2.5, True, Sentence("sub"), b"bytes", {"a": 1}], "ID": [5, 1.5, Sentence("s"), []],
    "Int": [True, "7", 2.0, 2.5, 2**31, -(2**40), "x", float("nan")], "Float": [1, True, "2.5", float("inf"), float("nan")],
    "Boolean": [0, 1, "x", 2.5], "Odd": [None, "explode", Undefined],
}  # fmt: skip


def leaf_of(type_: Any, random: Random, chaos: Chaos) -> Any:
    odd = random.random() < chaos.rate
    if isinstance(type_, GraphQLEnumType):
        return random.choice(["PURPLE", 5, []] if odd else [v.value for v in type_.values.values()])
    return random.choice((ODD if odd else GOOD)[type_.name])


def object_of(type_: Any, random: Random, chaos: Chaos) -> Any:
    names = {"Named": ["Dog", "Cat"], "Told": ["Dog", "Cat", "Fish"], "Pet": ["Dog", "Cat", "Fish"]}
    kind = random.choice(names.get(type_.name, [type_.name]))
    if is_abstract_type(type_) and random.random() < chaos.rate:
        kind = random.choice(["Fish", "Box", "Nothing", "Pet", 5, None])
    seed = random.getrandbits(32)
    return Thing(seed, kind) if random.random() < 0.5 else {"seed": seed, "__typename": kind, "kind": kind}


def resolver_of(name: str, type_: Any) -> Any:
    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        chaos: Chaos = info.context
        random = chosen(chaos, seed_of(source), name, sorted(arguments.items()))
        if random.random() < chaos.rate:
            raise random.choice([Trouble(f"raised {random.random()}"), GraphQLError("told", extensions={"code": "X"})])
        if name.endswith("echo"):
            return repr(sorted(arguments.items()))
        return value_of(type_, random, chaos)

    async def resolve_async(source: Any, info: Any, **arguments: Any) -> Any:
        if name.startswith("s_"):
            for _ in range(seed_of(source) % 4):
                await asyncio.sleep(0)
        return resolve(source, info, **arguments)

    return resolve_async if name.startswith(("a_", "s_")) else resolve


def kind_of(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else value.kind


def odd_output(value: Any) -> Any:
    if value == "explode":
        raise Trouble("cannot be serialised")
    return value


def plain() -> GraphQLSchema:
    """The schema of graphql-core's own nasty cases."""
    schema = build_schema(SDL)
    for type_ in schema.type_map.values():
        if is_object_type(type_) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                field.resolve = resolver_of(name, field.type)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInterfaceType) and type_.name == "Told":
            type_.resolve_type = lambda value, info, abstract: kind_of(value)
        if isinstance(type_, GraphQLObjectType) and type_.name in ("Dog", "Cat"):
            type_.is_type_of = lambda value, info, name=type_.name: kind_of(value) == name
        if type_.name == "Pet":
            type_.resolve_type = lambda value, info, abstract: kind_of(value)
    schema.type_map["Odd"].serialize = odd_output
    schema.type_map["Odd"].coerce_output_value = odd_output
    return schema
