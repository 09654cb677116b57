"""The compiled executor: plans and programs are made once, and kept within bounds.

    document + operation + values of its conditions → plan and table of arguments   (kept: `KEPT_FIELDS` fields in all)
    text of the program + constants                 → compiled program              (kept: `KEPT_CHARACTERS` of text)
    the same + values of all variables              → program and converted arguments    (kept: `KEPT_ASKED` of them)

So a document is planned once for each set of conditions, and documents that differ by literals share a program.
Compiling costs most of it, about in proportion to the text of the program: `CHARACTERS_PER_TOKEN` holds that to the
size of the document, whose validation costs as much.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    assert_valid_schema,
    execute,
    get_operation_ast,
)
from graphql.execution.middleware import MiddlewareManager
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from hub.engine import runtime
from hub.engine.handover import Memory
from hub.engine.planner import Planned, conditions, plan
from hub.engine.printer import ENTRY, Printed, printed
from hub.engine.reasons import Fallback, Reason
from hub.engine.runtime import ResolverInfo, Run
from hub.engine.values import Values
from hub.engine.variables import Variables
from hub.observability.snapshot import CacheFigures

KEPT_OPERATIONS: Final = 1_000
KEPT_FIELDS: Final = 100_000
KEPT_CHARACTERS: Final = 8_000_000
KEPT_ASKED: Final = 2_000
LONGEST_ASKED: Final = 2_000
"""Bytes of variables, as JSON; longer ones are converted each time."""

CHARACTERS_PER_TOKEN: Final = 50
CHARACTERS_AT_LEAST: Final = 10_000
"""A program may have this many characters however short its document is."""

_RUNTIME: Final = {
    name: getattr(runtime, name)
    for name in (
        "chosen",
        "flat",
        "kept",
        "kept_one",
        "listed",
        "one_of",
        "present",
        "regrouped",
        "together",
        "with_nulls",
    )
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation that is ready to run. `document` is held so that its id stays its own."""

    document: DocumentNode
    planned: Planned
    program: Printed
    run: Callable[[Run, list[object]], Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation that has no program, and why."""

    document: DocumentNode
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Program:
    run: Callable[[Run, list[object]], Any]
    size: int


@dataclass(frozen=True, slots=True)
class _Operation:
    """An operation of a document, its variables, and which of them decide of its plan."""

    document: DocumentNode
    node: OperationDefinitionNode
    variables: Variables
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """The result of an operation; `fallback` says why graphql-core executed it, None for a program."""

    result: ExecutionResult
    fallback: Reason | None


Table: TypeAlias = Sequence[Mapping[str, Any]]
"""The arguments of each field that has some, as its resolver is given them: resolvers must not change them."""


class CompiledExecutor:
    """Executes validated documents on one schema, each by its program, or by graphql-core."""

    def __init__(self, schema: GraphQLSchema) -> None:
        assert_valid_schema(schema)
        self._schema = schema
        self._values = Values(schema)
        self._operations: LRUCache[tuple[int, str | None], _Operation] = LRUCache(KEPT_OPERATIONS)
        self._compiled: LRUCache[tuple[object, ...], Compiled | Refused] = LRUCache(KEPT_FIELDS, _size)
        self._programs: LRUCache[tuple[str, tuple[int, ...]], _Program] = LRUCache(KEPT_CHARACTERS, lambda p: p.size)
        self._asked: LRUCache[tuple[int, str | None, bytes | None], tuple[Compiled, Table]] = LRUCache(KEPT_ASKED)
        self.programs_made = 0
        self._hits = 0
        self._misses = 0

    @property
    def plans(self) -> CacheFigures:
        """How often an operation had its plan already."""
        return CacheFigures(len(self._compiled), int(self._compiled.currsize), self._hits, self._misses)

    async def execute(
        self,
        document: DocumentNode,
        context: object,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        root: object = None,
    ) -> Executed:
        """Execute a validated document."""
        run: Run | None = None
        try:
            compiled, table = self._ready(document, variables, operation_name)
            run = Run(ResolverInfo(context, self._schema), table)
            done = compiled.run(run, [root])
            return Executed(ExecutionResult((await done if compiled.planned.selection.waits else done)[0], None), None)
        except Fallback as fallback:
            reason = fallback.reason
        except Exception:  # noqa: BLE001  # whatever it is, graphql-core meets it too, and says where
            reason = Reason.ERROR
        memory = Memory(run.kept, compiled.planned.numbers) if run else None
        outcome = execute(
            self._schema,
            document,
            root,
            context,
            variables,
            operation_name,
            middleware=MiddlewareManager(memory) if memory else None,
        )
        return Executed(await outcome if is_awaitable(outcome) else outcome, reason)  # type: ignore[arg-type]

    def _ready(
        self, document: DocumentNode, variables: dict[str, Any] | None, operation_name: str | None
    ) -> tuple[Compiled, Table]:
        """The program of an operation, and the arguments that its resolvers are given."""
        try:
            written = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS) if variables else b""
        except orjson.JSONEncodeError:
            written = None  # not of JSON: who asks is in this process
        key = (id(document), operation_name, written)
        known = self._asked.get(key)
        if known is not None:
            self._hits += 1
            return known
        compiled, coerced = self.compile(document, variables, operation_name)
        known = compiled, [arguments.values(coerced) for arguments in compiled.planned.arguments]
        if written is not None and len(written) <= LONGEST_ASKED:
            self._asked[key] = known
        return known

    def compile(
        self, document: DocumentNode, variables: dict[str, Any] | None = None, operation_name: str | None = None
    ) -> tuple[Compiled, VariableValues]:
        """The program of an operation, made or kept, and its variables. Fallback when it has none."""
        operation = self._operations.get((id(document), operation_name)) or self._found(document, operation_name)
        coerced = self._coerced(operation, variables)
        given = coerced.coerced
        key = (id(document), operation_name, *[(name, given.get(name)) for name in operation.conditions])
        known = self._compiled.get(key)
        if known is None:
            self._misses += 1
            known = self._compiled[key] = self._made(operation, coerced)
        else:
            self._hits += 1
        if isinstance(known, Refused):
            raise Fallback(known.reason)
        return known, coerced

    def _found(self, document: DocumentNode, name: str | None) -> _Operation:
        node = get_operation_ast(document, name)
        if node is None:
            raise Fallback(Reason.NO_OPERATION)
        variables = Variables(self._schema, node.variable_definitions or ())
        operation = self._operations[id(document), name] = _Operation(document, node, variables, conditions(document))
        return operation

    def _coerced(self, operation: _Operation, variables: dict[str, Any] | None) -> VariableValues:
        coerced = operation.variables.values(variables or {})
        if not isinstance(coerced, VariableValues):
            raise Fallback(Reason.ERROR)
        return coerced

    def _made(self, operation: _Operation, variables: VariableValues) -> Compiled | Refused:
        document = operation.document
        try:
            planned = plan(self._schema, document, operation.node, variables)
            program = printed(planned.selection, self._values)
            if len(program.text) > max(CHARACTERS_AT_LEAST, CHARACTERS_PER_TOKEN * document.token_count):
                return Refused(document, Reason.TOO_LARGE)
            return Compiled(document, planned, program, self._program(program))
        except Fallback as fallback:
            return Refused(document, fallback.reason)
        except GraphQLError:
            return Refused(document, Reason.ERROR)
        except RecursionError:
            return Refused(document, Reason.TOO_DEEP)

    def _program(self, program: Printed) -> Callable[[Run, list[object]], Any]:
        key = (program.text, tuple(map(id, program.constants)))  # alive as long as the program that names them
        made = self._programs.get(key)
        if made is None:
            names: dict[str, Any] = {**_RUNTIME, **{f"k{i}": value for i, value in enumerate(program.constants)}}
            exec(compile(program.text, "<program>", "exec"), names)  # noqa: S102  # text of ours alone, see printer.py
            made = self._programs[key] = _Program(names[ENTRY], len(program.text))
            self.programs_made += 1
        return made.run


def _size(kept: Compiled | Refused) -> int:
    return kept.planned.size if isinstance(kept, Compiled) else 1
