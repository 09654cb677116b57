"""Random operations on any schema: aliases, fragments in fragments, directives, and variables in every position.

Most are valid; validation tells, and the others are thrown away. The same `random.Random` gives the same operation.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
)

Scalars = Mapping[str, Callable[[Random], Any]]
"""What to give for a scalar, by its name."""

SCALARS: Scalars = {
    "String": lambda r: r.choice(["", "a", "deux mots", 'quote " \\ é\n', "x" * 30]),
    "ID": lambda r: r.choice(["1", "two"]),
    "Int": lambda r: r.choice([0, 1, 2, 5, -3, 2**31 - 1]),
    "Float": lambda r: r.choice([0.5, -2.25, 3.0, 1e10]),
    "Boolean": lambda r: r.random() < 0.5,
}


@dataclass(frozen=True)
class Name:
    """An enum value, or a variable with its dollar: printed without quotes."""

    text: str


@dataclass
class Operation:
    """A document, and the values of its variables."""

    text: str
    variables: dict[str, Any]
    fields: set[str] = field(default_factory=set)


class Writer:
    """Writes one operation. `hidden` fields ("Type.field") are never asked for."""

    def __init__(
        self,
        schema: GraphQLSchema,
        random: Random,
        *,
        scalars: Scalars | None = None,
        hidden: Collection[str] = (),
        size: int = 40,
    ) -> None:
        self.schema = schema
        self.random = random
        self.scalars = {**SCALARS, **(scalars or {})}
        self.hidden = hidden
        self.left = random.randint(1, size)
        self.declared: list[str] = []
        self.values: dict[str, Any] = {}
        self.fragments: list[tuple[str, Any, str]] = []
        self.aliases = 0
        self.fields: set[str] = set()

    def operation(self) -> Operation:
        body = self.selection(self.schema.query_type, 0)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        fragments = " ".join(f"fragment {name} on {type_.name} {text}" for name, type_, text in self.fragments)
        return Operation(f"query Q{declared} {body} {fragments}", self.values, self.fields)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def selection(self, type_: Any, depth: int) -> str:
        parts = [self.part(type_, depth) for _ in range(self.random.randint(1, 5) if self.left > 0 else 1)]
        return "{ " + " ".join(part for part in parts if part) + " __typename" * (not any(parts)) + " }"

    def part(self, type_: Any, depth: int) -> str:
        self.left -= 1
        if self.left < 0 and isinstance(type_, GraphQLUnionType):
            return "__typename"
        if self.left < 0:
            return self.field(type_, depth)
        if depth < 7 and self.chance(0.12):
            return f"...{self.condition(type_)}{self.directives()} {self.selection(self.narrowed(type_), depth + 1)}"
        if depth < 7 and self.chance(0.12):
            return f"...{self.fragment(type_, depth)}{self.directives()}"
        if is_abstract_type(type_) and depth < 9 and self.chance(0.5):
            case = self.random.choice(self.schema.get_possible_types(type_))
            return f"... on {case.name}{self.directives()} {self.selection(case, depth + 1)}"
        if isinstance(type_, GraphQLUnionType) or self.chance(0.1):
            return f"{self.alias(0.3)}__typename{self.directives()}"
        return self.field(type_, depth)

    def condition(self, type_: Any) -> str:
        self.narrow = self.random.choice([type_, type_, *self.others(type_)])
        return f" on {self.narrow.name}" if self.narrow is not type_ or self.chance(0.5) else ""

    def narrowed(self, type_: Any) -> Any:
        return self.narrow

    def others(self, type_: Any) -> list[Any]:
        """Other types that objects of this type can be of."""
        if is_abstract_type(type_):
            return list(self.schema.get_possible_types(type_))
        return list(type_.interfaces)

    def fragment(self, type_: Any, depth: int) -> str:
        known = [name for name, on, _ in self.fragments if on is type_]
        if known and self.chance(0.5):
            return self.random.choice(known)
        on = self.random.choice([type_, *self.others(type_)])
        text = self.selection(on, depth + 1)
        name = f"F{len(self.fragments)}"
        self.fragments.append((name, on, text))
        return name

    def field(self, type_: Any, depth: int) -> str:
        names = [n for n in type_.fields if f"{type_.name}.{n}" not in self.hidden]
        if self.left < 0 or depth > 8:
            names = [n for n in names if is_leaf_type(get_named_type(type_.fields[n].type))]
        if not names:
            return ""
        name = self.random.choice(names)
        chosen: GraphQLField = type_.fields[name]
        below = get_named_type(chosen.type)
        self.fields.add(f"{type_.name}.{name}")
        alias = self.alias(1.0 if chosen.args else 0.3)
        arguments = self.arguments(chosen.args)
        text = f"{alias}{name}{arguments}{self.directives()}"
        return f"{text} {self.selection(below, depth + 1)}" if is_composite_type(below) else text

    def alias(self, probability: float) -> str:
        if not self.chance(probability):
            return ""
        self.aliases += 1
        return f"x{self.aliases}: "

    def directives(self) -> str:
        text = ""
        for name in ("skip", "include"):
            if self.chance(0.06):
                type_ = GraphQLNonNull(self.schema.type_map["Boolean"])
                text += f" @{name}(if: {self.value(type_, 0)})"
        return text

    def arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self.value(argument.type, 0, optional=not is_required_argument(argument))}"
            for name, argument in arguments.items()
            if is_required_argument(argument) or self.chance(0.4)
        ]
        return f"({', '.join(given)})" if given else ""

    def value(self, type_: GraphQLInputType, depth: int, *, optional: bool = False) -> str:
        """The text of a value: a literal, or a variable that has it."""
        if self.chance(0.25):
            return self.variable(type_)
        if isinstance(type_, GraphQLNonNull):
            return self.value_of(type_.of_type, depth)
        return "null" if optional and self.chance(0.1) else self.value_of(type_, depth)

    def value_of(self, type_: Any, depth: int) -> str:
        if isinstance(type_, GraphQLList):
            items = [self.value(type_.of_type, depth + 1) for _ in range(self.random.randint(0, 3))]
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLInputObjectType):
            entries = [f"{name}: {self.value(field.type, depth + 1)}" for name, field in self.entries(type_, depth)]
            return f"{{{', '.join(entries)}}}"
        return literal(self.plain(type_, depth, enum=Name))

    def variable(self, type_: GraphQLInputType) -> str:
        name = f"v{len(self.declared)}"
        declared = f"${name}: {type_}"
        nullable = not isinstance(type_, GraphQLNonNull)
        if self.chance(0.3):
            declared += f" = {literal(self.plain(type_, 3, enum=Name))}"
            if self.chance(0.5):
                self.declared.append(declared)
                return f"${name}"
        if nullable and self.chance(0.3):
            if self.chance(0.5):
                self.values[name] = None
        else:
            self.values[name] = "bad" * 20 if self.chance(0.01) else self.plain(type_, 2)
        self.declared.append(declared)
        return f"${name}"

    def plain(self, type_: Any, depth: int, enum: Callable[[str], Any] = str) -> Any:
        """A value as JSON."""
        if isinstance(type_, GraphQLNonNull):
            return self.plain(type_.of_type, depth, enum)
        if isinstance(type_, GraphQLList):
            return [self.plain(type_.of_type, depth + 1, enum) for _ in range(self.random.randint(0, 2))]
        if isinstance(type_, GraphQLInputObjectType):
            return {n: self.plain(f.type, depth + 1, enum) for n, f in self.entries(type_, depth)}
        if isinstance(type_, GraphQLEnumType):
            return enum(self.random.choice(list(type_.values)))
        return self.scalars[type_.name](self.random)

    def entries(self, type_: GraphQLInputObjectType, depth: int) -> list[tuple[str, Any]]:
        every = list(type_.fields.items())
        if type_.is_one_of:
            simple = [e for e in every if not isinstance(get_named_type(e[1].type), GraphQLInputObjectType)]
            return [self.random.choice(simple if depth > 4 and simple else every)]
        required = [e for e in every if isinstance(e[1].type, GraphQLNonNull) and e[1].default_value is Undefined]
        rest = [e for e in every if e not in required]
        return required + [e for e in rest if self.chance(0.25 if depth < 3 else 0.05)]


def literal(value: Any) -> str:
    """A value in GraphQL's language."""
    match value:
        case Name(text):
            return text
        case dict():
            return "{" + ", ".join(f"{name}: {literal(item)}" for name, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(literal(item) for item in value) + "]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case bool():
            return str(value).lower()
        case None:
            return "null"
    return repr(value)
