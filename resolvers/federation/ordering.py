"""The orders of an answer. Each ends with name and id, so that no two entries are ever equal."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from connectors.gazetteer import distance_m, fold
from resolvers.errors import BadInput
from resolvers.federation.entries import Entry
from resolvers.federation.paging import Keyed, SortKey

_folded = lru_cache(maxsize=65_536)(fold)
"""Names are folded once: the same ones are ordered at every question."""


class Order(StrEnum):
    """What comes first."""

    RELEVANCE = "RELEVANCE"
    DISTANCE = "DISTANCE"
    NAME = "NAME"
    UPDATED = "UPDATED"


FAR = 1e9
"""Stands for "no position" in the order by distance: farther than anything on Earth, in metres."""


class Hit(Struct, frozen=True):
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
    entries: Sequence[Entry],
    order: Order,
    centre: tuple[float, float] | None,
    score: Callable[[Entry], float] | None,
) -> list[Keyed[Hit]]:
    """The entries in order, each with what it was ordered by."""
    keyed = []
    for entry in entries:
        hit = Hit(entry, _distance(entry, centre), score(entry) if score else None)
        keyed.append(Keyed(_key(hit, order), hit))
    keyed.sort(key=lambda k: k.key)
    return keyed


def _distance(entry: Entry, centre: tuple[float, float] | None) -> float | None:
    position = entry.site.position
    if centre is None or position is None:
        return None
    return distance_m(*centre, position.latitude, position.longitude)


def _key(hit: Hit, order: Order) -> SortKey:
    entry = hit.entry
    last: SortKey = (_folded(entry.lead.name), entry.id)
    match order:
        case Order.NAME:
            return last
        case Order.DISTANCE:
            return (FAR if hit.distance is None else hit.distance, *last)
        case Order.RELEVANCE:
            near = FAR if hit.distance is None else hit.distance
            return (-(hit.score or 0.0), near, *last)
        case Order.UPDATED:
            latest = max((r.updated_at.timestamp() for r in entry.records if r.updated_at), default=-FAR)
            return (-latest, *last)
