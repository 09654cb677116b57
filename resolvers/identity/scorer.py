"""How likely two descriptions are one place: a trained model, what it has not seen weighed by hand, and the zones.

The model (model.json, made by tests/bench/train_linking.py) knows names, addresses and distances from labelled
pairs of two cities. What no set at hand holds in number is added as log-odds, in the way of I. Fellegi and A. Sunter,
"A theory for record linkage", 1969: telephone, commune, category, kind, and words that name a part of a place.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import exp, isnan, log
from typing import Final

import msgspec
from msgspec import Struct

from resolvers.identity.comparison import GROUPS, PARTS, Comparison
from resolvers.identity.model import Forest, Model

AUTOMATIC: Final = 0.949
"""From here on two records are linked without a person: on all pairs of Geo-ER, each city judged by a model of the
other, the mean precision of the four sets is .991 here, the mean recall .759."""

SUGGEST: Final = 0.5
"""From here on a person is asked. By the same reckoning F1 is .931 here, and flat around."""

WEIGHTS: Final[Mapping[str, tuple[float, float]]] = {
    "phone": (-0.5, 4.0),
    "grounds": (-1.5, 0.0),
    "city": (-4.0, 0.0),
    "category": (-0.3, 0.5),
    "kind": (-5.0, 0.0),
    "without_parts": (-3.0, 0.0),
    "same_part": (-4.0, 0.0),
}
"""Part -> log-odds added where it is 0 and where it is 1, in proportion between; nothing where it is missing.

A telephone may be a switchboard of several places, and a place has several numbers: it never decides alone. Two
communes are two places, a person is no establishment. "Les Lilas site Nord" is a part of "Les Lilas", and
not "Les Lilas site Sud". A name alone, without grounds that it is the same place, is for a person to judge.
"""

_AT: Final = {part: position for position, part in enumerate(PARTS)}
_PLACED: Final = (_AT["near"], _AT["ahead_least"])
_WEIGHED: Final = tuple((_AT[part], low, high) for part, (low, high) in WEIGHTS.items())


class Part(Struct, frozen=True):
    """What one aspect says: its most telling value (None: not known), and the log-odds that it adds."""

    name: str
    value: float | None
    contribution: float


class Score(Struct, frozen=True):
    """The probability of being one place, and what it comes from: the log-odds are `start` and all contributions."""

    probability: float
    start: float
    parts: tuple[Part, ...]


def score(comparison: Comparison) -> Score:
    """Score a comparison, and explain it: parts by the size of their effect."""
    start, moved = _forest(comparison).contributions(comparison.values)
    for at, weight in _weights(comparison.values):
        moved[at] += weight
    parts = [
        Part(group, comparison[names[0]], sum(moved[_AT[name]] for name in names)) for group, names in GROUPS.items()
    ]
    parts.sort(key=lambda part: (-abs(part.contribution), part.name))
    return Score(_probability(start + sum(moved)), start, tuple(parts))


def probability(comparison: Comparison) -> float:
    """The probability alone, faster."""
    return _probability(_forest(comparison).margin(comparison.values) + added(comparison.values))


def reaches(comparison: Comparison, least: float) -> bool:
    """Whether the probability is at least `least`, 0 < least < 1; faster still."""
    floor = log(least / (1 - least)) - added(comparison.values)
    return _forest(comparison).reaches(comparison.values, floor)


@cache
def forests() -> tuple[Forest, Forest]:
    """The shipped model: for pairs whose distance and rivals are known, and for others; ValueError for other parts."""
    model = msgspec.json.decode((files("resolvers.identity") / "model.json").read_bytes(), type=Model)
    if model.parts != PARTS:
        raise ValueError("model.json is of other parts than are compared: run tests/bench/train_linking.py")
    return Forest(model.placed, len(PARTS)), Forest(model.alone, len(PARTS))


def _forest(comparison: Comparison) -> Forest:
    placed, alone = forests()
    return alone if any(isnan(comparison.values[at]) for at in _PLACED) else placed


def added(values: Sequence[float]) -> float:
    """The log-odds that are added to those of a model."""
    return sum(weight for _, weight in _weights(values))


def _weights(values: Sequence[float]) -> list[tuple[int, float]]:
    return [(at, low + (high - low) * values[at]) for at, low, high in _WEIGHED if not isnan(values[at])]


def _probability(margin: float) -> float:
    return 1 / (1 + exp(-margin)) if margin > -100 else 0.0
