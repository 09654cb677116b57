"""The benchmark of answers can be run: its servers start, and those compared say the same."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import registry_million
from serving_paths import Bench
from serving_peers import Comparison

ROWS = 40_000
"""Enough that the commune asked for has structures."""


@pytest.mark.long
def test_paths_and_sizes_tell_what_plain_strawberry_tells(tmp_path: Path) -> None:
    registry = tmp_path / "registry.sqlite"
    registry_million.made(registry, ROWS)
    with ExitStack() as stack:
        bench = Bench(stack, registry, ROWS)
        cases = [*bench.kept(), *bench.cold(), *bench.sizes()]
        calls = bench.calls(cases)

    assert {case.target for case in cases} >= {"hub", "uncached", "plain", "registry", "bundle", "registry-by-hand"}
    assert calls
    assert all(verdict.holds for verdict in calls)


@pytest.mark.long
def test_the_hub_does_the_work_of_the_peers(tmp_path: Path) -> None:
    with ExitStack() as stack:
        found = Comparison(stack, tmp_path, warm=0.1)  # gives up at a wrong answer

    assert {gateway.name for gateway in found.gateways} >= {"this hub", "this hub, answers kept", "Strawberry by hand"}
