"""How Python values stand for values of GraphQL types: which are good at sight, and what becomes of the others.

"At sight" means by the exact class of the value, where the schema leaves no doubt about it: a `str` for String, a
member of its own Python class for an enum, an instance of the class that Strawberry made a type of for an object.
Everything else goes through the type's own functions, as graphql-core would call them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import GeneratorType
from typing import Any, Final

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    default_type_resolver,
)
from strawberry.types.base import StrawberryObjectDefinition

from hub.engine.reasons import Fallback, Reason
from hub.engine.runtime import ResolverInfo, settled

STRAWBERRY: Final = "strawberry-definition"
"""Where Strawberry keeps its own definition of a type, a field or a schema."""


FRAGMENTS: Final = "fragments"
"""The attribute of objects that keep JSON of theirs."""


class Sight(Enum):
    """What makes a leaf good at sight."""

    CLASS = "its class"
    INT = "its class, and 32 bits"
    FLOAT = "its class, and it is finite"
    TABLE = "its class: a table gives the name"
    NEVER = "nothing: it is serialised"


@dataclass(frozen=True, slots=True, eq=False)
class LeafValues:
    """How values of a leaf type are completed. `careful` completes any value, null excepted, or raises."""

    sight: Sight
    known: type | None
    table: Mapping[Any, str] | None
    careful: Callable[[Any], Any]


class ObjectValues:
    """How objects of one type are known: at sight when their class is `known`, or one that was `seen` to be of theirs.

    `keep`: they keep JSON of theirs.
    """

    def __init__(self, type_: GraphQLObjectType) -> None:
        self._type = type_
        self.known: type | None = None
        definition = type_.extensions.get(STRAWBERRY)
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_type_of is None:
            # an exception or an awaitable is never a value, whatever its class stands for
            apart = issubclass(definition.origin, Exception) or hasattr(definition.origin, "__await__")
            self.known = None if apart else definition.origin
        self.seen: set[type | None] = {self.known}
        self.keep = FRAGMENTS in getattr(self.known, "__annotations__", ())

    def __repr__(self) -> str:
        return f"objects of type {self._type}, at sight when of {self.known}"

    def check(self, values: list[Any], info: ResolverInfo) -> None:
        """Raise unless every value is an object that graphql-core would take for one of this type."""
        seen = self.seen
        if seen.issuperset(map(type, values)):
            return
        for value in values:
            if type(value) not in seen:
                self.check_one(value, info)

    def check_one(self, value: Any, info: ResolverInfo) -> None:
        """Raise unless graphql-core would take this value for one of this type; its class may be seen by that."""
        if value is None or settled(value) is Undefined:
            raise Fallback(Reason.ERROR)
        if self._type.is_type_of is None:
            if type(value) is not GeneratorType:  # which may be a coroutine or not; else its class says all of a value
                self.seen.add(type(value))
        elif not settled(self._type.is_type_of(value, info)):  # type: ignore[arg-type]
            raise Fallback(Reason.ERROR)


class AbstractValues:
    """How the runtime type of an object of an interface or a union is found."""

    def __init__(self, schema: GraphQLSchema, type_: GraphQLAbstractType, objects: "Values") -> None:
        self._type = type_
        self._possible = {t.name: objects.object(t) for t in schema.get_possible_types(type_)}
        self._resolve = type_.resolve_type or default_type_resolver
        self._by_class = _by_class(self._possible) if _by_strawberry(type_) else {}

    def __repr__(self) -> str:
        return f"objects of abstract type {self._type}, at sight when of {list(self._by_class)}"

    def kinds(self, values: list[Any], info: ResolverInfo) -> list[str]:
        """The name of each value's type; raises when graphql-core must tell."""
        by_class = self._by_class
        return [by_class.get(type(value)) or self._kind(value, info) for value in values]

    def kind(self, value: Any, info: ResolverInfo) -> str:
        """The same of one value."""
        return self._by_class.get(type(value)) or self._kind(value, info)

    def _kind(self, value: Any, info: ResolverInfo) -> str:
        if value is None or settled(value) is Undefined:
            raise Fallback(Reason.ERROR)
        name = settled(self._resolve(value, info, self._type))  # type: ignore[arg-type]
        if name not in self._possible:
            raise Fallback(Reason.ERROR)
        self._possible[name].check_one(value, info)
        return str(name)


def _by_strawberry(type_: GraphQLAbstractType) -> bool:
    """Whether Strawberry itself finds the runtime type, and not a function that somebody gave it."""
    definition = type_.extensions.get(STRAWBERRY)
    return definition is not None and getattr(definition, "resolve_type", None) is None


def _by_class(possible: Mapping[str, ObjectValues]) -> dict[type, str]:
    """The classes that stand for one of these types, and by inheritance for no other."""
    known = {name: values.known for name, values in possible.items() if values.known}
    if len(known) < len(possible):
        return {}
    return {
        class_: name
        for name, class_ in known.items()
        if sum(issubclass(class_, other) for other in known.values()) == 1
    }


class Values:
    """What is known of the values of each type of a schema: made when first asked for, then always the same."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._leaves: dict[str, LeafValues] = {}
        self._objects: dict[str, ObjectValues] = {}
        self._abstract: dict[str, AbstractValues] = {}

    def leaf(self, type_: GraphQLLeafType) -> LeafValues:
        """Of a scalar or an enum."""
        if type_.name not in self._leaves:
            self._leaves[type_.name] = _leaf(type_)
        return self._leaves[type_.name]

    def object(self, type_: GraphQLObjectType) -> ObjectValues:
        """Of an object type."""
        if type_.name not in self._objects:
            self._objects[type_.name] = ObjectValues(type_)
        return self._objects[type_.name]

    def abstract(self, type_: GraphQLAbstractType) -> AbstractValues:
        """Of an interface or a union."""
        if type_.name not in self._abstract:
            self._abstract[type_.name] = AbstractValues(self._schema, type_, self)
        return self._abstract[type_.name]


_AT_SIGHT: Final[Mapping[GraphQLLeafType, tuple[Sight, type]]] = {
    GraphQLString: (Sight.CLASS, str),
    GraphQLID: (Sight.CLASS, str),
    GraphQLBoolean: (Sight.CLASS, bool),
    GraphQLInt: (Sight.INT, int),
    GraphQLFloat: (Sight.FLOAT, float),
}


def _leaf(type_: GraphQLLeafType) -> LeafValues:
    careful = _careful(type_)
    if type_ in _AT_SIGHT:
        return LeafValues(*_AT_SIGHT[type_], None, careful)
    if type_.coerce_output_value is str:
        return LeafValues(Sight.CLASS, str, None, careful)
    members = getattr(type_, "wrapped_cls", None)  # Strawberry's enums know their Python class
    if isinstance(type_, GraphQLEnumType) and isinstance(members, type) and issubclass(members, Enum):
        return LeafValues(Sight.TABLE, members, {m: type_.coerce_output_value(m) for m in members}, careful)
    return LeafValues(Sight.NEVER, None, None, careful)


def _careful(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None or settled(value) is Undefined:
            raise Fallback(Reason.ERROR)
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Fallback(Reason.ERROR)
        return coerced

    complete.__qualname__ = f"careful completion of {type_.name}"
    return complete
