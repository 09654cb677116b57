"""The communes, départements and régions of France, embedded: what turns a place into a set of communes.

Data: `connectors/data/communes.csv.gz` (its origin and licence are in `connectors/data/README.md`). A commune's
area is known by its centroid and `reach_km`, the distance of its farthest point: enough never to miss a commune.
"""

import csv
import gzip
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from importlib.resources import files
from math import asin, ceil, cos, floor, radians, sin, sqrt

from msgspec import Struct

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG): distances are great circles on this sphere."""

METRES_PER_DEGREE = radians(1) * EARTH_RADIUS_M
"""Metres of one degree of latitude."""


class Commune(Struct, frozen=True, kw_only=True):
    """A commune or a municipal arrondissement (INSEE COG 2026).

    `latitude`/`longitude`: centroid of the area, None for the few overseas places whose outline is not known.
    `reach_km`: distance from there to the farthest point of the commune. `parent`: INSEE code of the city of an
    arrondissement (Paris, Lyon, Marseille).
    """

    insee: str
    name: str
    departement: str
    region: str
    postal_codes: tuple[str, ...]
    latitude: float | None = None
    longitude: float | None = None
    reach_km: float = 0.0
    population: int = 0
    parent: str | None = None

    def __hash__(self) -> int:
        return hash(self.insee)


class Area(Struct, frozen=True):
    """A département or a région: INSEE code, name, code of its région (None for a région)."""

    code: str
    name: str
    region: str | None = None


class _Folding(dict[int, str]):
    """What each character becomes when it is folded, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        spelt = chr(code).casefold().replace("œ", "oe").replace("æ", "ae")
        decomposed = unicodedata.normalize("NFKD", spelt).casefold()
        folded = self[code] = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
        return folded


_FOLDED = _Folding()


def fold(text: str) -> str:
    """Letters and digits only, no accent or case, one space between words: "L'Haÿ-les-Roses" -> "l hay les roses"."""
    return " ".join(text.translate(_FOLDED).split())


def city_key(name: str) -> str:
    """A city's name as directories write it, made comparable: "ST DENIS CEDEX 9" and "Saint-Denis" are one."""
    words = ["saint" if w == "st" else "sainte" if w == "ste" else w for w in fold(name).split()]
    if "cedex" in words:
        words = words[: words.index("cedex")]
    return " ".join(words)


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres (haversine) between two points in decimal degrees."""
    a = (
        sin(radians(lat2 - lat1) / 2) ** 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, a)))


class Gazetteer:
    """Look-ups over the embedded communes. Nothing changes once it is made."""

    def __init__(self, communes: Iterable[Commune], departements: Iterable[Area], regions: Iterable[Area]) -> None:
        self.communes: dict[str, Commune] = {c.insee: c for c in communes}
        self.departements: dict[str, Area] = {d.code: d for d in departements}
        self.regions: dict[str, Area] = {r.code: r for r in regions}
        self._by_postal_code: dict[str, list[Commune]] = defaultdict(list)
        self._by_departement: dict[str, list[Commune]] = defaultdict(list)
        self._children: dict[str, list[Commune]] = defaultdict(list)
        for commune in self.communes.values():
            self._by_departement[commune.departement].append(commune)
            for code in commune.postal_codes:
                self._by_postal_code[code].append(commune)
            if commune.parent:
                self._children[commune.parent].append(commune)

    @cached_property
    def _grid(self) -> dict[tuple[int, int], list[Commune]]:
        grid: dict[tuple[int, int], list[Commune]] = defaultdict(list)
        for commune in self.communes.values():
            for cell in _grid_cells(commune):
                grid[cell].append(commune)
        return grid

    @cached_property
    def _by_name(self) -> dict[str, list[Commune]]:
        names: dict[str, list[Commune]] = defaultdict(list)
        for commune in self.communes.values():
            names[city_key(commune.name)].append(commune)
        return names

    @cached_property
    def _ordered(self) -> list[tuple[str, str]]:
        """The communes' names, as `city_key` makes them, and their codes: in order."""
        return sorted((name, commune.insee) for name, communes in self._by_name.items() for commune in communes)

    def named(self, beginning: str) -> Iterator[Commune]:
        """The communes whose name begins so; `beginning` as `city_key` makes it."""
        for i in range(bisect_left(self._ordered, (beginning,)), len(self._ordered)):
            name, insee = self._ordered[i]
            if not name.startswith(beginning):
                return
            yield self.communes[insee]

    def with_arrondissements(self, commune: Commune) -> tuple[Commune, ...]:
        """A commune and, for Paris, Lyon and Marseille, its arrondissements."""
        return (commune, *self._children.get(commune.insee, ()))

    def by_postal_code(self, code: str) -> tuple[Commune, ...]:
        """The communes (arrondissements included) that a postal code serves; empty when it is unknown."""
        return tuple(self._by_postal_code.get(code, ()))

    def by_departement(self, code: str) -> tuple[Commune, ...]:
        """All communes of a département; empty when it is unknown."""
        return tuple(self._by_departement.get(code, ()))

    def departements_of(self, region: str) -> tuple[Area, ...]:
        """The départements of a région; empty when it is unknown."""
        return tuple(d for d in self.departements.values() if d.region == region)

    def near(self, latitude: float, longitude: float, radius_m: float) -> tuple[Commune, ...]:
        """The communes of which some point may be within `radius_m` metres of a point."""
        dlat = radius_m / METRES_PER_DEGREE
        dlon = min(180.0, dlat / max(0.01, cos(radians(min(89.0, abs(latitude) + dlat)))))
        return tuple(
            c
            for c in self._in_grid(latitude - dlat, longitude - dlon, latitude + dlat, longitude + dlon)
            if c.latitude is not None
            and c.longitude is not None
            and abs(c.latitude - latitude) * METRES_PER_DEGREE <= radius_m + c.reach_km * 1000 + 1
            and distance_m(latitude, longitude, c.latitude, c.longitude) <= radius_m + c.reach_km * 1000
        )

    def within(self, south: float, west: float, north: float, east: float) -> tuple[Commune, ...]:
        """The communes of which some point may be in a box (decimal degrees)."""
        return tuple(c for c in self._in_grid(south, west, north, east) if _touches(c, south, west, north, east))

    def locate(self, postal_code: str | None, city: str | None) -> Commune | None:
        """The commune meant by a postal code and a city's name as a directory writes them; None when in doubt.

        An arrondissement is preferred to its city. CEDEX postal codes belong to no commune: then the name alone
        decides, within the département that the postal code begins with.
        """
        candidates = self.by_postal_code(postal_code) if postal_code else ()
        if city:
            name = city_key(city)
            named = [c for c in candidates if city_key(c.name) == name]
            if not named and not candidates:
                named = [c for c in self._by_name.get(name, ()) if postal_code and postal_code.startswith(_prefix(c))]
            elif not named:
                named = [c for c in candidates if c.parent and city_key(self.communes[c.parent].name) in name]
            if named:
                candidates = tuple(named)
        children = [c for c in candidates if c.parent]
        if len(children) == 1:
            return children[0]
        candidates = tuple(c for c in candidates if not c.parent)
        if len(candidates) != 1:
            return None
        return self._arrondissement(candidates[0], postal_code)

    def _arrondissement(self, commune: Commune, postal_code: str | None) -> Commune:
        matching = [c for c in self._children.get(commune.insee, ()) if postal_code in c.postal_codes]
        return matching[0] if len(matching) == 1 else commune

    def _in_grid(self, south: float, west: float, north: float, east: float) -> Iterator[Commune]:
        rows = range(max(-90, floor(south)), min(90, ceil(north)) + 1)
        columns = range(max(-181, floor(west)), min(181, ceil(east)) + 1)
        if len(rows) * len(columns) > len(self._grid):
            cells: Iterable[tuple[int, int]] = list(self._grid)
        else:
            cells = [(row, column) for row in rows for column in columns]
        seen: set[str] = set()
        for cell in cells:
            for commune in self._grid.get(cell, ()):
                if commune.insee not in seen:
                    seen.add(commune.insee)
                    yield commune


