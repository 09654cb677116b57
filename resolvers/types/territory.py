"""Territories of the embedded gazetteer, and those that an action names."""

import strawberry

from connectors import records
from connectors.gazetteer import Area, Commune, Gazetteer, city_key
from connectors.nomenclature import TerritoryKind
from resolvers.errors import BadInput
from resolvers.federation.paging import check_first
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.scalars import PostalCode


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

    Exact names come first, then the wider and the more populated. BadInput when neither is given.
    """
    check_first(first)
    if name is None and code is None:
        raise BadInput("territories: give a name or a code")
    found = []
    if kind in {None, TerritoryKind.REGION}:
        found += [(0, a, territory_of_area(a)) for a in gazetteer.regions.values()]
    if kind in {None, TerritoryKind.DEPARTEMENT}:
        found += [(1, a, territory_of_area(a)) for a in gazetteer.departements.values()]
    wanted = [(level, t) for level, a, t in found if _is(a.code, (), a.name, code, name)]
    if kind in {None, TerritoryKind.COMMUNE}:
        wanted += [
            (2, territory_of_commune(c))
            for c in gazetteer.communes.values()
            if _is(c.insee, c.postal_codes, c.name, code, name)
        ]
    key = city_key(name) if name else ""
    wanted.sort(key=lambda w: (city_key(w[1].name) != key, w[0], -(w[1].population or 0), w[1].code or ""))
    return [territory for _, territory in wanted[:first]]


def _is(own_code: str, postal_codes: tuple[str, ...], own_name: str, code: str | None, name: str | None) -> bool:
    if code is not None and code != own_code and code not in postal_codes:
        return False
    return name is None or city_key(own_name).startswith(city_key(name))
