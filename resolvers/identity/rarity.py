"""How much a word, a name or a door tells, by the records at hand: what many have tells little.

"Crèche" is everywhere, "Lilas" is not; but where a quarter, its street and ten shops are all called "Les Lilas", the
word tells where they are and not which of them is meant.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import takewhile
from math import log
from typing import Final

from resolvers.identity.description import Door, Reading
from resolvers.identity.squares import Square, around, square

HEREABOUTS_M: Final = 300.0
"""Side of the squares in which words are counted, in metres: a record's own and the eight next to it are around it."""

EVERY: Final = ""
"""What is counted once for every record: no word is empty."""


class Rarity:
    """What is rare among some records; nothing is known of any when there are none."""

    def __init__(self, readings: Iterable[Reading] = ()) -> None:
        self._records = 0
        self._words: Counter[str] = Counter()
        self._streets: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._doors: Counter[Door] = Counter()
        self._areas: Counter[str] = Counter()
        self._here: Counter[tuple[Square, str]] = Counter()
        self._around: dict[tuple[Square, str], int] = {}
        for reading in readings:
            self._count(reading)
        self._scale = log(self._records + 1) or 1.0

    def _count(self, reading: Reading) -> None:
        words, streets = {word for name in reading.names for word in name.words}, set(reading.street.split())
        self._records += 1
        self._words.update(words)
        self._streets.update(streets)
        self._names.update({name.text for name in reading.names})
        self._doors.update(reading.doors)
        if reading.postal_code:
            self._areas.update(reading.postal_code[:end] for end in range(len(reading.postal_code) + 1))
        if reading.point:
            here = square(reading.point, HEREABOUTS_M)
            self._here.update((here, word) for word in {EVERY, *words, *streets})

    def of(self, word: str) -> float:
        """The rarity of a word of a name, from 0 (every record has it) to 1 (none has, or nothing is known of any)."""
        if not self._records:
            return 1.0
        return log((self._records + 1) / (self._words[word] + 1)) / self._scale

    def bearers(self, name: str) -> int:
        """How many records bear just this name."""
        return self._names[name]

    def at_door(self, door: Door) -> int:
        """How many records have this door."""
        return self._doors[door]

    def area(self, one: str, other: str) -> float | None:
        """How narrow the area is that two postal codes have in common, by how many records have their common beginning.

        From 0 (all of them) to almost 1. None when nothing is known of such codes, or when they are the same and that
        of many: in some countries a code names a house, in others half a city.
        """
        coded = self._areas[""]
        begins = takewhile(lambda letters: letters[0] == letters[1], zip(one, other, strict=False))
        common = self._areas["".join(letter for letter, _ in begins)]
        if not common or (one == other and common**2 > coded):
            return None
        return log(coded / common) / log(coded) if common < coded else 0.0

    def no_street(self, word: str) -> float | None:
        """How far a word is one of names and not of streets, from 0 to 1; None when no record has it."""
        in_names, in_streets = self._words[word], self._streets[word]
        return in_names / (in_names + in_streets) if in_names or in_streets else None

    def here(self, word: str, point: tuple[float, float]) -> float:
        """The rarity of a word among the names and streets around a point, from 0 (all have it) to 1 (none has)."""
        at = square(point, HEREABOUTS_M)
        crowd = self._count_around(at, EVERY)
        return 1 - log(self._count_around(at, word) + 1) / log(crowd + 1) if crowd else 1.0

    def _count_around(self, at: Square, word: str) -> int:
        known = self._around.get((at, word))
        if known is None:
            known = self._around[at, word] = sum(self._here[near, word] for near in around(at))
        return known
