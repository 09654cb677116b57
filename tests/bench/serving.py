"""What an answer of the hub costs, beside static bytes, plain Strawberry, and the gateways one would take instead.

    python tests/bench/serving.py [PART ...] [--rounds N] [--seconds S] [--registry FILE]

Parts, all of them by default:

    paths    each path of the hub, beside Strawberry's own ASGI application and static bytes
    sizes    answers of 1, 20, 200 and 1,000 structures
    start    from the start to the first answer, and the memory of idle workers
    peers    the same page of structures served by this hub and by other gateways

Everything runs behind loopback, all at once; the others wait while one is measured, and every round measures each
once, in turn. Figures are medians over the rounds, ratios those within a round. Quote ratios of one run, never times
of two machines. How to read the tables: README.md. Ends with the bars that fail, and with status 1 if any does.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import registry_million
import serving_paths
import serving_peers
import serving_start
from serving_report import Verdict

PARTS = ("paths", "sizes", "start", "peers")


def main() -> int:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=5, help="(default: 5)")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="of one run; CPU counts in ticks of 10 ms (default: 3)"
    )
    parser.add_argument("--connections", type=int, default=8, help="clients, for paths and sizes (default: 8)")
    parser.add_argument("--warm", type=float, default=8.0, help="seconds that a gateway is asked before (default: 8)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="structures in the registry (default: 1000000)")
    parser.add_argument(
        "--registry", type=Path, metavar="FILE", help="its database, made when it is not there: minutes"
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    parts = asked.parts or PARTS
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as folder:
        registry = asked.registry or Path(folder) / "registry.sqlite"
        if {"paths", "sizes"} & set(parts):
            registry_million.made(registry, asked.rows)
        each = (registry, asked.rows, asked.rounds, asked.seconds, asked.connections)
        for part, measured in (
            ("paths", lambda: serving_paths.run(*each)),
            ("sizes", lambda: serving_paths.run_sizes(*each)),
            ("start", serving_start.measure),
            ("peers", lambda: serving_peers.run(asked.rounds, asked.seconds, asked.warm)),
        ):
            if part in parts:
                print(f"## {part}\n", flush=True)
                verdicts += measured()
    for verdict in sorted(verdicts, key=lambda verdict: verdict.holds):
        print(verdict)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
