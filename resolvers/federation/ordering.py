"""The orders of an answer. Each ends with name and id, so that no two entries are ever equal."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from operator import attrgetter

from msgspec import Struct

from connectors.gazetteer import distance_m
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry
from resolvers.federation.paging import Keyed, SortKey

_KEY = attrgetter("key")


class Order(StrEnum):
    """What comes first."""

    RELEVANCE = "RELEVANCE"
    DISTANCE = "DISTANCE"
    NAME = "NAME"
    UPDATED = "UPDATED"


FAR = 1e9
"""Stands for "no position" in the order by distance: farther than anything on Earth, in metres."""


class Hit(Struct, frozen=True, gc=False):
    """An entry of an answer: metres from the place's centre, and how well it answers the text (0 to 1)."""

    entry: Entry
    distance: float | None = None
    score: float | None = None


def choose(order: Order | None, *, has_place: bool, has_text: bool) -> Order:
    """The order asked for, or the natural one; BadInput when the question gives nothing to order by."""
    if order is None:
        return Order.RELEVANCE if has_text else Order.DISTANCE if has_place else Order.NAME
    if order is Order.DISTANCE and not has_place:
        raise BadInput("orderBy: DISTANCE needs a place in the filter")
    if order is Order.RELEVANCE and not has_text:
        raise BadInput("orderBy: RELEVANCE needs a text in the filter")
    return order


def arrange(
    entries: Iterable[Entry],
    order: Order,
    centre: tuple[float, float] | None,
    score: Callable[[Entry], float] | None,
) -> list[Keyed[Hit]]:
    """The entries in order, each with what it was ordered by."""
    hits = (Hit(entry, _distance(entry, centre), score(entry) if score else None) for entry in entries)
    keyed = [Keyed(_key(hit, order), hit) for hit in hits]
    keyed.sort(key=_KEY)
    return keyed


def _distance(entry: Entry, centre: tuple[float, float] | None) -> float | None:
    position = entry.site.position
    if centre is None or position is None:
        return None
    return distance_m(*centre, position.latitude, position.longitude)


def _key(hit: Hit, order: Order) -> SortKey:
    entry = hit.entry
    if order is Order.NAME:
        return (entry.sort_name, entry.id)
    near = FAR if hit.distance is None else hit.distance
    if order is Order.DISTANCE:
        return (near, entry.sort_name, entry.id)
    if order is Order.RELEVANCE:
        return (-(hit.score or 0.0), near, entry.sort_name, entry.id)
    latest = max((r.updated_at.timestamp() for r in entry.records if r.updated_at), default=-FAR)
    return (-latest, entry.sort_name, entry.id)
