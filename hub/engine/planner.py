"""From an operation to its plan. Fields are collected and merged by graphql-core's own functions.

The same nodes always lead to the same selection, so fragments that spread one another, and interfaces in interfaces,
make the plan hardly larger. `FIELDS_PER_TOKEN` holds what is left, and so the time to compile it, to the size of the
text, whose validation has been paid for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from hub.engine.arguments import Arguments
from hub.engine.origins import origin
from hub.engine.plan import Completion, Field, Items, Leaf, Objects, OneOf, Origin, Selection, Typename
from hub.engine.reasons import Fallback, Reason

FIELDS_PER_TOKEN: Final = 1
FIELDS_AT_LEAST: Final = 100
"""A plan may have this many fields however short its document is."""

CONDITIONS: Final = frozenset({"skip", "include"})

_REFUSED: Final = {
    OperationType.MUTATION: Reason.MUTATION,
    OperationType.SUBSCRIPTION: Reason.SUBSCRIPTION,
}


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of an operation, and what its document puts in the table of arguments.

    `numbers` finds the number of a field node by its id. `size` counts the fields of the plan.
    """

    selection: Selection
    arguments: tuple[Arguments, ...]
    numbers: Mapping[int, int]
    size: int


def conditions(document: DocumentNode) -> tuple[str, ...]:
    """The variables that @skip and @include depend on; Fallback when there are other directives."""
    found = set()
    waiting: list[SelectionNode | OperationDefinitionNode | FragmentDefinitionNode] = [
        d for d in document.definitions if isinstance(d, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        node = waiting.pop()
        for directive in node.directives or ():
            if directive.name.value not in CONDITIONS:
                raise Fallback(Reason.DIRECTIVE)
            found |= {a.value.name.value for a in directive.arguments or () if isinstance(a.value, VariableNode)}
        below: SelectionSetNode | None = getattr(node, "selection_set", None)
        waiting += below.selections if below else ()
    return tuple(sorted(found))


def plan(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
) -> Planned:
    """The plan of a query. Of `variables`, only those of `conditions` matter to it. Fallback when there is none."""
    if operation.operation in _REFUSED or schema.query_type is None:
        raise Fallback(_REFUSED.get(operation.operation, Reason.NO_OPERATION))
    planner = _Planner(schema, document, operation, variables)
    root = schema.query_type
    collected = collect_fields(schema, planner.fragments, variables, root, operation)
    selection = planner.selection(root, collected.grouped_field_set)
    return Planned(selection, tuple(planner.arguments), planner.numbers, planner.size)


class _Planner:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables
        self._limit = max(FIELDS_AT_LEAST, FIELDS_PER_TOKEN * document.token_count)
        self.fragments = {
            d.name.value: FragmentDetails(d) for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self.arguments: list[Arguments] = []
        self.numbers: dict[int, int] = {}
        self._known: dict[tuple[object, ...], Selection] = {}
        self.size = 0

    def selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> Selection:
        self.size += sum(map(len, grouped.values()))
        if self.size > self._limit:
            raise Fallback(Reason.TOO_LARGE)
        return Selection.of(type_, tuple(self._field(type_, key, nodes) for key, nodes in grouped.items()))

    def _field(self, type_: GraphQLObjectType, key: str, nodes: FieldDetailsList) -> Field:
        node = nodes[0].node
        name = node.name.value
        if name in ("__schema", "__type"):
            raise Fallback(Reason.INTROSPECTION)
        field = self._schema.get_field(type_, name)
        if field is None:
            raise Fallback(Reason.RESOLVER)
        return Field(key, name, self._origin(type_, name, field, node), self._completion(field.type, nodes))

    def _origin(self, type_: GraphQLObjectType, name: str, field: GraphQLField, node: FieldNode) -> Origin:
        if name == "__typename":
            return Typename(type_.name)
        if not (field.args or node.arguments):
            return origin(name, field, None)
        number = self.numbers.get(id(node))
        if number is None:
            number = self.numbers[id(node)] = len(self.arguments)
            self.arguments.append(Arguments(self._schema, field, node))
        return origin(name, field, number)

    def _completion(self, type_: GraphQLOutputType, nodes: FieldDetailsList, nullable: bool = True) -> Completion:
        if is_non_null_type(type_):
            return self._completion(type_.of_type, nodes, nullable=False)
        if is_list_type(type_):
            return Items(self._completion(type_.of_type, nodes), nullable)
        if is_leaf_type(type_):
            return Leaf(type_, nullable)
        if is_abstract_type(type_):
            possible = self._schema.get_possible_types(type_)
            return OneOf(type_, tuple(self._below(t, nodes) for t in possible), nullable)
        object_type: Any = type_
        return Objects(self._below(object_type, nodes), nullable)

    def _below(self, type_: GraphQLObjectType, nodes: FieldDetailsList) -> Selection:
        key = (type_, *(id(details.node) for details in nodes))
        known = self._known.get(key)
        if known is None:
            collected = collect_subfields(self._schema, self.fragments, self._variables, self._operation, type_, nodes)
            known = self._known[key] = self.selection(type_, collected.grouped_field_set)
        return known
