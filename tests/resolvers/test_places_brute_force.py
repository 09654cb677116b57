"""200 random place queries against a plain reading of the sandbox's data: same set, same order, same totals.

The reading below shares nothing with the hub but the data and the gazetteer's list of communes: it looks at every
place of the world, one by one.
"""

import math
import random
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from hubs import Client, in_process

from connectors.gazetteer import gazetteer
from connectors.sandbox import Way, registrations, world

QUERIES = 200
SOURCES = ("monenfant", "annuaire_sante", "registry_sandbox")

QUERY = """
query ($filter: StructureFilter, $order: StructureOrder, $after: String) {
  structures(filter: $filter, orderBy: $order, first: 100, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { distanceMeters node { id } }
    coverage { source { id } status }
  }
}
"""


@dataclass(frozen=True)
class Known:
    """One place as the reading sees it: `ids` of its records, leading one first."""

    ids: tuple[str, ...]
    name: str
    insee: str
    postal_code: str | None
    latitude: float | None
    longitude: float | None


def fold(text: str) -> str:
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    kept = [c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c)]
    return " ".join("".join(c if c.isalnum() else " " for c in kept).split())


def metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """By the law of cosines of unit vectors: another formula than the hub's."""

    def vector(lat: float, lon: float) -> tuple[float, float, float]:
        lat, lon = math.radians(lat), math.radians(lon)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    a, b = vector(lat1, lon1), vector(lat2, lon2)
    cross = math.dist((a[1] * b[2], a[2] * b[0], a[0] * b[1]), (a[2] * b[1], a[0] * b[2], a[1] * b[0]))
    return math.atan2(cross, sum(x * y for x, y in zip(a, b, strict=True))) * 6_371_008.8


@dataclass(frozen=True)
class Said:
    """What one directory says of a place; `rank` is the order in which directories are believed."""

    rank: tuple
    id: str
    name: str
    insee: str
    postal_code: str | None
    point: tuple[float, float] | None


def said() -> dict[str, Said]:
    """What every directory says, by id of record."""
    found = {}
    for place in world().places:
        if place.listed and place.ways & {Way.DATA_INCLUSION, Way.ANNUAIRE_SANTE}:
            reference = {"monenfant": "MODE_ACCUEIL", "annuaire_sante": "SANTE"}[place.source] == place.category
            point = None if place.latitude is None else (place.latitude, place.longitude)
            rank = (1 if reference else 2, place.source, place.key)
            found[place.id] = Said(rank, place.id, place.name, place.commune.insee, place.postal_code, point)
    for record in registrations():
        if record.address and record.address.insee:
            exact = record.position if record.position and record.position.precision == "EXACT" else None
            point = (exact.latitude, exact.longitude) if exact else None
            rank = (0, record.source, record.key)
            address = record.address
            found[record.id] = Said(rank, record.id, record.name, address.insee, address.postal_code, point)
    return found


def reading(sources: list[str]) -> list[Known]:
    """Every place that a search of these directories must give: one for records that are the same."""
    everything = {id_: s for id_, s in said().items() if id_.split("--")[0] in sources}
    same = [(r.id, quoted) for r in registrations() for quoted in r.same_as] + list(world().twins)
    groups = {id_: {id_} for id_ in everything}
    for one, other in same:
        if one in groups and other in groups and groups[one] is not groups[other]:
            groups[one] |= groups[other]
            for id_ in groups[other]:
                groups[id_] = groups[one]
    found = []
    for group in {id(group): group for group in groups.values()}.values():
        records = sorted((everything[id_] for id_ in group), key=lambda s: s.rank)
        commune = gazetteer().communes[records[0].insee]
        point = next((s.point for s in records if s.point), (commune.latitude, commune.longitude))
        ids = tuple(s.id for s in records)
        found.append(Known(ids, records[0].name, commune.insee, records[0].postal_code, *point))
    return found


def holds(known: Known, kind: str, value: Any) -> bool:
    commune = gazetteer().communes[known.insee]
    if kind == "near":
        return metres(known.latitude, known.longitude, value["latitude"], value["longitude"]) <= value["radiusMeters"]
    if kind == "bbox":
        return value["south"] <= known.latitude <= value["north"] and value["west"] <= known.longitude <= value["east"]
    if kind == "commune":
        return value in {known.insee, commune.parent}
    if kind == "postalCode":
        own = known.postal_code
        return own == value or (own not in commune.postal_codes and value in commune.postal_codes)
    return value == (commune.departement if kind == "departement" else commune.region)


