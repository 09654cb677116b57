"""A schema of Strawberry made of nasty cases, as the project's is made: on it executors are compared.

What a resolver gives depends only on its parent, its name, its arguments and the request's `Chaos`.
"""

from enum import Enum
from random import Random
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError, GraphQLSchema, Undefined
from nasty_plain import Chaos, Sentence, Trouble, chosen

from resolvers.batching import batched


@strawberry.enum
class Shade(Enum):
    LIGHT = "light"
    DARK = "dark"


@strawberry.input
class Inner:
    shade: Shade = Shade.DARK
    numbers: list[int] | None = None
    inner: "Inner | None" = None


@strawberry.input(one_of=True)
class Either:
    left: int | None = strawberry.UNSET
    right: Inner | None = strawberry.UNSET


def _nasty(root: Any, info: Any, name: str, make: Any, *arguments: Any) -> Any:
    """What `make` gives, or now and then something nasty."""
    chaos: Chaos = info.context.chaos
    random = chosen(chaos, root.seed if root else 0, name, *arguments)
    if random.random() < chaos.rate:
        nasty = random.choice(
            ["raise", "error", None, Undefined, 5, "text", object(), Trouble(f"value {random.random()}")]
        )
        if nasty == "raise":
            raise Trouble(f"raised {random.random()}")
        if nasty == "error":
            raise GraphQLError("told", extensions={"code": "X"})
        return nasty
    return make(random, chaos)


def _values(random: Random, chaos: Chaos) -> dict[str, Any]:
    """The attributes of an object: good, or now and then not."""
    good = {
        "text": "t",
        "number": 3,
        "ratio": 0.5,
        "flag": True,
        "shade": Shade.LIGHT,
        "words": ["a", "b"],
        "maybe": None,
    }
    odd = [None, 5, "x", 2.5, b"b", [None], [1, "2"], Trouble("attribute"), Sentence("s"), True, "light", float("nan")]
    return {name: random.choice(odd) if random.random() < chaos.rate else value for name, value in good.items()}


def _beings(random: Random, chaos: Chaos) -> list[Any]:
    beings: list[Any] = [_being(random, chaos) for _ in range(random.randint(0, 3))]
    if random.random() < chaos.rate:
        beings.insert(0, random.choice([None, Trouble("item"), 5, Part(seed=1, **_values(random, chaos))]))
    return beings


def _being(random: Random, chaos: Chaos) -> Any:
    kind = random.choice([Robot, Human, Android])
    return kind(seed=random.getrandbits(32), id=strawberry.ID("1"), **_values(random, chaos))


def _parts(random: Random, chaos: Chaos) -> list[Any]:
    return [Part(seed=random.getrandbits(32), **_values(random, chaos)) for _ in range(random.randint(0, 3))]


def _part(random: Random, chaos: Chaos) -> Any:
    return Part(seed=random.getrandbits(32), **_values(random, chaos))


def resolve_friend(root: "Being", info: strawberry.Info) -> "Being | None":
    return _nasty(root, info, "friend", _being)


async def resolve_friends(root: "Being", info: strawberry.Info, first: int = 3) -> "list[Being | None]":
    return _nasty(root, info, "friends", _beings, first)


def resolve_echo(
    root: "Being",
    info: strawberry.Info,
    inner: Inner | None = None,
    either: Either | None = None,
    shades: list[Shade] | None = None,
    id: strawberry.ID | None = None,  # noqa: A002
    given: Annotated[str, strawberry.argument(name="named")] = "d",
) -> str | None:
    return _nasty(root, info, "echo", lambda *_: repr((inner, either, shades, id, given)))


@strawberry.interface
class Being:
    seed: strawberry.Private[int]
    id: strawberry.ID
    text: str
    number: int
    maybe: str | None
    friend: "Being | None" = strawberry.field(resolver=resolve_friend)
    friends: "list[Being | None]" = strawberry.field(resolver=resolve_friends)
    echo: str | None = strawberry.field(resolver=resolve_echo)


async def resolve_part(root: Any, info: strawberry.Info) -> "Part":
    return _nasty(root, info, "part", _part)


def resolve_parts(root: Any, info: strawberry.Info) -> "list[Part]":
    return _nasty(root, info, "parts", _parts)


def resolve_thing(root: Any, info: strawberry.Info) -> "Anything | None":
    return _nasty(root, info, "thing", _being)


async def _things(roots: Any, info: strawberry.Info, first: int = 2) -> list[list["Being"] | Exception]:
    outcomes = []
    for root in roots:
        try:
            outcomes.append(_nasty(root, info, "s_things", _beings, first))
        except Exception as error:  # noqa: BLE001
            outcomes.append(error)
    return outcomes


@strawberry.type
class Part:
    seed: strawberry.Private[int]
    text: str
    number: int | None
    ratio: float | None
    flag: bool | None
    shade: Shade | None
    words: list[str | None] | None
    maybe: str | None
    part: "Part" = strawberry.field(resolver=resolve_part)
    parts: "list[Part]" = strawberry.field(resolver=resolve_parts)
    thing: "Anything | None" = strawberry.field(resolver=resolve_thing)


@strawberry.type
class Robot(Being):
    ratio: float
    flag: bool
    shade: Shade
    words: list[str]
    parts: list[Part] = strawberry.field(resolver=resolve_parts)


@strawberry.type
class Human(Being):
    ratio: float | None
    flag: bool
    shade: Shade | None
    words: list[str | None]
    s_things: list["Being"] = strawberry.field(resolver=batched(_things), name="s_things")


@strawberry.type
class Android(Robot):
    """Its class is also that of another type."""

    part: Part = strawberry.field(resolver=resolve_part)


Anything = Annotated[Robot | Human | Android, strawberry.union("Anything")]


def resolve_beings(info: strawberry.Info) -> list[Being]:
    return _nasty(None, info, "beings", _beings)


async def resolve_part_of(info: strawberry.Info, n: int = 0) -> Part | None:
    return _nasty(None, info, "part_of", _part, n)


@strawberry.type
class Query:
    beings: list[Being] = strawberry.field(resolver=resolve_beings)
    part: Part | None = strawberry.field(resolver=resolve_part_of)
    parts: list[Part] = strawberry.field(resolver=resolve_parts)
    thing: Anything | None = strawberry.field(resolver=resolve_thing)


class Context:
    """The context of a request on Strawberry's schema: what `batched` needs of one."""

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.batches: dict[Any, Any] = {}


def strawberry_schema() -> GraphQLSchema:
    """The schema of Strawberry's nasty cases."""
    return strawberry.Schema(Query)._schema
