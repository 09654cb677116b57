"""The variables of an operation: what graphql-core's `get_variable_values` does, worked out once for each operation.

graphql-core finds out for every value of every request what its type is. Here each type becomes a function that takes
what is good at sight, by its Python class, as JSON gives it; what is not (an error, an integer for an ID, one value for
a list of one, …) is left to graphql-core with all the variables of the request, and its errors are the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from types import NoneType
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value

MAX_ERRORS: Final = 50
"""Errors of variables that are told, as by graphql-core's `execute`."""

EXACT: Final = 2**53
"""Integers up to this one are floating-point numbers too, with nothing lost."""

MOST_NESTED: Final = 10
"""How often a type may hold itself in a value at sight: graphql-core, which refuses what is nested deeper than 200
lists and objects, tells of all beyond."""

Coerce: TypeAlias = Callable[[Any], Any]
"""From a value as it came to its coerced value; raises, whatever it is, for one that is not good at sight."""


class _NotAtSight(Exception):
    """graphql-core must tell."""


class _Variable(NamedTuple):
    """`absent`: its source when it has no value; `default`: what it is then, Undefined for nothing."""

    name: str
    coerce: Coerce
    absent: VariableValueSource
    default: Any
    required: bool


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._known = _known(schema, definitions)

    def values(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The coerced values of what a request gives, or its errors: those of graphql-core."""
        if self._known is None:
            return self._told(given)
        try:
            return _values(self._known, given)
        except Exception:  # noqa: BLE001  # a scalar's own function may raise anything
            return self._told(given)

    def _told(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(self._schema, self._definitions, given, max_errors=MAX_ERRORS)


def _known(schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> Sequence[_Variable] | None:
    """What there is to know of variables; None when graphql-core must always tell."""
    coercions = _coercions_of(schema)
    try:
        return [_variable(schema, definition, coercions) for definition in definitions]
    except Exception:  # noqa: BLE001  # a default may be wrong in any way, which graphql-core says where it is used
        return None


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode, coercions: "_Coercions") -> _Variable:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise signature
    default = coerce_default_value(signature)
    required = is_non_null_type(signature.type) and default is Undefined
    return _Variable(signature.name, coercions.of(signature.type), VariableValueSource(signature), default, required)


def _values(known: Sequence[_Variable], given: Mapping[str, Any]) -> VariableValues:
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for name, coerce, absent, default, required in known:
        value = given.get(name, Undefined)
        if value is not Undefined:
            sources[name] = VariableValueSource(absent.signature, value)
            coerced[name] = coerce(value)
        elif required:
            raise _NotAtSight
        else:
            sources[name] = absent
            if default is not Undefined:
                coerced[name] = default
    return VariableValues(sources, coerced)


class _Coercions:
    """The coercions of a schema's types, each made once."""

    def __init__(self) -> None:
        self._objects: dict[str, Coerce] = {}

    def of(self, type_: GraphQLInputType) -> Coerce:
        """Of values of a type, null among them."""
        return self._present(type_.of_type) if isinstance(type_, GraphQLNonNull) else _or_null(self._present(type_))

    def _present(self, type_: Any) -> Coerce:
        """Of those that are not null."""
        match type_:
            case GraphQLList(of_type=item):
                return _items(self.of(item))
            case GraphQLInputObjectType():
                return self._object(type_)
            case GraphQLEnumType(coerce_input_value=coerce):
                return {name: coerce(name) for name in type_.values}.__getitem__
        return _AT_SIGHT.get(type_) or _by_its_own(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        known = self._objects.get(type_.name)
        if known is None:
            itself = self._objects[type_.name] = _Itself()
            fields = {name: (field.out_name or name, self.of(field.type)) for name, field in type_.fields.items()}
            known = itself.coerce = self._objects[type_.name] = _object(type_, fields)
        return known


class _Itself:
    """The coercion of a type where it holds itself, directly or not."""

    coerce: Coerce

    def __init__(self) -> None:
        self._depth = 0

    def __call__(self, value: Any) -> Any:
        if self._depth == MOST_NESTED:
            raise _NotAtSight
        self._depth += 1
        try:
            return self.coerce(value)
        finally:
            self._depth -= 1


@dataclass(frozen=True, slots=True)
class _AsItIs:
    """Values of these very classes stay as they are."""

    classes: frozenset[type]

    def __call__(self, value: Any) -> Any:
        if type(value) in self.classes:
            return value
        raise _NotAtSight


def _or_null(coerce: Coerce) -> Coerce:
    if isinstance(coerce, _AsItIs):
        return _AsItIs(coerce.classes | {NoneType})
    return lambda value: None if value is None else coerce(value)


def _items(item: Coerce) -> Coerce:
    def coerce(values: Any) -> list[Any]:
        if type(values) is not list:
            raise _NotAtSight
        return [item(value) for value in values]

    def checked(values: Any) -> list[Any]:
        if type(values) is list and classes.issuperset(map(type, values)):
            return values.copy()
        raise _NotAtSight

    if isinstance(item, _AsItIs):
        classes = item.classes
        return checked
    return coerce


def _object(type_: GraphQLInputObjectType, fields: Mapping[str, tuple[str, Coerce]]) -> Coerce:
    """`fields`: by name in the request the name in what is made of it, and the coercion."""
    required = {name for name, field in type_.fields.items() if is_required_input_field(field)}
    defaults = {name: coerce_default_value(field) for name, field in type_.fields.items()}
    # all of them, in the order of the type, which is that of what is made
    empty = {fields[name][0]: None if default is Undefined else default for name, default in defaults.items()}
    left_out = [
        (name, fields[name][0]) for name in type_.fields if name not in required and defaults[name] is Undefined
    ]

    def coerce(given: Any) -> Any:
        if type(given) is not dict or not required <= given.keys():
            raise _NotAtSight
        coerced = empty.copy()
        for name, value in given.items():
            out_name, field = fields[name]
            coerced[out_name] = field(value)
        for name, out_name in left_out:
            if name not in given:
                del coerced[out_name]
        if type_.is_one_of and (len(coerced) != 1 or None in coerced.values()):
            raise _NotAtSight
        return type_.out_type(coerced)

    return coerce


def _by_its_own(type_: GraphQLScalarType) -> Coerce:
    own = type_.coerce_input_value

    def coerce(value: Any) -> Any:
        if value is None or value is Undefined:
            raise _NotAtSight
        coerced = own(value)
        if coerced is Undefined:
            raise _NotAtSight
        return coerced

    return coerce


def _int(value: Any) -> int:
    if type(value) is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        return value
    raise _NotAtSight


def _float(value: Any) -> float:
    if (type(value) is float and isfinite(value)) or (type(value) is int and -EXACT <= value <= EXACT):
        return float(value)
    raise _NotAtSight


_AT_SIGHT: Final[Mapping[GraphQLScalarType, Coerce]] = {
    GraphQLString: _AsItIs(frozenset({str})),
    GraphQLID: _AsItIs(frozenset({str})),
    GraphQLBoolean: _AsItIs(frozenset({bool})),
    GraphQLInt: _int,
    GraphQLFloat: _float,
}


@lru_cache(maxsize=8)
def _coercions_of(schema: GraphQLSchema) -> _Coercions:
    return _Coercions()
