"""Squares of the ground, by which what is near is found without comparing every record with every other."""

from collections.abc import Iterator
from math import cos, floor, radians
from typing import TypeAlias

from connectors.gazetteer import METRES_PER_DEGREE

Square: TypeAlias = tuple[int, int]
"""Row and column of a square, among those of one size."""


def square(point: tuple[float, float], side_m: float) -> Square:
    """The square of this side, in metres, that a point (WGS 84 degrees) is in."""
    latitude, longitude = point
    side = side_m / METRES_PER_DEGREE
    return floor(latitude / side), floor(longitude * cos(radians(round(latitude))) / side)


def around(of: Square) -> Iterator[Square]:
    """A square and the eight next to it."""
    yield from ((of[0] + y, of[1] + x) for y in (-1, 0, 1) for x in (-1, 0, 1))
