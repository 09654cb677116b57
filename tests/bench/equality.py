"""How many answers of the compiled executor differ from graphql-core's, on random operations: none is expected.

    python tests/bench/equality.py --operations 20000

Operations are shared by the project's own schema, over a sandbox in this process, and two schemas of nasty cases; each
is told by a number, so the same command compares the same operations. Exit status 1 when something differs.
"""

import argparse
import asyncio
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


from equal_runs import plain_run, project_run, strawberry_run
from hubs import in_process

PART = 500


async def run(name: str, operations: int, first: int) -> int:
    """Compare on one schema, part by part, so that what is wrong is told early; how many differ."""
    differences = compared = seed = 0
    outcomes: Counter[str] = Counter()
    start = time.process_time()
    with tempfile.TemporaryDirectory() as data:
        async with in_process(Path(data)) as client:
            while compared < operations:
                seeds = range(first + seed, first + seed + min(PART, operations - compared))
                match name:
                    case "project":
                        done = await project_run(client, seeds)
                    case "plain":
                        done = await plain_run(seeds)
                    case _:
                        done = await strawberry_run(seeds)
                seed += len(seeds)
                compared += done.compared
                differences += len(done.differences)
                outcomes += done.outcomes
                for difference in done.differences:
                    print(difference, end="\n\n")
                print(f"{name}: {compared} compared, {differences} differ", file=sys.stderr)
    print(f"{name}: {compared} operations, {differences} differences, {time.process_time() - start:.0f} s of CPU")
    for outcome, count in outcomes.most_common():
        print(f"    {count:6} {outcome}")
    return differences


async def main(operations: int, first: int) -> int:
    """Compare on all schemas; 1 when something differs."""
    third = operations // 3
    shares = {"project": operations - 2 * third, "plain": third, "strawberry": third}
    differences = sum([await run(name, share, first) for name, share in shares.items()])
    print(f"differences: {differences} of {operations} operations")
    return 1 if differences else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", type=int, default=20_000, help="how many valid operations (default: 20000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first one (default: 0)")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # graphql-core leaves awaitables of branches that became null unawaited
    sys.exit(asyncio.run(main(given.operations, given.first)))
