"""The arguments of a document's fields, as graphql-core coerces them and Strawberry converts them.

Those without variables are coerced once for the document, the others for each request.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLSchema, Node, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema import Schema
from strawberry.types.field import StrawberryField

from hub.engine.inputs import inputs_of
from hub.engine.values import STRAWBERRY

Convert: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


class Arguments:
    """The arguments of one field of a document."""

    __slots__ = ("_convert", "_field", "_fixed", "_node", "_varies")

    def __init__(self, schema: GraphQLSchema, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._convert = _conversion(schema, field)
        self._varies = any(map(_has_variable, node.arguments or ()))
        self._fixed: Mapping[str, Any] | None = None

    def values(self, variables: VariableValues) -> Mapping[str, Any]:
        """What the resolver is given; raises what graphql-core would report when they cannot be had."""
        if self._fixed is not None:
            return self._fixed
        values = self._convert(get_argument_values(self._field, self._node, variables))
        if not self._varies:
            self._fixed = values
        return values


def _has_variable(node: Node) -> bool:
    """Whether a variable stands anywhere in a value; told without recursion, for values can be deep."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, VariableNode):
            return True
        for key in ("value", "values", "fields"):
            below = getattr(current, key, None)
            waiting += below if isinstance(below, list | tuple) else [below] if isinstance(below, Node) else []
    return False


def _conversion(schema: GraphQLSchema, field: GraphQLField) -> Convert:
    """What Strawberry does with coerced arguments: inputs become instances of their classes, names those of Python."""
    definition = field.extensions.get(STRAWBERRY)
    ours = schema.extensions.get(STRAWBERRY)
    if not isinstance(definition, StrawberryField) or not isinstance(ours, Schema):
        return dict
    return inputs_of(ours).arguments(definition)
