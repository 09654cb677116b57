"""What a record says of a place, ready to be compared with what another says."""

from typing import TypeAlias

from msgspec import Struct

from connectors.gazetteer import fold
from connectors.nomenclature import PositionPrecision, StructureKind
from connectors.records import StructureRecord
from resolvers.identity import wording

Door: TypeAlias = tuple[int, str]
"""A house number and a word of its street."""

NAMES = 4
"""Names of one record that are compared at most: its name and its first other names."""


class Description(Struct, frozen=True, kw_only=True):
    """What a record says of a place. `phone` is compared by its last digits; degrees are WGS 84.

    `latitude` and `longitude` are those of the place itself, never of its commune. `insee`: code of the commune;
    `departement`: of the département, where the commune is not said.
    """

    name: str
    other_names: tuple[str, ...] = ()
    phone: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    insee: str | None = None
    departement: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    category: str | None = None
    subcategory: str | None = None
    person: bool | None = None


def of_record(record: StructureRecord) -> Description:
    """What a record of a directory says of its place; a commune's centroid is no position of a place."""
    address, position = record.address, record.position
    exact = position if position and position.precision is PositionPrecision.EXACT else None
    return Description(
        name=record.name,
        other_names=record.other_names,
        phone=record.contact.phone if record.contact else None,
        street=address.street if address else None,
        postal_code=address.postal_code if address else None,
        city=address.city if address else None,
        insee=address.insee if address else None,
        departement=record.departement,
        latitude=exact.latitude if exact else None,
        longitude=exact.longitude if exact else None,
        category=record.category,
        subcategory=record.subcategory,
        person=record.kind in (StructureKind.INDEPENDENT, StructureKind.SALARIED),
    )


class Name(Struct, frozen=True):
    """A name, cut into what is compared: words in order, sorted, run together; what it is the name of."""

    words: tuple[str, ...]
    text: str
    sorted: str
    joined: str
    subject: str
    core: tuple[str, ...]
    trigrams: frozenset[str]


class Reading(Struct, frozen=True):
    """A description, read once for all the comparisons it takes part in. `point`: latitude and longitude."""

    description: Description
    names: tuple[Name, ...]
    phone: str
    numbers: frozenset[int]
    street_words: tuple[str, ...]
    street: str
    doors: frozenset[Door]
    postal_code: str
    city: str
    point: tuple[float, float] | None


def read(description: Description) -> Reading:
    """Read a description; any text will do."""
    street, latitude, longitude = description.street or "", description.latitude, description.longitude
    street_words, numbers = wording.words(street), wording.numbers(street)
    named = wording.without_numbers(street_words)
    return Reading(
        description,
        tuple(read_name(name) for name in (description.name, *description.other_names)[:NAMES]),
        "".join(c for c in description.phone or "" if c in "0123456789")[-9:],
        numbers,
        street_words,
        " ".join(named),
        frozenset((number, word) for number in numbers for word in named if word not in wording.STREET_TYPES),
        fold(description.postal_code or "").replace(" ", "").lstrip("0"),
        " ".join(wording.words(description.city or "")),
        None if latitude is None or longitude is None else (latitude, longitude),
    )


def read_name(name: str) -> Name:
    """A name, cut into what is compared."""
    words = wording.words(name)
    joined = "".join(words)
    return Name(
        words,
        " ".join(words),
        " ".join(sorted(words)),
        joined,
        " ".join(wording.subject(name)),
        tuple(w for w in words if w not in wording.TRADES),
        frozenset(joined[i : i + 3] for i in range(max(1, len(joined) - 2))) if joined else frozenset(),
    )
