"""The fictitious world of the sandbox: a pure function of a fixed seed, in real communes."""

from collections.abc import Mapping
from functools import cache, cached_property

from connectors.gazetteer import Commune, gazetteer
from connectors.sandbox.childcare import draw_childcare
from connectors.sandbox.draft import Draft
from connectors.sandbox.health import draw_hospitals, draw_services, draw_shops
from connectors.sandbox.pairs import Pair, draw_lookalikes, draw_twins
from connectors.sandbox.people import draw_people
from connectors.sandbox.places import Establishment, Place

SEED = 1000

COMMUNES = (
    "21231",  # Dijon
    "21003",  # Ahuy
    "21166",  # Chenôve
    "21515",  # Quetigny
    "21617",  # Talant
    "25056",  # Besançon
    "2A004",  # Ajaccio
    "33063",  # Bordeaux
    "37003",  # Amboise
    "37261",  # Tours
    "39198",  # Dole
    "39300",  # Lons-le-Saunier
    "47323",  # Villeneuve-sur-Lot
    "58194",  # Nevers
    "59350",  # Lille
    "64445",  # Pau
    "69383",  # Lyon 3e
    "70550",  # Vesoul
    "71076",  # Chalon-sur-Saône
    "71270",  # Mâcon
    "75111",  # Paris 11e
    "84031",  # Carpentras
    "89024",  # Auxerre
    "90010",  # Belfort
    "97209",  # Fort-de-France
    "97411",  # Saint-Denis (La Réunion)
)
"""INSEE codes of the communes that have places."""


class World:
    """Everything that the sandbox's directories know.

    `twins`: pairs of global ids (Annuaire Santé, monenfant) that are one place under two spellings. `lookalikes`:
    pairs of global ids that look alike and are two places. No other two entries of different directories are one.
    """

    def __init__(self, places: tuple[Place, ...], twins: tuple[Pair, ...], lookalikes: tuple[Pair, ...]) -> None:
        self.places = places
        self.twins = twins
        self.lookalikes = lookalikes

    @cached_property
    def communes(self) -> tuple[Commune, ...]:
        """The communes that have places."""
        return tuple(gazetteer().communes[insee] for insee in COMMUNES)

    @cached_property
    def by_id(self) -> Mapping[str, Place]:
        """Global id -> place."""
        return {place.id: place for place in self.places}

    def listed_in(self, insee: str, source: str) -> tuple[Place, ...]:
        """What a search of a directory by commune must give."""
        return tuple(p for p in self.places if p.listed and p.source == source and p.commune.insee == insee)


@cache
def world() -> World:
    """The world, drawn once: the same on every machine."""
    draft = Draft(SEED)
    communes = {insee: gazetteer().communes[insee] for insee in COMMUNES}
    twins: list[Pair] = []
    for commune in communes.values():
        start = len(draft.places)
        draw_services(draft, commune)
        draw_hospitals(draft, commune)
        draw_shops(draft, commune)
        establishments = [p for p in draft.places[start:] if isinstance(p.details, Establishment)]
        draw_people(draft, commune, establishments)
        draw_childcare(draft, commune)
        twins += draw_twins(draft, commune)
    lookalikes = draw_lookalikes(draft, communes)
    return World(tuple(draft.places), tuple(twins), tuple(lookalikes))
