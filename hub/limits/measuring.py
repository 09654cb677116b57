"""How deep a document goes and what it costs: one walk over each definition, so that no fragment is expanded.

Linear in the document: a fragment is measured once, after those that it spreads, however often it is spread itself.
"""

from functools import reduce
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from msgspec import Struct

from hub.limits.cost import LENGTHS, MAX_PAGE, WEIGHTS, DocumentCost, Form, OperationCost, Page, Step

SIZES: Final = ("first", "ids")
"""Arguments that say how many entries a field has: a number, or a list with one each."""

PAGED: Final = frozenset({"nodes", "edges"})
"""Lists whose size is said by the field around them (Relay connections)."""

INTROSPECTION: Final = {"__schema": "__Schema", "__type": "__Type"}
INTROSPECTION_WEIGHT: Final = 2_000
"""What introspection costs besides what it answers: it runs on the slow executor."""
INTROSPECTED: Final = 2
"""Entries taken for the lists of introspection, that of types apart: fields, arguments, enum values, …"""
NAMES_PER_VALUE: Final = 3
"""Values of introspection that count as one: they are short names, and most of a chain of `ofType` is null."""


class Measure(Struct, frozen=True):
    """Of a selection set: how deep it goes, what it costs, and what it costs per entry of the page around it."""

    depth: int = 0
    cost: Form = Form()
    per_entry: Form = Form()

    def __add__(self, other: "Measure") -> "Measure":
        return Measure(max(self.depth, other.depth), self.cost + other.cost, self.per_entry + other.per_entry)


class Measuring:
    """Measures one document. `order`: its fragments, each after those that it spreads."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, order: list[str], list_size: int) -> None:
        self._schema = schema
        self._list_size = list_size
        self._steps: list[Step] = []
        self._measured: dict[str, Measure] = {}
        self.depth = 0
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        for name in order:
            if name in fragments:
                self._measured[name] = self._of(fragments[name].selection_set, self._type(fragments[name]))
        self._operations = {
            d.name.value if d.name else "": self._operation(d)
            for d in document.definitions
            if isinstance(d, OperationDefinitionNode)
        }

    def cost(self) -> DocumentCost:
        """The costs of the operations."""
        return DocumentCost(self._operations)

    def _operation(self, node: OperationDefinitionNode) -> OperationCost:
        measure = self._of(node.selection_set, self._schema.get_root_type(node.operation))
        self.depth = max(self.depth, measure.depth)
        defaults = {
            variable.variable.name.value: size
            for variable in node.variable_definitions or ()
            if (size := _literal(variable.default_value)) is not None
        }
        form = measure.cost + measure.per_entry.times(self._list_size)
        return OperationCost(form, tuple(self._steps) if form.terms else (), defaults)

    def _of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Measure:
        """A selection set. The parser bounds how deep these calls go: it nests more of its own."""
        nodes = selections.selections if selections else ()
        return reduce(Measure.__add__, (self._selection(node, parent) for node in nodes), Measure())

    def _selection(self, node: Any, parent: GraphQLNamedType | None) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._measured.get(node.name.value, Measure())
        return self._of(node.selection_set, self._type(node) if node.type_condition else parent)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        name = node.name.value
        if name in INTROSPECTION:
            inner = self._of(node.selection_set, self._schema.get_type(INTROSPECTION[name]))
            return Measure(1, Form(INTROSPECTION_WEIGHT + inner.cost.constant // NAMES_PER_VALUE))
        field: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        weight = Form(1 + WEIGHTS.get(f"{parent.name}.{name}", 0)) if parent else Form(1)
        type_ = get_named_type(field.type) if field else None
        if field is None or not is_composite_type(type_):
            # Unknown to the schema, or a leaf: what is below is refused by validation.
            return Measure(1 + self._of(node.selection_set, None).depth, weight)
        inner = self._of(node.selection_set, type_)
        page = self._page(node, field, parent)
        if not is_list_type(get_nullable_type(field.type)):
            return Measure(inner.depth + 1, weight + inner.cost + self._times(page, inner.per_entry))
        entry = Form(1) + inner.cost + inner.per_entry.times(self._list_size)
        if name in PAGED and page is None:
            return Measure(inner.depth + 1, weight, entry)
        return Measure(inner.depth + 1, weight + self._times(page, entry))

    def _times(self, page: Page | int | None, entry: Form) -> Form:
        if not isinstance(page, Page):
            return entry.times(self._list_size if page is None else page)
        self._steps.append(Step(page, entry))
        return Form(0, {len(self._steps) - 1: 1})

    def _page(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> Page | int | None:
        """How many entries a field says that it has; None when it says nothing."""
        if parent and parent.name.startswith("__"):
            return len(self._schema.type_map) if node.name.value == "types" else INTROSPECTED
        known = next((name for name in SIZES if name in field.args), None)
        if known is None:
            return LENGTHS.get(f"{parent.name}.{node.name.value}") if parent else None
        default = _default(field.args[known])
        otherwise = self._list_size if default is None else default
        for argument in node.arguments or ():
            if argument.name.value == known:
                if isinstance(argument.value, VariableNode):
                    return Page(argument.value.name.value, otherwise)
                given = _literal(argument.value)
                return otherwise if given is None else given
        return otherwise

    def _type(self, node: FragmentDefinitionNode | InlineFragmentNode) -> GraphQLNamedType | None:
        condition: NameNode | None = node.type_condition.name if node.type_condition else None
        return self._schema.get_type(condition.value) if condition else None


def _default(argument: GraphQLArgument) -> int | None:
    """The default of an argument: a value in a schema made of Python types, a literal in one made of SDL."""
    if argument.default is not None:
        return _literal(argument.default.literal)
    return argument.default_value if isinstance(argument.default_value, int) else None


def _literal(value: ValueNode | None) -> int | None:
    """The size that a literal says, within what a page may have; None when it says none."""
    if isinstance(value, IntValueNode):
        digits = value.value
        return 0 if digits[0] == "-" else min(int(digits[:4]), MAX_PAGE)
    if isinstance(value, ListValueNode):
        return min(len(value.values), MAX_PAGE)
    return None
