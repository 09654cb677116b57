"""How alike two descriptions of a place are: parts that a person can read, each from 0 to 1, or missing.

A comparison is the same whichever description comes first, and no text makes it fail. What other places of the
same cell say ("rivals") is added by `resolvers.identity.rivals`.
"""

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Final

from msgspec import Struct
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, JaroWinkler

from connectors.gazetteer import distance_m
from resolvers.identity import wording
from resolvers.identity.description import Description, Name, Rarity, Reading, of_record, read

__all__ = ["GROUPS", "PARTS", "Comparison", "Description", "compare", "compare_readings", "name_and_place", "of_record"]

MISSING: Final = nan
NEAR_M: Final = 100.0
"""Metres at which the part `near` is one half."""
ALIKE: Final = 0.88
"""Jaro-Winkler similarity from which two words are one, misspelt."""
BEGINS: Final = 0.9
"""How much a word counts that is only begun ("hospit" and "hospitaliere")."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        *("name", "name_as_written", "name_begins", "name_set", "name_within", "name_joined", "name_joined_within"),
        *("name_trigrams", "words_least", "words_most", "plain_words_least", "plain_words_most", "rarest_shared"),
        *("rarest_alone_least", "rarest_alone_most", "shorter", "longer", "subject", "core", "core_least", "core_most"),
        *(
            "without_parts",
            "without_trades",
            "without_others",
            "same_part",
            "uncommon",
            "first_words",
            "name_and_street",
        ),
    ),
    "address": ("number", "number_near", "street", "street_set", "name_in_address"),
    "postal_code": ("postal_code", "postal_code_begins"),
    "distance": ("near",),
    "rivals": (
        *("ahead_least", "ahead_most", "name_ahead_least", "name_ahead_most", "alone_least", "alone_most"),
        *("first_least", "first_most", "nearest_least", "nearest_most"),
        *("room_beside_least", "room_beside_most", "room_among_own_least", "room_among_own_most"),
    ),
    "phone": ("phone",),
    "grounds": ("grounds",),
    "city": ("city",),
    "category": ("category",),
    "kind": ("kind",),
}
"""What a part is about -> the parts, the most telling first. "Least" and "most": of the two sides."""

PARTS: Final = tuple(part for parts in GROUPS.values() for part in parts)
_RIVALS: Final = slice(PARTS.index("ahead_least"), PARTS.index("ahead_least") + len(GROUPS["rivals"]))


class Comparison(Struct, frozen=True):
    """The values of `PARTS`, in their order: from 0 (nothing alike) to 1 (the same), or NaN where nothing is known."""

    values: tuple[float, ...]

    def __getitem__(self, part: str) -> float | None:
        """The value of a part; None where nothing is known."""
        value = self.values[PARTS.index(part)]
        return None if isnan(value) else value

    def with_rivals(self, rivals: Sequence[float]) -> "Comparison":
        """The same, knowing what else is in the cell: the values of `GROUPS["rivals"]`."""
        return Comparison((*self.values[: _RIVALS.start], *rivals, *self.values[_RIVALS.stop :]))


def compare(a: Description, b: Description, rarity: Rarity | None = None) -> Comparison:
    """Compare two descriptions; `rarity` is that of words among the records at hand, where they are known."""
    return compare_readings(read(a), read(b), rarity or Rarity())


def compare_readings(a: Reading, b: Reading, rarity: Rarity) -> Comparison:
    """The same, for descriptions that have been read already."""
    one, other = _best_names(a, b)
    return Comparison(
        (
            *_names(one, other, rarity),
            _set(*sorted((f"{one.text} {a.street}", f"{other.text} {b.street}"))),
            *_address(a, b),
            _name_in_address(one, other, a, b),
            *_postal_code(a.postal_code, b.postal_code),
            _near(a, b),
            *(MISSING,) * len(GROUPS["rivals"]),
            float(a.phone == b.phone) if a.phone and b.phone else MISSING,
            _grounds(a, b),
            _city(a, b),
            _category(a.description, b.description),
            _kind(a.description, b.description),
        )
    )


def name_and_place(a: Reading, b: Reading) -> tuple[float, float]:
    """A quick look, by which rivals are told: how alike the names are, and how near the places (NaN: not known)."""
    one, other = _best_names(a, b)
    return name_likeness(one, other), _near(a, b)


def name_likeness(a: Name, b: Name) -> float:
    """How alike two names are at a quick look."""
    if a.text == b.text:
        return float(bool(a.text))
    return max(_ratio(a.sorted, b.sorted), 0.9 * _set(a.text, b.text))


def _best_names(a: Reading, b: Reading) -> tuple[Name, Name]:
    if len(a.names) == len(b.names) == 1:
        return a.names[0], b.names[0]
    pairs = ((one, other) for one in a.names for other in b.names)
    return max(pairs, key=lambda p: (name_likeness(*p), sorted((p[0].text, p[1].text))))


def _ratio(a: str, b: str) -> float:
    return Indel.normalized_similarity(*sorted((a, b))) if a and b else 0.0


def _set(a: str, b: str) -> float:
    return fuzz.token_set_ratio(*sorted((a, b))) / 100


def _names(a: Name, b: Name, rarity: Rarity) -> tuple[float, ...]:
    if not a.words or not b.words:
        return (MISSING,) * (len(GROUPS["name"]) - 1)
    texts, joined = sorted((a.text, b.text)), sorted((a.joined, b.joined))
    ours, theirs = _Shared(a.words, b.words, rarity), _Shared(b.words, a.words, rarity)
    ours_alone, theirs_alone = ours.alone_in(b), theirs.alone_in(a)
    alone = (*ours_alone, *theirs_alone)
    return (
        _ratio(a.sorted, b.sorted),
        _ratio(*texts),
        JaroWinkler.similarity(*texts),
        _set(*texts),
        fuzz.partial_ratio(*texts) / 100,
        _ratio(*joined),
        fuzz.partial_ratio(*joined) / 100,
        2 * len(a.trigrams & b.trigrams) / (len(a.trigrams) + len(b.trigrams)),
        *sorted((ours.weighed, theirs.weighed)),
        *sorted((ours.plain, theirs.plain)),
        min(ours.rarest_shared, theirs.rarest_shared),
        *sorted((ours.rarest_alone, theirs.rarest_alone)),
        *sorted((_few(len(a.words)), _few(len(b.words)))),
        _ratio(a.subject, b.subject),
        *_core(a, b, ours, theirs),
        _few(sum(word in wording.PARTS for word in alone)),
        _few(sum(word in wording.TRADES for word in alone)),
        _few(sum(word not in wording.PARTS and word not in wording.TRADES for word in alone)),
        float(not (_tells_parts(ours_alone) and _tells_parts(theirs_alone))),
        _few(max(rarity.bearers(a.text), rarity.bearers(b.text)) - 1),
        JaroWinkler.similarity(*sorted((a.words[0], b.words[0]))),
    )


def _tells_parts(alone: Sequence[str]) -> bool:
    """Whether words that only one name has tell parts of a place from each other: "nord", "2"."""
    return any(word in wording.PARTS or word.isdigit() for word in alone)


class _Shared:
    """Which words of a name are in another, and what they weigh there."""

    __slots__ = ("alone", "plain", "rarest_alone", "rarest_shared", "weighed", "weights")

    def __init__(self, words: Sequence[str], others: Sequence[str], rarity: Rarity) -> None:
        total = shared = plain = 0.0
        self.rarest_shared = self.rarest_alone = 0.0
        self.alone: list[str] = []
        self.weights: list[tuple[str, float]] = []
        for word in words:
            weight = rarity.of(word)
            found = _in(word, others)
            total += weight
            shared += weight * found
            plain += found
            self.weights.append((word, weight))
            if found:
                self.rarest_shared = max(self.rarest_shared, weight * found)
            else:
                self.alone.append(word)
                self.rarest_alone = max(self.rarest_alone, weight)
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


def _core(a: Name, b: Name, ours: _Shared, theirs: _Shared) -> tuple[float, float, float]:
    """The names without the words that say what sort of place it is."""
    if not a.core or not b.core:
        return MISSING, MISSING, MISSING
    shares = _core_share(a.core, ours), _core_share(b.core, theirs)
    return _ratio(" ".join(sorted(a.core)), " ".join(sorted(b.core))), min(shares), max(shares)


def _core_share(core: tuple[str, ...], shared: _Shared) -> float:
    of_core = [(word, weight) for word, weight in shared.weights if word in core]
    total = sum(weight for _, weight in of_core)
    alone = sum(weight for word, weight in of_core if word in shared.alone)
    return min(1.0, max(0.0, 1 - alone / total)) if total else 1.0


def _few(number: int) -> float:
    """A count, the fewer the nearer to 1."""
    return 1 / (1 + max(0, number))


def _address(a: Reading, b: Reading) -> tuple[float, float, float, float]:
    number = number_near = street = street_set = MISSING
    if a.numbers and b.numbers:
        number = len(a.numbers & b.numbers) / min(len(a.numbers), len(b.numbers))
        number_near = _few(min(abs(x - y) for x in a.numbers for y in b.numbers))
    if a.street and b.street:
        street, street_set = _ratio(a.street, b.street), _set(a.street, b.street)
    return number, number_near, street, street_set


def _name_in_address(one: Name, other: Name, a: Reading, b: Reading) -> float:
    """How many of the words that only one name has are in the other's address."""
    shares = []
    for name, theirs, street in ((one, other, b.street_words), (other, one, a.street_words)):
        alone = [word for word in name.words if word not in theirs.words]
        if alone and street:
            shares.append(sum(word in street for word in alone) / len(alone))
    return max(shares, default=MISSING)


