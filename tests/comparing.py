"""Whether two executors answer alike: data, and errors with message, path, locations and order.

graphql-core runs awaitables side by side and lists errors as they happen. Where awaitables end at different moments
(`waits`), that order, and which errors of a branch that becomes null anyway are listed at all, is chance: there, data
must be equal, and each null that has an error in one answer must have one in the other.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse, validate
from random_operations import Operation

from hub.engine import CompiledExecutor


@dataclass
class Comparison:
    """What came out of many operations. `outcomes` counts executors and fallbacks, and answers with errors."""

    schema: GraphQLSchema
    executor: CompiledExecutor = field(init=False)
    outcomes: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.executor = CompiledExecutor(self.schema)

    def parsed(self, operation: Operation) -> DocumentNode | None:
        """The document of an operation, None when it is not valid."""
        document = parse(operation.text)
        if validate(self.schema, document):
            self.outcomes["invalid"] += 1
            return None
        return document

    async def compare(
        self, operation: Operation, document: DocumentNode, context: Callable[[], object], *, waits: bool
    ) -> None:
        """Execute an operation with both, and note what differs."""
        outcome = execute(self.schema, document, None, context(), operation.variables)
        expected = await outcome if isawaitable(outcome) else outcome
        done = await self.executor.execute(document, context(), operation.variables)
        self.outcomes[done.fallback.value if done.fallback else "compiled"] += 1
        if expected.errors:
            self.outcomes["with errors"] += 1
        if shape(expected, waits) != shape(done.result, waits):
            self.differences.append(
                f"{operation.text}\n{operation.variables}\nfallback: {done.fallback}\n"
                f"graphql-core: {shape(expected, False)}\ncompiled: {shape(done.result, False)}"
            )

    @property
    def compared(self) -> int:
        return sum(n for name, n in self.outcomes.items() if name not in ("invalid", "with errors"))


def shape(result: ExecutionResult, waits: bool) -> tuple[str, list[Any]]:
    """What must be equal. Of data, the text: so 1, 1.0 and true differ, and the order of keys counts."""
    errors = result.errors or []
    data = plain(result.data)
    if waits:
        return repr(data), sorted({repr(nulled(data, error.path or [])) for error in errors})
    return repr(data), [(error.formatted, type(error.original_error)) for error in errors]


def plain(data: Any) -> Any:
    """Data of which no part is kept JSON."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return orjson.loads(orjson.dumps(data)) if isinstance(data, orjson.Fragment) else data


def nulled(data: Any, path: list[str | int]) -> list[str | int]:
    """The beginning of a path up to the null that its error made."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return path
