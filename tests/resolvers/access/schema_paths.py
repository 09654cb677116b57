"""From every field of a schema to operations that ask it: one shortest way from the root to each type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

Abstract = GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True)
class Step:
    """A field on the way, of a type; `on`: the type that it leads to, when it may lead to several."""

    parent: str
    field: str
    on: str | None = None

    @property
    def name(self) -> str:
        return f"{self.parent}.{self.field}"


Path = tuple[Step, ...]


class Paths:
    """`arguments`: for "Type.field", its arguments as they are written, when it has some that are required.

    `avoided`: fields that lead nowhere in the data at hand.
    """

    def __init__(self, schema: GraphQLSchema, arguments: Mapping[str, str], avoided: frozenset[str]) -> None:
        self._schema = schema
        self._arguments = arguments
        self._avoided = avoided
        self.to: dict[str, Path] = {}
        for root in (schema.query_type, schema.mutation_type):
            assert root
            self._spread(root)

    def types(self) -> Iterator[GraphQLObjectType]:
        """Every object type of the API that a request leads to: subscriptions, which all are public, are not asked."""
        for type_ in self._schema.type_map.values():
            if type_ is self._schema.subscription_type:
                continue
            if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
                yield type_

    def operation(self, type_: GraphQLObjectType, fields: list[str]) -> str:
        """An operation that asks these fields of a type."""
        path = self.to[type_.name]
        text = " ".join(["__typename", *(self._asked(type_, name) for name in fields)])
        for step in reversed(path):
            inner = f"... on {step.on} {{ {text} }}" if step.on else text
            text = f"{step.field}{self._given(step.name)} {{ __typename {inner} }}"
        root = path[0].parent if path else type_.name
        return f"{'mutation' if root == 'Mutation' else 'query'} {{ {text} }}"

    def _asked(self, type_: GraphQLObjectType, name: str) -> str:
        field = type_.fields[name]
        below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
        missing = [arg for arg, value in field.args.items() if is_required_argument(value)]
        assert not missing or f"{type_.name}.{name}" in self._arguments, f"{type_.name}.{name} needs {missing}"
        return f"{name}{self._given(f'{type_.name}.{name}')}{below}"

    def _given(self, name: str) -> str:
        given = self._arguments.get(name)
        return f"({given})" if given else ""

    def _spread(self, root: GraphQLObjectType) -> None:
        """Breadth first: what is met first is met by a shortest way."""
        self.to[root.name] = ()
        waiting = [root]
        for type_ in waiting:
            for name, field in type_.fields.items():
                if f"{type_.name}.{name}" in self._avoided:
                    continue
                for found, on in self._reached(field):
                    if found.name not in self.to:
                        self.to[found.name] = (*self.to[type_.name], Step(type_.name, name, on))
                        waiting.append(found)

    def _reached(self, field: GraphQLField) -> Iterator[tuple[GraphQLObjectType, str | None]]:
        named = get_named_type(field.type)
        if isinstance(named, Abstract):
            for possible in self._schema.get_possible_types(named):
                yield possible, possible.name
        elif isinstance(named, GraphQLObjectType):
            yield named, None


def found_in(data: object, path: Path, type_: str) -> list[dict]:
    """The objects of a type at the end of a path."""
    level = [data]
    for step in path:
        level = [below for one in flat(level) if isinstance(one, dict) for below in flat([one.get(step.field)])]
    return [one for one in flat(level) if isinstance(one, dict) and one.get("__typename") == type_]


def flat(values: list) -> list:
    return [item for value in values for item in (flat(value) if isinstance(value, list) else [value])]