def centre(kind: str, value: Any) -> tuple[float, float]:
    if kind == "near":
        return value["latitude"], value["longitude"]
    if kind == "bbox":
        return (value["south"] + value["north"]) / 2, (value["west"] + value["east"]) / 2
    members = {
        "commune": lambda c: value in {c.insee, c.parent},
        "postalCode": lambda c: value in c.postal_codes,
        "departement": lambda c: value == c.departement,
        "region": lambda c: value == c.region,
    }[kind]
    some = [c for c in gazetteer().communes.values() if members(c) and c.latitude is not None]
    weights = [max(1, c.population) for c in some]
    return (
        sum(w * c.latitude for w, c in zip(weights, some, strict=True)) / sum(weights),
        sum(w * c.longitude for w, c in zip(weights, some, strict=True)) / sum(weights),
    )


def random_place(random_: random.Random) -> tuple[str, Any]:
    """A place near those of the world, of any kind; sometimes one where there is nothing."""
    commune = random_.choice(world().communes)
    kind = random_.choice(("near", "near", "bbox", "bbox", "commune", "postalCode", "departement", "region"))
    latitude = round(commune.latitude + random_.uniform(-0.15, 0.15), 5)
    longitude = round(commune.longitude + random_.uniform(-0.15, 0.15), 5)
    if kind == "near":
        radius = random_.choice((1, 300, 1500, 5000, 12_000, 30_000))
        return kind, {"latitude": latitude, "longitude": longitude, "radiusMeters": radius}
    if kind == "bbox":
        height, width = random_.uniform(0, 0.3), random_.uniform(0, 0.3)
        return kind, {"south": latitude, "west": longitude, "north": latitude + height, "east": longitude + width}
    if kind == "commune":
        neighbours = gazetteer().near(commune.latitude, commune.longitude, 8000)
        return kind, random_.choice((commune.insee, commune.parent or commune.insee, random_.choice(neighbours).insee))
    if kind == "postalCode":
        return kind, random_.choice(commune.postal_codes)
    return kind, commune.departement if kind == "departement" else commune.region


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with in_process(tmp_path_factory.mktemp("brute")) as client:
        yield client


async def walk(client: Client, filter_: dict, order: str | None) -> tuple[list[str], list[int | None], int]:
    """All pages: ids, distances, total."""
    ids, distances, after = [], [], None
    while True:
        page = (await client.ask(QUERY, filter=filter_, order=order, after=after))["structures"]
        ids += [edge["node"]["id"] for edge in page["edges"]]
        distances += [edge["distanceMeters"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids, distances, page["totalCount"]
        after = page["pageInfo"]["endCursor"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("seed", range(10))
async def test_random_places_agree_with_a_plain_reading(asked: Client, seed: int) -> None:
    random_ = random.Random(seed)
    seen = 0
    for _ in range(QUERIES // 10):
        kind, value = random_place(random_)
        # what answers for a région at once; the real registry's few structures are told apart by the source filter
        sources = [s for s in SOURCES if kind != "region" or s != "annuaire_sante"]
        order = random_.choice((None, "DISTANCE", "NAME"))
        ids, distances, total = await walk(asked, {"place": {kind: value}, "sources": sources}, order)

        wanted = [known for known in reading(sources) if holds(known, kind, value)]
        origin = centre(kind, value)
        away = {k.ids[0]: metres(*origin, k.latitude, k.longitude) for k in wanted}
        assert (set(ids), len(ids), total) == (set(away), len(wanted), len(wanted)), (kind, value)
        for id_, distance in zip(ids, distances, strict=True):
            assert abs(distance - away[id_]) <= 1, (kind, value, id_)
        seen += bool(wanted)
        names = {k.ids[0]: fold(k.name) for k in wanted}
        if order == "NAME":
            assert ids == sorted(ids, key=lambda i: (names[i], i)), (kind, value)
        else:
            # distances told by two formulas agree to well under a millimetre, which stands for "the same point" here
            assert ids == sorted(ids, key=lambda i: (round(away[i], 3), names[i], i)), (kind, value)
    assert seen >= QUERIES // 10 // 2
