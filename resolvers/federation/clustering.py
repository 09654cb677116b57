"""Clusters for a map: places gathered on a grid that follows the zoom, never more than a page can show.

The grid is that of web maps (Web Mercator): at zoom z the world is 2^z tiles wide, and a cell of the grid is a
quarter of a tile, about 64 pixels on a screen. Where that makes too many clusters the cells grow.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import asinh, floor, pi, radians, tan
from statistics import fmean
from typing import Final

from msgspec import Struct

from connectors.nomenclature import PriorityCode
from resolvers.federation.entries import PRIORITY_RANK, Entry
from resolvers.federation.places import Box

MAX_ZOOM: Final = 22
CELLS_PER_TILE: Final = 4
MAX_CLUSTERS: Final = 400
"""Clusters in one answer: 200 kB hold them, whatever is asked of each."""

MAX_LATITUDE: Final = 85.0511
"""Where the square of Web Mercator ends."""


class Cluster(Struct, frozen=True):
    """Entries gathered: the mean of their positions, the box around them, the priority that most of them have.

    `entry` is the only one of a cluster of one.
    """

    count: int
    latitude: float
    longitude: float
    box: Box
    dominant: PriorityCode | None
    entry: Entry | None


def clusters_of(entries: Iterable[Entry], zoom: int) -> list[Cluster]:
    """The clusters of the entries that have a position, the largest first, ties from north-west."""
    placed = [entry for entry in entries if entry.site.position]
    while True:
        cells = _cells(placed, zoom)
        if len(cells) <= MAX_CLUSTERS or zoom == 0:
            break
        zoom -= 1
    clusters = [_cluster(group) for group in cells]
    return sorted(clusters, key=lambda c: (-c.count, -c.latitude, c.longitude))


def _cells(entries: list[Entry], zoom: int) -> list[list[Entry]]:
    side = CELLS_PER_TILE * 2**zoom
    cells: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        position = entry.site.position
        if position:
            latitude = max(-MAX_LATITUDE, min(MAX_LATITUDE, position.latitude))
            x = (position.longitude + 180) / 360
            y = (1 - asinh(tan(radians(latitude))) / pi) / 2
            cells[floor(x * side), floor(y * side)].append(entry)
    return list(cells.values())


def _cluster(group: list[Entry]) -> Cluster:
    positions = [entry.site.position for entry in group if entry.site.position]
    latitudes = [p.latitude for p in positions]
    longitudes = [p.longitude for p in positions]
    counts = Counter(code for entry in group for code in {p.code for p in entry.priorities})
    dominant = min(counts, key=lambda code: (-counts[code], PRIORITY_RANK[code]), default=None)
    return Cluster(
        count=len(group),
        latitude=_mean(latitudes),
        longitude=_mean(longitudes),
        box=Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes)),
        dominant=dominant,
        entry=group[0] if len(group) == 1 else None,
    )


def _mean(values: list[float]) -> float:
    """The mean, never outside of the values by a rounding."""
    return min(max(fmean(values), min(values)), max(values))
