"""How long the slowest regular expression of the program takes on 50 kB that are made against it.

Every pattern (see pattern_finding.py) is used as the program uses it, on every string of pattern_strings.py. Shown:
the slowest; the exit status is 1 when one takes more than the bound.
"""

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.pattern_finding import Found, patterns
from bench.pattern_strings import LENGTH, hostile

BOUND_MS: Final = 50.0
AGAIN: Final = 3
"""Times that a slow one is tried: the shortest time counts, since others use the machine too."""


class Time(NamedTuple):
    """The longest time of a pattern, and on what."""

    milliseconds: float
    method: str
    text: Any
    strings: int
    found: Found


def use(pattern: re.Pattern[Any], method: str, text: Any) -> None:
    """Do with a text what the program does with such texts."""
    if method in {"sub", "subn"}:
        pattern.sub(text[:0], text)
    elif method == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, method)(text)


def milliseconds(pattern: re.Pattern[Any], method: str, text: Any) -> float:
    """CPU time of one use."""
    start = time.process_time()
    use(pattern, method, text)
    return 1000 * (time.process_time() - start)


def slowest(found: Found, length: int, bound: float) -> Time:
    """The longest time of a pattern, over all strings and all that is done with it, or the first beyond the bound."""
    worst = Time(0.0, "", "", 0, found)
    count = 0
    for text in hostile(found.pattern, length):
        for method in sorted(found.methods):
            count += 1
            took = milliseconds(found.pattern, method, text)
            if bound < took < 4 * bound:
                took = min(took, *(milliseconds(found.pattern, method, text) for _ in range(AGAIN)))
            if took > worst.milliseconds:
                worst = Time(took, method, text, 0, found)
            if took > bound:
                return worst._replace(strings=count)
    return worst._replace(strings=count)


def main() -> int:
    """Measure, show, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=LENGTH, help=f"characters of a string (default: {LENGTH})")
    parser.add_argument("--bound", type=float, default=BOUND_MS, help=f"milliseconds (default: {BOUND_MS:g})")
    parser.add_argument("--shown", type=int, default=10, help="patterns that are shown (default: 10)")
    asked = parser.parse_args()
    times = sorted(
        (slowest(found, asked.length, asked.bound) for found in patterns()), reverse=True, key=lambda t: t[0]
    )
    print(f"{'ms':>8}  {'used by':9} {'where':52} pattern on string")
    for one in times[: asked.shown]:
        shown = f"{one.text[:12]!r}…{one.text[-3:]!r}"
        print(f"{one.milliseconds:8.1f}  {one.method:9} {one.found.where:52} {one.found.pattern.pattern!r} on {shown}")
    worst = times[0].milliseconds
    print(
        f"{len(times)} patterns, {sum(t.strings for t in times)} uses: {worst:.1f} ms at most, {asked.bound:g} allowed"
    )
    return int(worst > asked.bound)


if __name__ == "__main__":
    sys.exit(main())
