"""Who uses what of the schema: operations, their fields and the names of the clients that send them.

It is what one reads before a field is deprecated or removed. Which fields an operation asks is worked out once for a
document; a request adds one to its operation's count for its client, and the two are multiplied when somebody looks.
A field counts once for each operation that asks it, whether @skip and @include leave it out or not. All of it is in
memory, since the start of the hub, and bounded: rare operations are added to the totals and forgotten.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from heapq import nlargest
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    get_operation_ast,
)
from msgspec import Struct, field

from connectors.guards.durations import Durations
from hub.observability.names import UNNAMED

MOST: Final = 500
"""Operations told apart; past it, the half that is asked least is forgotten."""


class OperationUse(Struct):
    """One operation of one document. `document`: the SHA-256 of its text, as persisted queries name it; `key`: it,
    and the operation's name in the request.

    `executed`: how long those took that were not answered from memory; `kept`: those that were; `failed`: answers
    with an error. `clients`: requests by name of client.
    """

    key: str
    name: str
    kind: str
    document: str
    fields: tuple[str, ...]
    clients: dict[str, int] = field(default_factory=dict)
    executed: Durations = field(default_factory=Durations)
    kept: int = 0
    failed: int = 0

    @property
    def count(self) -> int:
        """Requests for it."""
        return sum(self.clients.values())

    def merge(self, other: "OperationUse") -> None:
        """Add that of another process."""
        _add(self.clients, other.clients)
        self.executed.merge(other.executed)
        self.kept += other.kept
        self.failed += other.failed


class UsageTally(Struct):
    """All uses: of the operations told apart, and by field ("Type.field") and client of those forgotten since."""

    operations: dict[str, OperationUse] = field(default_factory=dict)
    forgotten: dict[str, dict[str, int]] = field(default_factory=dict)

    def merge(self, other: "UsageTally") -> None:
        """Add that of another process."""
        for key, use in other.operations.items():
            if key in self.operations:
                self.operations[key].merge(use)
            else:
                self.operations[key] = use
        for name, clients in other.forgotten.items():
            _add(self.forgotten.setdefault(name, {}), clients)

    def fields(self) -> dict[str, dict[str, int]]:
        """Requests by field ("Type.field") and name of client."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for name, clients in self.forgotten.items():
            _add(found[name], clients)
        for use in self.operations.values():
            for name in use.fields:
                _add(found[name], use.clients)
        return dict(found)

    def slowest(self, most: int) -> list[OperationUse]:
        """The operations that take longest when they are executed, by their mean."""
        executed = [use for use in self.operations.values() if use.executed.count]
        return nlargest(most, executed, key=lambda use: use.executed.mean)


class Usage:
    """Counts the operations of one process."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._uses: dict[str, OperationUse] = {}
        self._forgotten: dict[str, dict[str, int]] = {}

    def operation(self, document: DocumentNode, query: str, operation_name: str | None) -> OperationUse | None:
        """The operation that a valid document and name stand for, to be given to `count`; None when there is none."""
        hash_ = _hash(query)
        key = f"{hash_} {operation_name or ''}"
        known = self._uses.get(key)
        if known is not None:
            return known
        operation = get_operation_ast(document, operation_name)
        if operation is None:
            return None
        name = operation.name.value if operation.name else UNNAMED
        fields = tuple(sorted(fields_of(self._schema, document, operation)))
        return OperationUse(key, name, operation.operation.value, hash_, fields)

    def count(self, use: OperationUse, client: str, seconds: float, *, kept: bool, failed: bool) -> None:
        """One more request for an operation. `kept`: answered from memory."""
        if use.key not in self._uses:
            self._keep(use)
        use.clients[client] = use.clients.get(client, 0) + 1
        if kept:
            use.kept += 1
        else:
            use.executed.add(seconds)
        if failed:
            use.failed += 1

    def tally(self) -> UsageTally:
        """The counts now; they go on being written."""
        return UsageTally(self._uses, self._forgotten)

    def _keep(self, use: OperationUse) -> None:
        if len(self._uses) >= MOST:
            self._forget()
        self._uses[use.key] = use

    def _forget(self) -> None:
        """Add what is asked least to the totals. Who still holds such an operation counts on it from zero."""
        for use in sorted(self._uses.values(), key=lambda use: use.count)[: MOST // 2]:
            del self._uses[use.key]
            for name in use.fields:
                _add(self._forgotten.setdefault(name, {}), use.clients)
            use.clients, use.executed, use.kept, use.failed = {}, Durations(), 0, 0


@lru_cache(maxsize=MOST)
def _hash(query: str) -> str:
    return sha256(query.encode("utf-8", "replace")).hexdigest()


def fields_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """The fields ("Type.field") that an operation of a valid document asks; those of introspection are left out."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    found: set[str] = set()
    spread: set[str] = set()  # a fragment has one type: to read it once is enough
    waiting: list[tuple[GraphQLNamedType | None, SelectionSetNode]] = [
        (schema.get_root_type(operation.operation), operation.selection_set)
    ]
    while waiting:
        parent, selections = waiting.pop()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                waiting.extend(_below(parent, selection, found))
            elif isinstance(selection, InlineFragmentNode):
                type_ = selection.type_condition
                waiting.append((schema.get_type(type_.name.value) if type_ else parent, selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                fragment = fragments[selection.name.value]
                waiting.append((schema.get_type(fragment.type_condition.name.value), fragment.selection_set))
    return found


def _below(
    parent: GraphQLNamedType | None, node: FieldNode, found: set[str]
) -> Iterator[tuple[GraphQLNamedType, SelectionSetNode]]:
    """Note a field, and yield what is selected below it."""
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in parent.fields:
        return
    found.add(f"{parent.name}.{node.name.value}")
    if node.selection_set:
        yield get_named_type(parent.fields[node.name.value].type), node.selection_set


def _add(to: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        to[name] = to.get(name, 0) + count