def _postal_code(a: str, b: str) -> tuple[float, float]:
    if not a or not b:
        return MISSING, MISSING
    shorter = min(len(a), len(b))
    same = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    return float(a == b), same / shorter


def _near(a: Reading, b: Reading) -> float:
    here, there = a.point, b.point
    return NEAR_M / (NEAR_M + distance_m(*here, *there)) if here and there else MISSING


def _grounds(a: Reading, b: Reading) -> float:
    """Whether anything but names can be compared: a distance, a street, a telephone of both."""
    return float(bool((a.point and b.point) or (a.street and b.street) or (a.phone and b.phone)))


def _city(a: Reading, b: Reading) -> float:
    """By the code of the commune where both have one: two communes are two; a name may be of a part of the city."""
    one, other = a.description, b.description
    if one.insee and other.insee:
        return float(one.insee == other.insee)
    if one.departement and other.departement and one.departement != other.departement:
        return 0.0
    return max(0.5, _set(a.city, b.city)) if a.city and b.city else MISSING


def _category(a: Description, b: Description) -> float:
    if a.subcategory and b.subcategory:
        return 1.0 if a.subcategory == b.subcategory else 0.5 * (a.category == b.category)
    return float(a.category == b.category) if a.category and b.category else MISSING


def _kind(a: Description, b: Description) -> float:
    """A person is no establishment, nor another person of another profession who bears the same name."""
    if a.person is None or b.person is None:
        return MISSING
    return float(a.person == b.person and not (a.person and _category(a, b) < 1))
