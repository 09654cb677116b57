"""A line of the last hour: how long a directory took to answer, minute by minute, as an inline SVG.

What it shows is said in its title and description too, and minute by minute in a table below it. A minute with a
failure has a cross, whatever its colour; a minute without a call interrupts the line.
"""

from collections.abc import Mapping
from html import escape
from itertools import groupby

from connectors.guards.ledger import MINUTES, Minute
from hub.web.words import duration, moment, number, table

WIDTH = 240
HEIGHT = 48
MARGIN = 4


def sparkline(id_: str, name: str, minutes: Mapping[int, Minute], now: float) -> str:
    """The line of a source, and its table. `id_`: letters, digits and `_`; `now`: Unix seconds."""
    last = int(now // 60)
    shown = {number: minute for number, minute in sorted(minutes.items()) if last - MINUTES < number <= last}
    if not shown:
        return '<p class="states">Aucun appel depuis une heure.</p>'
    means = {number: minute.seconds / minute.calls for number, minute in shown.items()}
    highest = max(means.values()) or 1.0

    def at(number: int) -> tuple[float, float]:
        x = MARGIN + (number - last + MINUTES - 1) * (WIDTH - 2 * MARGIN) / (MINUTES - 1)
        return round(x, 1), round(HEIGHT - MARGIN - means[number] / highest * (HEIGHT - 2 * MARGIN), 1)

    # minutes that follow each other differ from their rank by the same number
    runs = [[n for _, n in run] for _, run in groupby(enumerate(shown), key=lambda ranked: ranked[1] - ranked[0])]
    lines = "".join(
        f'<polyline points="{" ".join("{},{}".format(*at(n)) for n in run)}"/>'
        if len(run) > 1
        else '<circle cx="{}" cy="{}" r="1.5"/>'.format(*at(run[0]))
        for run in runs
    )
    crosses = "".join(_cross(*at(n)) for n, minute in shown.items() if minute.failed)
    failed = sum(1 for minute in shown.values() if minute.failed)
    told = (
        f"Moyenne par minute, sur une heure : de {duration(min(means.values()))} à {duration(highest)} ; "
        f"minutes avec un échec : {failed}."
    )
    return (
        f'<figure><svg class="sparkline" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-labelledby="{id_}-title {id_}-desc">'
        f'<title id="{id_}-title">Temps de réponse de {escape(name)}</title>'
        f'<desc id="{id_}-desc">{told}</desc>{lines}{crosses}</svg><figcaption>{told}</figcaption></figure>'
        f"{_table(name, shown)}"
    )


def _cross(x: float, y: float) -> str:
    return f'<path class="failed" d="M{x - 3:.1f},{y - 3:.1f}l6,6m0,-6l-6,6"/>'


def _table(name: str, minutes: Mapping[int, Minute]) -> str:
    rows = [
        (
            moment(number_ * 60),
            number(minute.calls),
            number(minute.failed),
            duration(minute.seconds / minute.calls),
            duration(minute.longest),
        )
        for number_, minute in reversed(list(minutes.items()))
    ]
    shown = table(f"{name}, minute par minute", ("Minute", "Appels", "Échecs", "Moyenne", "Le plus long"), rows)
    return f"<details><summary>Minute par minute</summary>{shown}</details>"
