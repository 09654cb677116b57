"""How alike two descriptions of a place are: parts that a person can read, each from 0 to 1, or missing.

A comparison is the same whichever description comes first, and no text makes it fail. What other places of the
same cell say ("rivals") is added by `resolvers.identity.rivals`.
"""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Final

from msgspec import Struct

from connectors.gazetteer import distance_m
from resolvers.identity.description import Description, Name, Reading, of_record, read
from resolvers.identity.names import MISSING, NAME_PARTS, compare_names, few, name_likeness, ratio, token_set
from resolvers.identity.rarity import Rarity

__all__ = ["GROUPS", "PARTS", "Comparison", "Description", "compare", "compare_readings", "name_and_place", "of_record"]

NEAR_M: Final = 100.0
"""Metres at which the part `near` is one half."""
NEIGHBOURS: Final = 2
"""Others at the same door with whom the part `door` is one half."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (*NAME_PARTS, "name_and_street"),
    "address": ("number", "number_near", "street", "street_set", "door", "name_in_address"),
    "postal_code": ("postal_code",),
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
            *compare_names(one, other, a, b, rarity),
            token_set(f"{one.text} {a.street}", f"{other.text} {b.street}"),
            *_address(a, b),
            _door(a, b, rarity),
            _name_in_address(one, other, a, b),
            _postal_code(a.postal_code, b.postal_code, rarity),
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


def _best_names(a: Reading, b: Reading) -> tuple[Name, Name]:
    if len(a.names) == len(b.names) == 1:
        return a.names[0], b.names[0]
    pairs = ((one, other) for one in a.names for other in b.names)
    return max(pairs, key=lambda p: (name_likeness(*p), sorted((p[0].text, p[1].text))))


def _address(a: Reading, b: Reading) -> tuple[float, float, float, float]:
    number = number_near = street = street_set = MISSING
    if a.numbers and b.numbers:
        number = len(a.numbers & b.numbers) / min(len(a.numbers), len(b.numbers))
        number_near = few(min(abs(x - y) for x in a.numbers for y in b.numbers))
    if a.street and b.street:
        street, street_set = ratio(a.street, b.street), token_set(a.street, b.street)
    return number, number_near, street, street_set


def _door(a: Reading, b: Reading, rarity: Rarity) -> float:
    """Whether it is the same house number of the same street, and how few others are there."""
    if not a.doors or not b.doors:
        return MISSING
    others = [rarity.at_door(door) - 2 for door in a.doors & b.doors]
    return few(min(others) / NEIGHBOURS) if others else 0.0


def _name_in_address(one: Name, other: Name, a: Reading, b: Reading) -> float:
    """How many of the words that only one name has are in the other's address."""
    shares = []
    for name, theirs, street in ((one, other, b.street_words), (other, one, a.street_words)):
        alone = [word for word in name.words if word not in theirs.words]
        if alone and street:
            shares.append(sum(word in street for word in alone) / len(alone))
    return max(shares, default=MISSING)


def _postal_code(a: str, b: str, rarity: Rarity) -> float:
    area = rarity.area(a, b) if a and b else None
    return MISSING if area is None else area


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
    return max(0.5, token_set(a.city, b.city)) if a.city and b.city else MISSING


def _category(a: Description, b: Description) -> float:
    if a.subcategory and b.subcategory:
        return 1.0 if a.subcategory == b.subcategory else 0.5 * (a.category == b.category)
    return float(a.category == b.category) if a.category and b.category else MISSING


def _kind(a: Description, b: Description) -> float:
    """A person is no establishment, nor another person of another profession who bears the same name."""
    if a.person is None or b.person is None:
        return MISSING
    return float(a.person == b.person and not (a.person and _category(a, b) < 1))