def _prefix(commune: Commune) -> str:
    """What the postal codes of a commune's département begin with (Corse: 20)."""
    return "20" if commune.departement in {"2A", "2B"} else commune.departement


def _reach_degrees(commune: Commune) -> tuple[float, float]:
    """How far a commune goes from its centroid, in degrees of latitude and longitude."""
    dlat = commune.reach_km * 1000 / METRES_PER_DEGREE
    return dlat, dlat / max(0.01, cos(radians(commune.latitude or 0.0)))


def _touches(commune: Commune, south: float, west: float, north: float, east: float) -> bool:
    if commune.latitude is None or commune.longitude is None:
        return False
    dlat, dlon = _reach_degrees(commune)
    return south - dlat <= commune.latitude <= north + dlat and west - dlon <= commune.longitude <= east + dlon


def _grid_cells(commune: Commune) -> Iterator[tuple[int, int]]:
    """The cells of one degree which a commune may touch."""
    if commune.latitude is None or commune.longitude is None:
        return
    dlat, dlon = _reach_degrees(commune)
    for row in range(floor(commune.latitude - dlat), floor(commune.latitude + dlat) + 1):
        for column in range(floor(commune.longitude - dlon), floor(commune.longitude + dlon) + 1):
            yield row, column


@cache
def gazetteer() -> Gazetteer:
    """The embedded gazetteer, read once."""
    data = files("connectors") / "data"
    text = gzip.decompress(data.joinpath("communes.csv.gz").read_bytes()).decode("utf-8")
    rows = list(csv.reader(text.splitlines()))
    return Gazetteer(
        (_commune(row) for row in rows[1:]),
        (Area(r[0], r[1], r[2]) for r in _rows("departements.csv")),
        (Area(r[0], r[1]) for r in _rows("regions.csv")),
    )


def _rows(name: str) -> list[list[str]]:
    text = (files("connectors") / "data" / name).read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]


def _commune(row: list[str]) -> Commune:
    insee, name, departement, region, postal_codes, latitude, longitude, reach, population, parent = row
    return Commune(
        insee=insee,
        name=name,
        departement=departement,
        region=region,
        postal_codes=tuple(postal_codes.split("|")) if postal_codes else (),
        latitude=float(latitude) if latitude else None,
        longitude=float(longitude) if longitude else None,
        reach_km=float(reach) if reach else 0.0,
        population=int(population or 0),
        parent=parent or None,
    )
