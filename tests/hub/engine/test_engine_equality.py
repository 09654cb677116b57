"""A thousand random operations have the answers of graphql-core; twenty thousand: tests/bench/equality.py."""

from pathlib import Path

import pytest
from comparing import Comparison
from equal_runs import plain_run, project_run, strawberry_run
from hubs import in_process
from nasty_plain import Chaos, plain
from random_operations import Operation

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
"""graphql-core leaves awaitables of branches that became null unawaited."""


def told(comparison: Comparison, compared: int, compiled: float) -> None:
    assert not comparison.differences, comparison.differences[0]
    assert comparison.compared >= compared
    assert comparison.outcomes["compiled"] >= compiled * comparison.compared
    assert comparison.outcomes["with errors"] > compared // 10


async def test_on_the_schema_of_the_hub(tmp_path: Path) -> None:
    async with in_process(tmp_path) as client:
        told(await project_run(client, range(320)), 310, 0.6)


async def test_on_nasty_cases_of_graphql_core() -> None:
    told(await plain_run(range(375)), 345, 0.5)


async def test_on_nasty_cases_of_strawberry() -> None:
    told(await strawberry_run(range(375)), 345, 0.4)


async def test_a_difference_would_be_seen() -> None:
    comparison = Comparison(plain())
    operation = Operation("{ leafy { string_ id_ float_ int_ } }", {})
    contexts = (Chaos(0, seed) for seed in range(1, 3))  # each execution has its own

    await comparison.compare(operation, comparison.parsed(operation), lambda: next(contexts), waits=False)

    assert len(comparison.differences) == 1
    assert "'string_'" in comparison.differences[0]
