"""Questions by place asked page after page, and a town to ask about."""

from typing import Any

from annuaire_server import organization, practitioner, role

from connectors.annuaire_sante import AnnuaireSante
from connectors.contract import InCommunes, Page, Query
from connectors.gazetteer import gazetteer

DIJON = {"insee": "21231", "postal_code": "21000", "city": "DIJON"}


def communes(*insee: str) -> InCommunes:
    return InCommunes(tuple(gazetteer().communes[code] for code in insee))


async def everything(connector: AnnuaireSante, query: Query) -> list[Page]:
    pages = [await connector.search(query)]
    while pages[-1].after:
        after = pages[-1].after
        pages.append(
            await connector.search(
                Query(where=query.where, kind=query.kind, subcategories=query.subcategories, after=after)
            )
        )
    return pages


def keys(pages: list[Page]) -> list[str]:
    return [record.key for page in pages for record in page.records]


async def found(connector: AnnuaireSante, *insee: str, **narrowing: Any) -> list[str]:
    return keys(await everything(connector, Query(where=communes(*insee), **narrowing)))


def town(count: int) -> list[dict[str, Any]]:
    """Cabinets with a midwife each; every third is by CEDEX."""
    resources: list[dict[str, Any]] = []
    for n in range(count):
        cedex = {"postal_code": "21079", "city": "DIJON CEDEX"} if n % 3 == 0 else {}
        resources.append(organization(f"o{n}", f"2100000{n:02}", sector="SA08", **(DIJON | cedex)))
        resources += [practitioner(f"p{n}", f"100000000{n:02}"), role(f"r{n}", f"p{n}", f"o{n}")]
    return resources
