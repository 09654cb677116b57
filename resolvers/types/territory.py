"""Territories of the embedded gazetteer, and those that an action names."""

from collections.abc import Iterable, Iterator, Mapping
from heapq import nsmallest

import strawberry

from connectors import records
from connectors.gazetteer import Area, Commune, Gazetteer, city_key
from connectors.nomenclature import TerritoryKind
from resolvers.errors import BadInput
from resolvers.federation.paging import check_first
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.scalars import PostalCode

MAX_NAME = 200
"""Characters of a name that is looked for."""


@strawberry.type(description="A French territory (INSEE, Code officiel géographique 2026).")
class Territory:
    kind: TerritoryKind = strawberry.field(description="Its level.")
    code: str | None = strawberry.field(description="INSEE code; null where a directory gives only a name.")
    name: str = strawberry.field(description="Official name.")
    departement: str | None = strawberry.field(description="INSEE code of the département of a commune.")
    region: str | None = strawberry.field(description="INSEE code of the région.")
    postal_codes: list[PostalCode] = strawberry.field(description="Postal codes of a commune.")
    population: int | None = strawberry.field(description="Inhabitants of a commune.")
    latitude: float | None = strawberry.field(description="Degrees north of a commune's centroid.")
    longitude: float | None = strawberry.field(description="Degrees east of a commune's centroid.")


def territory_of_commune(commune: Commune) -> Territory:
    """A commune as the API shows it."""
    return Territory(
        kind=TerritoryKind.COMMUNE,
        code=commune.insee,
        name=commune.name,
        departement=commune.departement,
        region=commune.region,
        postal_codes=[PostalCode(code) for code in commune.postal_codes],
        population=commune.population,
        latitude=commune.latitude,
        longitude=commune.longitude,
    )


def territory_of_area(area: Area) -> Territory:
    """A département or a région as the API shows it."""
    kind = TerritoryKind.DEPARTEMENT if area.region else TerritoryKind.REGION
    return _plain(kind, area.code, area.name, area.region)


def territory_of_record(territory: records.Territory) -> Territory:
    """A territory that a directory names."""
    return _plain(territory.kind, territory.code, territory.name, None)


def _plain(kind: TerritoryKind, code: str | None, name: str, region: str | None) -> Territory:
    return Territory(
        kind=kind, code=code, name=name, departement=None, region=region, postal_codes=[], population=None,
        latitude=None, longitude=None,
    )  # fmt: skip


def find(
    gazetteer: Gazetteer, name: str | None, code: str | None, kind: TerritoryKind | None, first: int
) -> list[Territory]:
    """The territories whose INSEE or postal code is `code`, or whose name begins with `name`.

    Exact names come first, then the wider and the more populated. BadInput when neither is given, or an empty name.
    """
    check_first(first)
    if name is None and code is None:
        raise BadInput("territories: give a name or a code")
    if name is not None and len(name) > MAX_NAME:
        raise BadInput(f"territories.name: at most {MAX_NAME} characters, not {len(name)}")
    key = None if name is None else city_key(name)
    if key == "":
        raise BadInput("territories.name: has neither letters nor digits")
    wanted: list[tuple[int, Area | Commune]] = []
    if kind in {None, TerritoryKind.REGION}:
        wanted += [(0, a) for a in _areas(gazetteer.regions, key, code)]
    if kind in {None, TerritoryKind.DEPARTEMENT}:
        wanted += [(1, a) for a in _areas(gazetteer.departements, key, code)]
    if kind in {None, TerritoryKind.COMMUNE}:
        wanted += [(2, c) for c in _communes(gazetteer, key, code)]
    first_ones = nsmallest(first, wanted, key=lambda w: (city_key(w[1].name) != key, w[0], *_rank(w[1])))
    return [territory_of_commune(t) if isinstance(t, Commune) else territory_of_area(t) for _, t in first_ones]


def _rank(territory: Area | Commune) -> tuple[int, str]:
    """The more populated first, then by code."""
    if isinstance(territory, Commune):
        return -(territory.population or 0), territory.insee
    return 0, territory.code


def _areas(areas: Mapping[str, Area], name: str | None, code: str | None) -> Iterator[Area]:
    for area in areas.values():
        if code in {None, area.code} and (name is None or city_key(area.name).startswith(name)):
            yield area


def _communes(gazetteer: Gazetteer, name: str | None, code: str | None) -> Iterable[Commune]:
    if code is None:
        return gazetteer.named(name or "")
    coded = {c.insee: c for c in (gazetteer.communes.get(code), *gazetteer.by_postal_code(code)) if c}
    return (c for c in coded.values() if name is None or city_key(c.name).startswith(name))
