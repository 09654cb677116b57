"""Where the records of one entry disagree: two directories, two values. A difference of spelling is no conflict."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from connectors.gazetteer import city_key, distance_m, fold
from connectors.held import Held
from connectors.nomenclature import PositionPrecision
from connectors.records import StructureRecord
from resolvers.federation.entries import Entry

SAME_POINT_M: Final = 150
"""Metres within which two exact positions stand for the same place."""


class Conflict(Struct, frozen=True):
    """A field of which two records at least have different values: each record's value, as text."""

    field: str
    values: tuple[tuple[Held, str], ...]


class _Field(Struct, frozen=True):
    """How a field is read from a record, and what two of its values must share to be the same."""

    name: str
    read: Callable[[StructureRecord], str | None]
    key: Callable[[str], str] = fold


_FIELDS: Final = (
    _Field("name", lambda r: r.name),
    _Field("kind", lambda r: r.kind.value),
    _Field("category", lambda r: r.category.value),
    _Field("subcategory", lambda r: r.subcategory.value if r.subcategory else None),
    _Field("address.street", lambda r: r.address.street if r.address else None),
    _Field("address.postalCode", lambda r: r.address.postal_code if r.address else None),
    _Field("address.city", lambda r: r.address.city if r.address else None, city_key),
    _Field("contact.phone", lambda r: r.contact.phone if r.contact else None),
    _Field("contact.email", lambda r: r.contact.email if r.contact else None),
    _Field("contact.website", lambda r: r.contact.website if r.contact else None),
    _Field("openingHours", lambda r: r.opening_hours),
)


def conflicts_of(entry: Entry) -> list[Conflict]:
    """The conflicts of an entry, in the order of its fields; none for an entry of one record."""
    found = []
    for field in _FIELDS if len(entry.helds) > 1 else ():
        values = tuple((held, value) for held in entry.helds if (value := field.read(held.record)))
        if len({field.key(value) for _, value in values}) > 1:
            found.append(Conflict(field.name, values))
    return [*found, *_positions(entry)]


def _positions(entry: Entry) -> list[Conflict]:
    exact = [
        (held, held.record.position)
        for held in entry.helds
        if held.record.position and held.record.position.precision is PositionPrecision.EXACT
    ]
    apart = any(
        distance_m(p.latitude, p.longitude, q.latitude, q.longitude) > SAME_POINT_M for _, p in exact for _, q in exact
    )
    return [Conflict("position", tuple((held, f"{p.latitude} {p.longitude}") for held, p in exact))] if apart else []
