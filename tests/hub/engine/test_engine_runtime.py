"""Columns taken apart and put together again; resolvers that are kept before they fail."""

import asyncio
from typing import Any

import pytest
from graphql import build_schema

from hub.engine import Fallback, Reason
from hub.engine.runtime import ResolverInfo, Run, chosen, flat, present, regrouped, settled, together, with_nulls


def a_run() -> Run:
    return Run(ResolverInfo("context", build_schema("type Query { a: Int }")), [])


@pytest.mark.parametrize("column", [[], [None], [1, 2], [None, 1, None, 2], [0, "", False, None]])
def test_nulls_come_back_in_their_places(column: list[Any]) -> None:
    assert present(column) == [value for value in column if value is not None]
    assert with_nulls(column, [("done", v) for v in present(column)]) == [
        None if value is None else ("done", value) for value in column
    ]


@pytest.mark.parametrize("column", [[], [[]], [[1, 2], (), [3]], [(1,)], [[], []]])
def test_lists_come_back_with_their_lengths(column: list[Any]) -> None:
    assert flat(column) == [item for items in column for item in items]
    assert regrouped(column, flat(column)) == [list(items) for items in column]


@pytest.mark.parametrize("value", [None, 5, "text", {"a": 1}, {1, 2}, iter([1]), range(2)])
def test_what_is_no_list_at_sight_is_left_to_graphql_core(value: object) -> None:
    with pytest.raises(Fallback) as left:
        flat([[1], value])
    assert left.value.reason is Reason.VALUE


def test_objects_of_several_types_come_back_in_order() -> None:
    assert chosen(["A", "B", "A"], {"A": [1, 3], "B": [2], "C": []}) == [1, 2, 3]


async def test_a_value_that_is_apart() -> None:
    async def later() -> None: ...

    waiting = later()
    with pytest.raises(Fallback):
        settled(waiting)
    waiting.close()
    with pytest.raises(ZeroDivisionError):
        settled(ZeroDivisionError())
    assert settled(None) is None


def test_a_resolver_is_told_the_context_and_nothing_of_the_execution() -> None:
    info = a_run().info

    assert info.context == "context"
    with pytest.raises(Fallback) as left:
        _ = info.path
    assert left.value.reason is Reason.INFO


async def test_all_that_is_awaited_ends_and_is_kept_before_a_failure_is_raised() -> None:
    run = a_run()
    failed = asyncio.Event()

    async def fail() -> None:
        failed.set()
        raise ZeroDivisionError

    async def give() -> str:
        await failed.wait()
        return "given"

    with pytest.raises(ZeroDivisionError):
        await run.ask("field", 3, ["a", "b"], [fail(), give()])
    with pytest.raises(ZeroDivisionError):
        await run.ask("field", None, ["c"], [fail()])

    (both, one) = run.kept
    assert (both.field, both.arguments, both.parents, both.awaited) == ("field", 3, ["a", "b"], True)
    assert [type(both.values[0]), both.values[1]] == [ZeroDivisionError, "given"]
    assert [type(v) for v in one.values] == [ZeroDivisionError]
    assert await run.ask("field", None, ["d"], [give()]) == ["given"]


async def test_the_failure_of_a_batch_is_that_of_each_parent() -> None:
    run = a_run()

    async def batch(outcome: Any) -> Any:
        if outcome is None:
            raise ZeroDivisionError
        return outcome

    with pytest.raises(ZeroDivisionError):
        await run.ask_batch("field", None, ["a", "b"], batch(None))
    with pytest.raises(KeyError):
        await run.ask_batch("field", None, ["a", "b"], batch(["good", KeyError("b")]))
    with pytest.raises(ValueError, match="2 parents, 1"):
        await run.ask_batch("field", None, ["a", "b"], batch(["one"]))

    assert [[type(v) for v in kept.values] for kept in run.kept] == [
        [ZeroDivisionError] * 2,
        [str, KeyError],
        [ValueError] * 2,
    ]


async def test_columns_side_by_side_all_end_before_a_failure_is_raised() -> None:
    ended = []

    async def column(value: Any) -> list[Any]:
        await asyncio.sleep(0)
        ended.append(value)
        if value == "bad":
            raise ZeroDivisionError
        return [value]

    assert await together(column(1), column(2)) == [[1], [2]]
    with pytest.raises(ZeroDivisionError):
        await together(column("bad"), column("good"))
    assert ended == [1, 2, "bad", "good"]
