"""hub1000 explain: how a query would be executed: its plan, and the program that is made of it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import DocumentNode

from hub.engine import CompiledExecutor, Fallback
from hub.engine.plan import described
from hub.execution import Engine, GraphQLResult
from resolvers.schema import build_schema


def explain(query: str, operation: str | None, variables: str | None) -> int:
    """Print the plan and the program of a query, or why graphql-core executes it; 1 when it is not a valid one.

    `query` is a document, or the name of the file that holds it; `variables` a JSON object.
    """
    try:
        given = json.loads(variables) if variables else {}
        if not isinstance(given, dict):
            raise TypeError("--variables is a JSON object")  # noqa: TRY301
        text = query if "{" in query else Path(query).read_text(encoding="utf-8")
    except (json.JSONDecodeError, OSError, TypeError) as error:
        print(f"hub1000: {error}", file=sys.stderr)
        return 1
    schema = build_schema()
    prepared = Engine(schema).prepare(text)
    if isinstance(prepared, GraphQLResult):
        for problem in prepared.errors:
            print(f"hub1000: {problem['message']}", file=sys.stderr)
        return 1
    return _explain(CompiledExecutor(schema), prepared.document, operation, given)


def _explain(
    executor: CompiledExecutor, document: DocumentNode, operation: str | None, variables: dict[str, Any]
) -> int:
    try:
        compiled, _ = executor.compile(document, variables, operation)
    except Fallback as fallback:
        print(f"executed by graphql-core: {fallback.reason}")
        return 0
    print(f"plan: {compiled.planned.size} fields, {len(compiled.planned.arguments)} with arguments\n")
    print("\n".join(described(compiled.planned.selection)))
    print(f"\nprogram: {len(compiled.program.text)} characters\n")
    print(compiled.program.text)
    print("constants:\n")
    for number, constant in enumerate(compiled.program.constants):
        print(f"k{number}: {_shown(constant)}")
    return 0


def _shown(constant: object) -> str:
    """A constant in a few words: a resolver and a class by their names, a table of enum names by its size."""
    if isinstance(constant, Mapping):
        return f"names of {len(constant)} values"
    name = getattr(constant, "__qualname__", None)
    return f"{getattr(constant, '__module__', '')}.{name}" if name else repr(constant)
