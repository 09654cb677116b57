"""How alike two names are: as written, word by word, by what the words tell, and by what only one of them says.

A word tells the more the fewer records have it: everywhere, and around the place. The name of a street or a quarter
says where a place is and not which.
"""

from collections.abc import Collection, Sequence
from math import nan
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, JaroWinkler

from resolvers.identity import wording
from resolvers.identity.description import Name, Reading
from resolvers.identity.rarity import Rarity

MISSING: Final = nan
ALIKE: Final = 0.88
"""Jaro-Winkler similarity from which two words are one, misspelt."""
BEGINS: Final = 0.9
"""How much a word counts that is only begun ("hospit" and "hospitaliere")."""

NAME_PARTS: Final = (
    *("name", "name_as_written", "name_begins", "name_set", "name_within", "name_joined", "name_joined_within"),
    *("name_trigrams", "words_least", "words_most", "plain_words_least", "plain_words_most"),
    *("rarest_shared", "rarest_shared_no_address", "rarest_shared_here", "shared_no_street"),
    *("rarest_alone_least", "rarest_alone_most", "shorter", "longer", "subject", "core", "core_least", "core_most"),
    *("without_parts", "same_part", "uncommon", "first_words"),
)
"""What is compared of two names, the most telling first. "Least" and "most": of the two sides."""


def name_likeness(a: Name, b: Name) -> float:
    """How alike two names are at a quick look."""
    if a.text == b.text:
        return float(bool(a.text))
    return max(ratio(a.sorted, b.sorted), 0.9 * token_set(a.text, b.text))


def ratio(a: str, b: str) -> float:
    """How alike two texts are, letter by letter."""
    return Indel.normalized_similarity(*sorted((a, b))) if a and b else 0.0


def token_set(a: str, b: str) -> float:
    """How alike two texts are when the words that only one has count little."""
    return fuzz.token_set_ratio(*sorted((a, b))) / 100


def few(number: float) -> float:
    """A count, the fewer the nearer to 1."""
    return 1 / (1 + max(0, number))


def compare_names(one: Name, other: Name, a: Reading, b: Reading, rarity: Rarity) -> tuple[float, ...]:
    """The values of `NAME_PARTS`, for a name of each of two records."""
    if not one.words or not other.words:
        return (MISSING,) * len(NAME_PARTS)
    texts, joined = sorted((one.text, other.text)), sorted((one.joined, other.joined))
    addresses = {*a.street_words, *b.street_words}
    ours, theirs = Shared(one.words, other.words, rarity, addresses), Shared(other.words, one.words, rarity, addresses)
    ours_alone, theirs_alone = ours.alone_in(other), theirs.alone_in(one)
    return (
        ratio(one.sorted, other.sorted),
        ratio(*texts),
        JaroWinkler.similarity(*texts),
        token_set(*texts),
        fuzz.partial_ratio(*texts) / 100,
        ratio(*joined),
        fuzz.partial_ratio(*joined) / 100,
        2 * len(one.trigrams & other.trigrams) / (len(one.trigrams) + len(other.trigrams)),
        *sorted((ours.weighed, theirs.weighed)),
        *sorted((ours.plain, theirs.plain)),
        min(ours.rarest, theirs.rarest),
        min(ours.rarest_no_address, theirs.rarest_no_address),
        _here(ours, theirs, a, b, rarity),
        _no_street(ours, theirs, rarity),
        *sorted((ours.rarest_alone, theirs.rarest_alone)),
        *sorted((few(len(one.words)), few(len(other.words)))),
        ratio(one.subject, other.subject),
        *_core(one, other, ours, theirs),
        few(sum(word in wording.PARTS for word in (*ours_alone, *theirs_alone))),
        float(not (_tells_parts(ours_alone) and _tells_parts(theirs_alone))),
        few(max(rarity.bearers(one.text), rarity.bearers(other.text)) - 1),
        JaroWinkler.similarity(*sorted((one.words[0], other.words[0]))),
    )


def _tells_parts(alone: Sequence[str]) -> bool:
    """Whether words that only one name has tell parts of a place from each other: "nord", "2"."""
    return any(word in wording.PARTS or word.isdigit() for word in alone)


class Shared:
    """Which words of a name are in another, and what they weigh there; `addresses`: the words of both addresses."""

    __slots__ = ("alone", "found", "plain", "rarest", "rarest_alone", "rarest_no_address", "weighed", "weights")

    def __init__(self, words: Sequence[str], others: Sequence[str], rarity: Rarity, addresses: Collection[str]) -> None:
        total = shared = plain = 0.0
        self.rarest = self.rarest_no_address = self.rarest_alone = 0.0
        self.found: list[str] = []
        self.alone: list[str] = []
        self.weights: list[tuple[str, float]] = []
        for word in words:
            weight = rarity.of(word)
            found = _in(word, others)
            total += weight
            shared += weight * found
            plain += found
            self.weights.append((word, weight))
            if not found:
                self.alone.append(word)
                self.rarest_alone = max(self.rarest_alone, weight)
                continue
            self.found.append(word)
            self.rarest = max(self.rarest, weight * found)
            if word not in addresses:
                self.rarest_no_address = max(self.rarest_no_address, weight)
        self.weighed = shared / total if total else plain / len(words)
        self.plain = plain / len(words)

    def alone_in(self, other: Name) -> list[str]:
        """The words that the other name has not, not even run together with another."""
        return [w for w in self.alone if len(w) < len("word") or w not in other.joined]


def _in(word: str, others: Sequence[str]) -> float:
    """How much of a word there is among others: 1 it itself, less when misspelt or begun, 0 when it is not there."""
    if word in others:
        return 1.0
    best = 0.0
    for other in others:
        if word[0] != other[0]:  # a word is rarely misspelt from its first letter on
            continue
        alike = JaroWinkler.similarity(word, other) if word < other else JaroWinkler.similarity(other, word)
        if alike >= ALIKE:
            best = max(best, alike)
        elif _begins(word, other) or _begins(other, word):
            best = max(best, BEGINS)
    return best


def _begins(short: str, long: str) -> bool:
    return len(long) > len(short) + 1 >= len("abc") and long.startswith(short)


def _here(ours: Shared, theirs: Shared, a: Reading, b: Reading, rarity: Rarity) -> float:
    """The rarest word that is shared, by its rarity around the places."""
    if not a.point or not b.point:
        return MISSING
    sides = (ours, a.point), (theirs, b.point)
    return min(max((rarity.here(word, at) for word in shared.found), default=0.0) for shared, at in sides)


def _no_street(ours: Shared, theirs: Shared, rarity: Rarity) -> float:
    """How far a word that is shared is none of streets."""
    known = [far for word in (*ours.found, *theirs.found) if (far := rarity.no_street(word)) is not None]
    return max(known, default=MISSING)


def _core(a: Name, b: Name, ours: Shared, theirs: Shared) -> tuple[float, float, float]:
    """The names without the words that say what sort of place it is."""
    if not a.core or not b.core:
        return MISSING, MISSING, MISSING
    shares = _core_share(a.core, ours), _core_share(b.core, theirs)
    return ratio(" ".join(sorted(a.core)), " ".join(sorted(b.core))), min(shares), max(shares)


def _core_share(core: tuple[str, ...], shared: Shared) -> float:
    of_core = [(word, weight) for word, weight in shared.weights if word in core]
    total = sum(weight for _, weight in of_core)
    alone = sum(weight for word, weight in of_core if word in shared.alone)
    return min(1.0, max(0.0, 1 - alone / total)) if total else 1.0
