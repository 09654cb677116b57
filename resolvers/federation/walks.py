"""Walks: how cells are filled, each through a source's pages from the first to the last."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from math import ceil

import msgspec
from msgspec import Struct

from connectors.contract import Connector, InCommunes, InDepartement, Page, Query
from connectors.errors import BadData
from connectors.gazetteer import Commune, Gazetteer
from connectors.records import StructureRecord
from resolvers.federation.places import Area

CALLS_BEFORE_DEPARTEMENT = 8
"""From more calls than this for one département, the whole département is fetched in one walk."""

MAX_PAGES = 1_000
"""A walk that has not ended after so many pages is taken not to end."""


class Load(Struct, frozen=True):
    """One walk that fills these cells."""

    where: InCommunes | InDepartement
    codes: tuple[str, ...]


def plan(connector: Connector, gazetteer: Gazetteer, codes: Iterable[str], area: Area) -> Iterator[Load]:
    """The walks that fill these cells of an area with the fewest calls."""
    info = connector.info
    by_departement: dict[str, list[Commune]] = defaultdict(list)
    for code in codes:
        if not code.startswith("dep:"):
            commune = gazetteer.communes[code]
            by_departement[commune.departement].append(commune)
    rest: list[Commune] = []
    for departement, communes in by_departement.items():
        calls = ceil(len(communes) / info.communes_per_call)
        whole = departement in area.departements or calls > CALLS_BEFORE_DEPARTEMENT
        if whole and InDepartement in info.asks:
            everything = [c.insee for c in gazetteer.by_departement(departement)]
            yield Load(InDepartement(departement), (*everything, f"dep:{departement}"))
        else:
            rest += communes
    for start in range(0, len(rest), info.communes_per_call):
        some = tuple(rest[start : start + info.communes_per_call])
        yield Load(InCommunes(some), tuple(c.insee for c in some))


async def pages(connector: Connector, query: Query) -> AsyncIterator[Page]:
    """All pages of a walk; BadData when they do not end."""
    before: Page | None = None
    for _ in range(MAX_PAGES):
        page = await connector.search(query)
        if before and page.records and page.records == before.records:
            break
        yield page
        if page.after is None:
            return
        before, query = page, msgspec.structs.replace(query, after=page.after)
    raise BadData(connector.info.id, "its pages do not end", detail=repr(query.where)[:200])


def code_of(record: StructureRecord) -> str:
    """The cell that a record belongs to; empty for one that is in no cell."""
    if record.address and record.address.insee:
        return record.address.insee
    return f"dep:{record.departement}" if record.departement else ""
