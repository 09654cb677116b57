"""Runs what the README promises, against `hub1000 serve` and scripted directories, and tells whether it is kept.

    python tests/bench/promises.py [NAME …] [--list] [--quick] [--minutes 10]

Prints a table, a row as soon as it is known; the exit status is 1 when a promise is not kept. Run it where little else
runs: times are part of some promises. `--quick` is for a first look: smaller numbers, some seconds each.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from promise_cost import guards, patterns
from promise_faults import faults
from promise_findings import Finding, Size
from promise_life import sigterm, soak
from promise_sources import disconnect, errors, identical, outage, recovery, retry_after, sources, stale
from promise_writes import disk, fsync, kill

RUNS: Final[Mapping[str, Callable[[Size], Awaitable[list[Finding]]]]] = {
    "identical": identical,
    "sources": sources,
    "faults": faults,
    "outage": outage,
    "errors": errors,
    "retry-after": retry_after,
    "stale": stale,
    "recovery": recovery,
    "disconnect": disconnect,
    "soak": soak,
    "kill": kill,
    "fsync": fsync,
    "disk": disk,
    "sigterm": sigterm,
    "patterns": patterns,
    "guards": guards,
}
"""Every run, by its name on the command line."""


async def show(names: list[str], size: Size) -> bool:
    """Run these and print what they find; whether every promise was kept."""
    print("| run | promise | bar | measured | kept |\n|---|---|---|---|---|", flush=True)
    kept = True
    for name in names:
        for found in await RUNS[name](size):
            told = "yes" if found.kept else "NO"
            print(f"| {name} | {found.promise} | {found.bar} | {found.measured} | {told} |", flush=True)
            kept = kept and found.kept
    return kept


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which runs; all without any")
    parser.add_argument("--list", action="store_true", help="name the runs, and run none")
    parser.add_argument("--quick", action="store_true", help="small numbers, for a first look")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak (default: 10)")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in RUNS]:
        parser.error(f"there is no run {unknown[0]}; there are {', '.join(RUNS)}")
    if asked.list:
        for name, run in RUNS.items():
            print(f"{name:12} {(run.__doc__ or '').splitlines()[0]}")
        return 0
    return 0 if asyncio.run(show(asked.names or list(RUNS), Size(asked.quick, asked.minutes))) else 1


if __name__ == "__main__":
    sys.exit(main())
