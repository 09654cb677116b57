"""What else is in the cell: whether a pair stands out among the other pairs of its two records.

"Crèche Les Lilas" at 400 m is likely the same when no other name is near it, and unlikely when another "Les Lilas"
is next door. So each pair is set beside its rivals, the other candidates of either record.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import isnan, log, nan
from typing import Final, NamedTuple, TypeAlias

Pair: TypeAlias = tuple[int, int]
"""The positions of a record in each of two lists."""

Look: TypeAlias = tuple[float, float]
"""How alike the names of a pair are, and how near the places (NaN: not known)."""

FAR: Final = 0.1
"""How near a place counts whose position is not known."""
WEIGHT: Final = 1 / 20
"""Weight of the logarithm of the nearness beside the likeness of the names."""
AS_ALIKE: Final = 0.05
"""A rival is as alike in name when it is less alike by no more than this."""
CROWD: Final = 10
"""Neighbours with whom the part `room` is one half."""


class _Seen(NamedTuple):
    name: float
    near: float
    both: float


class _Field:
    """All the candidates of one record, sorted so that each can be placed among them."""

    def __init__(self) -> None:
        self.seen: list[_Seen] = []
        self.names: list[float] = []
        self.nears: list[float] = []
        self.best: list[float] = []

    def sort(self) -> None:
        self.names = sorted(s.name for s in self.seen)
        self.nears = sorted(s.near for s in self.seen)
        self.best = sorted(s.both for s in self.seen)[-2:]

    def standing(self, me: _Seen) -> tuple[float, float, float, float, float]:
        """How far ahead of its best rival (1/2: level), by name and place and by name; how few are alike, nearer."""
        best_both = self._rival(self.best, me.both, -1.0)
        best_name = self._rival(self.names[-2:], me.name, 0.0)
        alike = len(self.names) - bisect_left(self.names, me.name - AS_ALIKE) - 1
        nearer = len(self.nears) - bisect_right(self.nears, me.near)
        least = me.name - AS_ALIKE
        first = sum(s.near > me.near and s.name >= least for s in self.seen) if alike and nearer else 0
        return (
            min(1.0, max(0.0, (1 + me.both - best_both) / 2)),
            min(1.0, max(0.0, (1 + me.name - best_name) / 2)),
            1 / (1 + alike),
            1 / (1 + first),
            1 / (1 + nearer),
        )

    @staticmethod
    def _rival(two_best: list[float], mine: float, none: float) -> float:
        if len(two_best) < 2:
            return none
        return two_best[0] if mine >= two_best[1] else two_best[1]


class Standings:
    """All the pairs of a cell, each to be set beside its rivals."""

    def __init__(self, looks: Mapping[Pair, Look]) -> None:
        self._ours: dict[int, _Field] = defaultdict(_Field)
        self._theirs: dict[int, _Field] = defaultdict(_Field)
        self._seen: dict[Pair, _Seen] = {}
        for (i, j), (name, near) in looks.items():
            near = FAR if isnan(near) else near
            seen = self._seen[i, j] = _Seen(name, near, name + WEIGHT * log(near + 1e-9))
            self._ours[i].seen.append(seen)
            self._theirs[j].seen.append(seen)
        for field in (*self._ours.values(), *self._theirs.values()):
            field.sort()

    def of(self, pair: Pair) -> tuple[float, ...]:
        """How a pair stands among its rivals: the values of each side, least and most by turns."""
        me, (i, j) = self._seen[pair], pair
        return _by_turns(self._ours[i].standing(me), self._theirs[j].standing(me))


def room(around: Sequence[int | None]) -> tuple[float, float]:
    """How much room two records have, by their neighbours: least and most; missing when a position is."""
    known = [1 / (1 + number / CROWD) for number in around if number is not None]
    return (min(known), max(known)) if len(known) == len(around) else (nan, nan)


def _by_turns(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    return tuple(value for pair in zip(ours, theirs, strict=True) for value in sorted(pair))
