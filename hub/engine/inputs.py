"""From coerced arguments to what a resolver is given: what Strawberry's `convert_arguments` does, worked out once.

Strawberry finds out for every value of every request what its type is and what its fields are called. Here that is
done once for each type, and a function is kept; types that convert their own values are left to Strawberry.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import lru_cache, partial
from typing import Any, TypeAlias

from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema import Schema
from strawberry.types.arguments import convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

Convert: TypeAlias = Callable[[Any], Any]


class Inputs:
    """The conversions of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._config = schema.config
        self._registry = schema.schema_converter.scalar_registry
        self._objects: dict[type, Convert] = {}

    def arguments(self, field: StrawberryField) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """The conversion of all arguments of a field."""
        name_of = self._config.name_converter.from_argument
        known = [(name_of(a), a.python_name, self.of(a.type)) for a in field.arguments]

        def convert(values: Mapping[str, Any]) -> dict[str, Any]:
            return {
                python_name: values[name] if change is None else change(values[name])
                for name, python_name, change in known
                if name in values
            }

        return convert

    def of(self, type_: Any) -> Convert | None:
        """The conversion of values of a type; None when they stay as they are."""
        match type_:
            case StrawberryMaybe():
                return self._by_strawberry(type_)
            case StrawberryOptional(of_type=inner):
                return self.of(inner)
            case StrawberryList(of_type=inner):
                return self._items(self.of(inner))
            case LazyType():
                return self.of(type_.resolve_type())
            case StrawberryEnumDefinition():
                return None
        if type_ is not GlobalID and (is_scalar(type_, self._registry) or has_enum_definition(type_)):
            return None
        if has_object_definition(type_) and type_.__strawberry_definition__.from_input is None:
            return self._object(type_)
        return self._by_strawberry(type_)

    def _by_strawberry(self, type_: Any) -> Convert:
        return partial(convert_argument, type_=type_, scalar_registry=self._registry, config=self._config)

    def _items(self, item: Convert | None) -> Convert:
        def convert(values: Any) -> Any:
            if values is None or values is UNSET:
                return values
            return list(values) if item is None else [item(value) for value in values]

        return convert

    def _object(self, type_: type) -> Convert:
        known = self._objects.get(type_)
        if known is None:
            known = self._objects[type_] = _Object(type_, self)
        return known


class _Object:
    """The conversion of one input type. Its fields are looked up when it is first used: types can hold themselves."""

    __slots__ = ("_absent", "_fields", "_inputs", "_type")

    def __init__(self, type_: type, inputs: Inputs) -> None:
        self._type = type_
        self._inputs = inputs
        self._fields: list[tuple[str, str, Convert | None]] | None = None
        self._absent: dict[str, None] = {}

    def __call__(self, value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if self._fields is None:
            self._fields = self._look_up()
        given = self._absent.copy()
        for name, python_name, change in self._fields:
            if name in value:
                given[python_name] = value[name] if change is None else change(value[name])
        return self._type(**given)

    def _look_up(self) -> list[tuple[str, str, Convert | None]]:
        definition: StrawberryObjectDefinition = self._type.__strawberry_definition__  # type: ignore[attr-defined]
        if definition.is_input:
            # what may be left out and has no default of its own is null
            self._absent = {
                field.python_name: None
                for field in definition.fields
                if field.default_value is MISSING and field.default_factory is MISSING
            }
        name_of = self._inputs._config.name_converter.from_field
        return [
            (name_of(field), field.python_name, self._inputs.of(field.resolve_type(type_definition=definition)))
            for field in definition.fields
        ]


inputs_of = lru_cache(maxsize=8)(Inputs)
"""Those of a schema: made once."""
