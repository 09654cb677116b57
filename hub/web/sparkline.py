"""A line of the last hour: how long a directory took to answer, minute by minute, as an inline SVG.

What it shows is said in its title and description too, and minute by minute in a table below it. A minute with a
failure has a cross, whatever its colour; a minute without a call interrupts the line.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from msgspec import Struct

from connectors.guards.ledger import MINUTES, Minute
from hub.web.words import duration

WIDTH: Final = 240
HEIGHT: Final = 48
MARGIN: Final = 4

Point = tuple[float, float]


class Sparkline(Struct, frozen=True, kw_only=True):
    """A line to be drawn in `width` × `height`. `runs`: its parts; `failures`: where a minute had some.

    `told`: what it shows, in words; `minutes`: the same by minute since 1970, the latest first.
    """

    runs: tuple[tuple[Point, ...], ...]
    failures: tuple[Point, ...]
    told: str
    minutes: tuple[tuple[int, Minute], ...]
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(minutes: Mapping[int, Minute], now: float) -> Sparkline | None:
    """The line of a source; None when it was not called for an hour. `now`: Unix seconds."""
    last = int(now // 60)
    shown = {number: minute for number, minute in sorted(minutes.items()) if last - MINUTES < number <= last}
    if not shown:
        return None
    means = {number: minute.seconds / minute.calls for number, minute in shown.items()}
    highest = max(means.values()) or 1.0

    def at(number: int) -> Point:
        x = MARGIN + (number - last + MINUTES - 1) * (WIDTH - 2 * MARGIN) / (MINUTES - 1)
        return round(x, 1), round(HEIGHT - MARGIN - means[number] / highest * (HEIGHT - 2 * MARGIN), 1)

    # minutes that follow each other differ from their rank by the same number
    runs = groupby(enumerate(shown), key=lambda ranked: ranked[1] - ranked[0])
    failed = [number for number, minute in shown.items() if minute.failed]
    return Sparkline(
        runs=tuple(tuple(at(number) for _, number in run) for _, run in runs),
        failures=tuple(map(at, failed)),
        told=(
            f"Moyenne par minute, sur une heure : de {duration(min(means.values()))} à {duration(highest)} ; "
            f"minutes avec un échec : {len(failed)}."
        ),
        minutes=tuple(reversed(shown.items())),
    )
