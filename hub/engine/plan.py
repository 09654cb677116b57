"""The intermediate form: what a program does, as frozen values, without documents, literals or requests.

A plan mirrors the shape of the answer:

    Selection   an object of the answer: its type, and its fields in the order of the answer
    Field       one entry of it: the key, an origin (where the value comes from), a completion (what it must be)

    origins     Typename      the name of the selection's type, known while planning
                Attribute     an attribute of the parent object, or of what that holds
                Call          a resolver: called once per parent (NOW), called and awaited (AWAITED), or called once for
                              all parents (BATCHED)

    completions Leaf          a scalar or an enum
                Objects       an object of one type: a selection
                OneOf         an object of an abstract type: one selection for each possible type
                Items         a list of another completion
                Each says whether null is allowed in its place.

Arguments are not in a plan: a Call has the number of its arguments in a table that each document fills for itself. So
documents that differ by literals alone, or by names of variables, have plans that read the same.

Selections that the same nodes of a document lead to are one object: a plan is a graph without cycles, and no larger
for a fragment that is used many times.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from graphql import GraphQLAbstractType, GraphQLLeafType, GraphQLObjectType


@dataclass(frozen=True, slots=True)
class Typename:
    """The field `__typename` of an object whose type is known."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the parent object, or of what that holds: then its name is a path ("entry.site")."""

    name: str


class When(Enum):
    """How a resolver is called."""

    NOW = "called for each parent"
    AWAITED = "called for each parent, all awaited together"
    BATCHED = "called once for all parents"


class Given(Enum):
    """What a resolver is given besides its arguments: the value is its name in printed code."""

    PARENT = "o"
    PARENTS = "parents"
    INFO = "run.info"


@dataclass(frozen=True, slots=True)
class Call:
    """A resolver and how it is called. `arguments` is a number in the document's table; None without arguments.

    `lasting`: it tells the same of an object, whoever asks and whenever.
    """

    function: Callable[..., Any]
    when: When
    positional: tuple[Given, ...]
    named: tuple[tuple[str, Given], ...]
    arguments: int | None
    lasting: bool = False


Origin: TypeAlias = Typename | Attribute | Call


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum."""

    type: GraphQLLeafType
    nullable: bool


@dataclass(frozen=True, slots=True)
class Objects:
    """An object of one type."""

    selection: "Selection"
    nullable: bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """An object of an interface or a union: one case for each possible type."""

    type: GraphQLAbstractType
    cases: tuple["Selection", ...]
    nullable: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    item: "Completion"
    nullable: bool


Completion: TypeAlias = Leaf | Objects | OneOf | Items


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of an object of the answer: its key there, and the name of the field."""

    key: str
    name: str
    origin: Origin
    completion: Completion

    @property
    def waits(self) -> bool:
        """Whether it, or anything below it, is awaited."""
        return (isinstance(self.origin, Call) and self.origin.when is not When.NOW) or any(
            selection.waits for selection in selections(self.completion)
        )

    @property
    def lasting(self) -> bool:
        """Whether it, and all below it, is the same for the same object, whoever asks and whenever."""
        told = not isinstance(self.origin, Call) or (self.origin.lasting and self.origin.arguments is None)
        return told and not self.waits and all(selection.lasting for selection in selections(self.completion))


@dataclass(frozen=True, slots=True, eq=False, repr=False)  # a graph: walked whole, it could be without end
class Selection:
    """What is asked of objects of one type."""

    type: GraphQLObjectType
    fields: tuple[Field, ...]
    waits: bool
    lasting: bool

    def __repr__(self) -> str:
        return f"Selection({self.type}: {', '.join(field.key for field in self.fields)})"

    @classmethod
    def of(cls, type_: GraphQLObjectType, fields: tuple[Field, ...]) -> "Selection":
        """A selection of these fields."""
        waits, lasting = any(field.waits for field in fields), all(field.lasting for field in fields)
        return cls(type_, fields, waits, lasting)


def selections(completion: Completion) -> tuple[Selection, ...]:
    """The selections that a completion leads to: none for a leaf, one for each case of an abstract type."""
    match completion:
        case Items(item):
            return selections(item)
        case Objects(selection):
            return (selection,)
        case OneOf(cases=cases):
            return cases
    return ()


def described(selection: Selection) -> Iterator[str]:
    """A plan as lines of text for a reader, each selection once."""
    return _described(selection, "", set())


def _described(selection: Selection, indent: str, seen: set[int]) -> Iterator[str]:
    seen.add(id(selection))
    for field in selection.fields:
        yield f"{indent}{field.key}: {selection.type}.{field.name}{_origin(field.origin)} → {_type(field.completion)}"
        for below in selections(field.completion):
            again = id(below) in seen
            if isinstance(_named(field.completion), OneOf) or again:
                yield f"{indent}    on {below.type}{', as above' if again else ''}"
            if not again:
                yield from _described(below, indent + "    ", seen)


def _origin(origin: Origin) -> str:
    match origin:
        case Attribute(name):
            return f", attribute {name}"
        case Call(function=function, when=when, arguments=arguments):
            table = "" if arguments is None else f", arguments {arguments}"
            return f", {getattr(function, '__name__', 'resolver')} {when.value}{table}"
    return ", known"


def _named(completion: Completion) -> Completion:
    return _named(completion.item) if isinstance(completion, Items) else completion


def _type(completion: Completion) -> str:
    match completion:
        case Items(item):
            shown = f"[{_type(item)}]"
        case Objects(selection):
            shown = selection.type.name
        case Leaf(type=type_) | OneOf(type=type_):
            shown = type_.name
    return shown if completion.nullable else f"{shown}!"
