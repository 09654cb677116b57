"""A place asked for becomes an area: a set of communes to fetch, and a rule for what lies in it."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from connectors.errors import quoted
from connectors.gazetteer import Commune, Gazetteer, distance_m
from connectors.records import Address, Position
from resolvers.errors import BadInput

MAX_RADIUS_M = 100_000
"""A wider circle is refused: ask for a département instead."""

MAX_COMMUNES = 1_000
"""A circle or a box that touches more communes is refused (a département has at most 900)."""


class Near(Struct, frozen=True):
    """A circle: decimal degrees (WGS 84) and metres."""

    latitude: float
    longitude: float
    radius_m: int


class Box(Struct, frozen=True):
    """A box in decimal degrees (WGS 84)."""

    south: float
    west: float
    north: float
    east: float


class CommuneCode(Struct, frozen=True):
    """INSEE code of a commune; a city with arrondissements stands for all of them."""

    code: str


class PostalCode(Struct, frozen=True):
    """Postal code, five digits."""

    code: str


class DepartementCode(Struct, frozen=True):
    """INSEE code of a département ("21", "2A", "974")."""

    code: str


class RegionCode(Struct, frozen=True):
    """INSEE code of a région ("27")."""

    code: str


Place: TypeAlias = Near | Box | CommuneCode | PostalCode | DepartementCode | RegionCode


class Site(Struct, frozen=True, gc=False):
    """Where an entry is, as far as its directories say."""

    position: Position | None
    address: Address | None
    commune: Commune | None
    departement: str | None


class Area(Struct, frozen=True):
    """A place, ready to be asked for.

    `communes` are what must be fetched; `departements` are covered whole, entries without a commune included.
    `centre` is the point from which distances are told: the centre of the circle or box, else of the communes.
    """

    place: Place
    communes: tuple[Commune, ...]
    departements: tuple[str, ...]
    centre: tuple[float, float] | None

    def holds(self, site: Site) -> bool:
        """Whether an entry there lies in the place. A circle or a box goes by position (a commune's centroid
        where the directory gives none); the other places go by commune, postal code or département."""
        match self.place:
            case Near(latitude, longitude, radius_m):
                p = site.position
                return p is not None and distance_m(latitude, longitude, p.latitude, p.longitude) <= radius_m
            case Box(south, west, north, east):
                p = site.position
                return p is not None and south <= p.latitude <= north and west <= p.longitude <= east
            case CommuneCode():
                return site.commune is not None and site.commune in self.communes
            case PostalCode(code):
                return _has_postal_code(site, code)
            case DepartementCode() | RegionCode():
                return site.departement in self.departements


def _has_postal_code(site: Site, code: str) -> bool:
    """A postal code of its own decides; one that no commune has (CEDEX) or a missing one leaves it to the commune."""
    if site.commune is None:
        return site.address is not None and site.address.postal_code == code
    own = site.address.postal_code if site.address else None
    if own == code:
        return True
    return own not in site.commune.postal_codes and code in site.commune.postal_codes


def resolve(place: Place, gazetteer: Gazetteer) -> Area:
    """The area of a place; BadInput when it is out of range, unknown or too wide."""
    match place:
        case Near():
            return _circle(place, gazetteer)
        case Box():
            return _box(place, gazetteer)
        case CommuneCode(code):
            commune = gazetteer.communes.get(code)
            if commune is None:
                raise BadInput(f"place.commune: no commune has the INSEE code {quoted(code)}")
            return _of_communes(place, gazetteer.with_arrondissements(commune))
        case PostalCode(code):
            communes = gazetteer.by_postal_code(code)
            if not communes:
                raise BadInput(f"place.postalCode: no commune has the postal code {quoted(code)}")
            return _of_communes(place, communes)
        case DepartementCode(code):
            if code not in gazetteer.departements:
                raise BadInput(f"place.departement: no département has the INSEE code {quoted(code)}")
            return _of_departements(place, (code,), gazetteer)
        case RegionCode(code):
            if code not in gazetteer.regions:
                raise BadInput(f"place.region: no région has the INSEE code {quoted(code)}")
            return _of_departements(place, [d.code for d in gazetteer.departements_of(code)], gazetteer)


def _circle(near: Near, gazetteer: Gazetteer) -> Area:
    _check_coordinates("place.near", near.latitude, near.longitude)
    if not 1 <= near.radius_m <= MAX_RADIUS_M:
        raise BadInput(f"place.near.radiusMeters: between 1 and {MAX_RADIUS_M}, not {near.radius_m}")
    communes = gazetteer.near(near.latitude, near.longitude, near.radius_m)
    return Area(near, _bounded("place.near", communes), (), (near.latitude, near.longitude))


def _box(box: Box, gazetteer: Gazetteer) -> Area:
    _check_coordinates("place.bbox", box.south, box.west)
    _check_coordinates("place.bbox", box.north, box.east)
    if box.south > box.north or box.west > box.east:
        raise BadInput("place.bbox: south must not be over north, nor west over east")
    communes = gazetteer.within(box.south, box.west, box.north, box.east)
    centre = ((box.south + box.north) / 2, (box.west + box.east) / 2)
    return Area(box, _bounded("place.bbox", communes), (), centre)


def _check_coordinates(name: str, latitude: float, longitude: float) -> None:
    if not -90 <= latitude <= 90:
        raise BadInput(f"{name}: a latitude is between -90 and 90 degrees, not {latitude}")
    if not -180 <= longitude <= 180:
        raise BadInput(f"{name}: a longitude is between -180 and 180 degrees, not {longitude}")


def _bounded(name: str, communes: tuple[Commune, ...]) -> tuple[Commune, ...]:
    if len(communes) > MAX_COMMUNES:
        raise BadInput(
            f"{name}: touches {len(communes)} communes, at most {MAX_COMMUNES}: make it smaller, or ask by departement"
        )
    return communes


def _of_communes(place: Place, communes: Sequence[Commune]) -> Area:
    return Area(place, tuple(communes), (), _centre(communes))


def _of_departements(place: Place, codes: Sequence[str], gazetteer: Gazetteer) -> Area:
    communes = [c for code in codes for c in gazetteer.by_departement(code)]
    return Area(place, tuple(communes), tuple(codes), _centre(communes))


def _centre(communes: Iterable[Commune]) -> tuple[float, float] | None:
    """The mean of the centroids, weighted by population (1 at least)."""
    weight = latitude = longitude = 0.0
    for c in communes:
        if c.latitude is not None and c.longitude is not None:
            w = max(1, c.population)
            weight += w
            latitude += w * c.latitude
            longitude += w * c.longitude
    return (latitude / weight, longitude / weight) if weight else None
