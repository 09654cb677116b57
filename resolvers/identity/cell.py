"""Two lists of records side by side: which pairs are worth comparing, and how they compare, rivals included."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from resolvers.identity.candidates import looks, neighbours
from resolvers.identity.comparison import Comparison, Description, compare_readings, name_and_place
from resolvers.identity.description import read
from resolvers.identity.rarity import Rarity
from resolvers.identity.rivals import Pair, Standings, room
from resolvers.identity.scorer import SUGGEST, Score, reaches, score

ALIKE = 0.5
"""Likeness of the names below which a pair that shares neither telephone nor house number is not one place."""
VERY_ALIKE = 0.7
"""The same for a pair that is far apart, or of which it is not known how far."""
FAR = 0.2
"""The part `near` of places that are far apart: 400 m."""


class Match(Struct, frozen=True):
    """Two records, as positions in the two lists, that may be one place, and what says so."""

    pair: Pair
    comparison: Comparison
    score: Score


class Cell:
    """What two directories have in one commune. `also`: pairs to compare even where nothing speaks for them."""

    def __init__(self, ours: Sequence[Description], theirs: Sequence[Description], also: Iterable[Pair] = ()) -> None:
        self._ours, self._theirs = [read(d) for d in ours], [read(d) for d in theirs]
        self._rarity = Rarity([*self._ours, *self._theirs])
        self._looks = looks(self._ours, self._theirs, self._rarity)
        for i, j in also:
            self._looks.setdefault((i, j), name_and_place(self._ours[i], self._theirs[j]))
        self._standings = Standings(self._looks)
        self._beside = neighbours(self._ours, self._theirs), neighbours(self._theirs, self._ours)
        self._own = neighbours(self._ours, self._ours), neighbours(self._theirs, self._theirs)

    @property
    def pairs(self) -> list[Pair]:
        """The pairs worth comparing, in order."""
        return sorted(self._looks)

    def compare(self, of: Pair) -> Comparison:
        """Compare one of the pairs, and say how it stands among its rivals."""
        i, j = of
        rivals = (
            *self._standings.of(of),
            *room((self._beside[0][i], self._beside[1][j])),
            *room((self._own[0][i], self._own[1][j])),
        )
        return compare_readings(self._ours[i], self._theirs[j], self._rarity).with_rivals(rivals)

    def matches(self, least: float = SUGGEST) -> Iterator[Match]:
        """The pairs that are one place with at least this probability (0 < least < 1), in order."""
        for of in self.pairs:
            if not self._worth_scoring(of):
                continue
            comparison = self.compare(of)
            if reaches(comparison, least):
                yield Match(of, comparison, score(comparison))

    def _worth_scoring(self, of: Pair) -> bool:
        name, near = self._looks[of]
        if name >= (ALIKE if near >= FAR else VERY_ALIKE):
            return True
        one, other = self._ours[of[0]], self._theirs[of[1]]
        return bool(one.phone and one.phone == other.phone) or bool(one.numbers & other.numbers)
