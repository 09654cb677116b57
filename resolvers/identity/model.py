"""A model trained offline, at work: gradient-boosted trees over the parts of a comparison, read from JSON.

Trees are plain tuples and the walk is plain Python: nothing of what trained them is needed here. The effect of each
part is told by the path that a comparison takes (A. Saabas, "Interpreting random forests", 2014): a split moves
the expected margin, and that move is put down to the part that it asks about.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import isnan
from typing import Any, Final, TypeAlias

from msgspec import Struct

MISSING: Final = -1.0
"""What the trees are asked where a part is missing: all parts are from 0 to 1."""

Node: TypeAlias = tuple[Any, ...]
"""(part, threshold, node up to it, node above it, expected margin), or the leaf (-1, margin)."""


class Tree(Struct, frozen=True):
    """A tree as arrays: `parts[i]` is -1 at a leaf; `left[i]` and `right[i]` are positions; `values[i]` margins."""

    parts: tuple[int, ...]
    thresholds: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    values: tuple[float, ...]


class Model(Struct, frozen=True):
    """What is kept in model.json. `parts`: the names of the values asked; `made`: of what, by what, with which seed.

    `placed` are the trees for records whose distance and rivals are known, `alone` those for all others.
    """

    parts: tuple[str, ...]
    placed: tuple[Tree, ...]
    alone: tuple[Tree, ...]
    made: Mapping[str, str] = {}


class Forest:
    """The trees of a model, made ready to walk over `size` parts."""

    def __init__(self, trees: Sequence[Tree], size: int) -> None:
        trees = sorted(trees, key=_spread, reverse=True)  # what can move the margin most is asked first
        self._roots = [_node(tree, 0) for tree in trees]
        self._most_from = _sums_from([max(tree.values) for tree in trees])
        self._size = size

    def margin(self, values: Sequence[float]) -> float:
        """The log-odds of these values of `parts`; NaN is missing."""
        known = _known(values)
        margin = 0.0
        for node in self._roots:
            part = node[0]
            while part >= 0:
                node = node[2] if known[part] <= node[1] else node[3]
                part = node[0]
            margin += node[1]
        return margin

    def reaches(self, values: Sequence[float], floor: float) -> bool:
        """Whether the margin is at least `floor`; told as soon as the trees left cannot change it."""
        known = _known(values)
        margin = 0.0
        for node, most in zip(self._roots, self._most_from, strict=True):
            if margin + most < floor:
                return False
            part = node[0]
            while part >= 0:
                node = node[2] if known[part] <= node[1] else node[3]
                part = node[0]
            margin += node[1]
        return margin >= floor

    def contributions(self, values: Sequence[float]) -> tuple[float, list[float]]:
        """Where the margin starts, and by how much each part moves it: together they are the margin."""
        known = _known(values)
        start, moved = 0.0, [0.0] * self._size
        for root in self._roots:
            node, expected = root, float(root[-1])
            start += expected
            while (part := node[0]) >= 0:
                node = node[2] if known[part] <= node[1] else node[3]
                moved[part] += node[-1] - expected
                expected = node[-1]
        return start, moved


def _spread(tree: Tree) -> float:
    return max(tree.values) - min(tree.values)


def _sums_from(values: Sequence[float]) -> list[float]:
    """For each position, the sum of the values from there on."""
    return list(accumulate(reversed(values)))[::-1]


def _known(values: Sequence[float]) -> list[float]:
    return [MISSING if isnan(value) else value for value in values]


def _node(tree: Tree, at: int) -> Node:
    part = tree.parts[at]
    if part < 0:
        return (part, tree.values[at])
    return (part, tree.thresholds[at], _node(tree, tree.left[at]), _node(tree, tree.right[at]), tree.values[at])
