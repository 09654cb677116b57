"""Batch resolvers: one declaration, called once for all parents by either executor."""

from collections.abc import Sequence
from typing import Any

import pytest
import strawberry
from graphql import execute, parse

from hub.engine import CompiledExecutor
from resolvers.batching import batched, loaded
from resolvers.loader import Loader


class Context:
    def __init__(self) -> None:
        self.batches: dict[Any, Any] = {}
        self.calls: list[tuple[int, int]] = []


async def double(roots: Sequence["Number"], info: strawberry.Info, times: int = 2) -> list[int | Exception]:
    info.context.calls.append((len(roots), times))
    return [ZeroDivisionError("three") if root.value == 3 else root.value * times for root in roots]


@strawberry.type
class Number:
    value: int
    many: int | None = strawberry.field(resolver=batched(double), description="Batched.")


@strawberry.type
class Query:
    numbers: list[Number] = strawberry.field(resolver=lambda: [Number(value=v) for v in (1, 2, 2, 3)])


SCHEMA = strawberry.Schema(Query)._schema


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_batch_is_called_once_for_each_set_of_arguments(compiled: bool) -> None:
    document = parse("{ numbers { many x: many(times: 5) } }")
    context = Context()

    if compiled:
        result = (await CompiledExecutor(SCHEMA).execute(document, context)).result
    else:
        result = await execute(SCHEMA, document, context_value=context)

    assert [number["many"] for number in result.data["numbers"]] == [2, 4, 4, None]
    assert [number["x"] for number in result.data["numbers"]] == [5, 10, 10, None]
    assert [(error.message, error.path) for error in result.errors] == [
        ("three", ["numbers", 3, "many"]),
        ("three", ["numbers", 3, "x"]),
    ]
    assert sorted(context.calls) == [(4, 2), (4, 5)]


async def test_each_root_has_its_own_outcome() -> None:
    asked = []

    async def load(keys: list[str]) -> list[Any]:
        asked.append(keys)
        return [KeyError(key) if key == "bad" else key.upper() for key in keys]

    def keys(root: str) -> list[str]:
        if root == "raises":
            raise ValueError(root)
        return root.split()

    def tell(root: str, found: list[str]) -> str:
        if root == "untold":
            raise LookupError(root)
        return "+".join(found)

    roots = ["a b", "raises", "", "b bad", "untold", "c"]
    outcomes = await loaded(Loader(load), roots, keys, tell)

    assert asked == [["a", "b", "bad", "untold", "c"]]
    assert [outcomes[0], outcomes[2], outcomes[5]] == ["A+B", "", "C"]
    assert [type(outcomes[i]) for i in (1, 3, 4)] == [ValueError, KeyError, LookupError]
