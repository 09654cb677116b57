"""Which pairs of two lists of records are worth comparing: those that share a telephone, an address, or rare words.

Nothing here is quadratic: each record is looked up by its keys, and a key that too many records have says nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import cos, inf, radians
from typing import Final, TypeAlias

from resolvers.identity.comparison import name_and_place
from resolvers.identity.description import Description, Reading, read
from resolvers.identity.rarity import Rarity
from resolvers.identity.rivals import Look, Pair
from resolvers.identity.squares import Square, around, square

Key: TypeAlias = tuple[object, ...]

COMMON: Final = 150
"""Records of the other list that a key may lead to."""
KEPT: Final = 12
"""Candidates of one record by words alone: those that share the rarest, the nearest first."""
SQUARE_M: Final = 60.0
"""Side of the squares whose records are neighbours of those of the next ones, in metres."""
UNLIKE: Final = 0.35
"""Likeness of the names below which words alone make no candidates."""


def candidates(ours: Sequence[Description], theirs: Sequence[Description]) -> list[Pair]:
    """The pairs worth comparing, as positions in the two lists, in order."""
    return sorted(looks([read(d) for d in ours], [read(d) for d in theirs]))


def looks(ours: Sequence[Reading], theirs: Sequence[Reading], rarity: Rarity | None = None) -> dict[Pair, Look]:
    """The same for descriptions already read, with the quick look at each."""
    rarity = rarity or Rarity([*ours, *theirs])
    by_place, by_word = _index(theirs, _place_keys), _index(theirs, _words)
    found: dict[Pair, Look] = {}
    for i, reading in enumerate(ours):
        certain = {j for key in _keys_around(reading) for j in _not_too_many(by_place, key)}
        for j in certain:
            found[i, j] = name_and_place(reading, theirs[j])
        for j in _by_words(reading, theirs, by_word, rarity):
            if (i, j) not in found and (look := name_and_place(reading, theirs[j]))[0] >= UNLIKE:
                found[i, j] = look
    return found


def _index(readings: Iterable[Reading], keys: Callable[[Reading], Iterable[Key]]) -> dict[Key, list[int]]:
    index: dict[Key, list[int]] = defaultdict(list)
    for position, reading in enumerate(readings):
        for key in set(keys(reading)):
            index[key].append(position)
    return index


def _not_too_many(index: Mapping[Key, list[int]], key: Key) -> Sequence[int]:
    found = index.get(key, ())
    return found if len(found) <= COMMON else ()


def _by_words(reading: Reading, theirs: Sequence[Reading], index: Mapping[Key, list[int]], rarity: Rarity) -> list[int]:
    weights: dict[int, float] = defaultdict(float)
    for key in set(_words(reading)):
        for j in _not_too_many(index, key):
            weights[j] += rarity.of(str(key[0]))
    if len(weights) <= KEPT:
        return list(weights)
    here = reading.point
    return sorted(weights, key=lambda j: (-weights[j], _squared_degrees(here, theirs[j].point), j))[:KEPT]


def _words(reading: Reading) -> Iterator[Key]:
    for name in reading.names:
        yield from ((word,) for word in name.words)
        yield (name.joined[:6],)


def _place_keys(reading: Reading) -> Iterator[Key]:
    yield from _shared_keys(reading)
    here = _square(reading)
    if here:
        yield ("square", *here)


def _keys_around(reading: Reading) -> Iterator[Key]:
    yield from _shared_keys(reading)
    yield from (("square", *near) for near in _squares_around(reading))


def neighbours(of: Sequence[Reading], among: Sequence[Reading]) -> list[int | None]:
    """How many records of one list are around each of another; None for one whose position is not known."""
    crowd = Counter(here for reading in among if (here := _square(reading)))
    return [sum(crowd[s] for s in _squares_around(r)) if r.point else None for r in of]


def _square(reading: Reading) -> Square | None:
    return square(reading.point, SQUARE_M) if reading.point else None


def _squares_around(reading: Reading) -> Iterator[Square]:
    here = _square(reading)
    if here:
        yield from around(here)


def _shared_keys(reading: Reading) -> Iterator[Key]:
    if reading.phone:
        yield ("phone", reading.phone)
    yield from (("door", *door) for door in reading.doors)


def _squared_degrees(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    """Good for sorting what is near: no distance."""
    if one is None or other is None:
        return inf
    return (one[0] - other[0]) ** 2 + ((one[1] - other[1]) * cos(radians(one[0]))) ** 2
