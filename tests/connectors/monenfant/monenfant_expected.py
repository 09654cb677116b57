"""The agreement's connector for the tests, and what it makes of the complete samples."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from monenfant_wire import Wire, context, result

from connectors.contract import InCommunes, Query
from connectors.gazetteer import gazetteer
from connectors.monenfant import Agreement, Settings
from connectors.monenfant.agreement import PLACES_PATH
from connectors.monenfant.childcare import read_result
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode, TerritoryKind
from connectors.records import Accessibility, Address, Availability, Contact, StructureRecord, Territory

DIJON = gazetteer().communes["21231"]
TALANT = gazetteer().communes["21617"]
IN_DIJON = Query(where=InCommunes((DIJON,)))
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
TOKEN = "/o/isu-service/isu/getAngularToken"
SEARCH = f"/{PLACES_PATH}/search"
PAGE_URL = "https://monenfant.fr/que-recherchez-vous/Cr%C3%A8che%20des%20Lilas%20%28fictive%29/EAJE/12345"
ADDRESS = Address(street="12 rue de la République", postal_code="21000", city="DIJON", insee="21231", departement="21")
FOUND = StructureRecord(
    source="monenfant",
    key="12345",
    name="Crèche des Lilas (fictive)",
    kind=StructureKind.ESTABLISHMENT,
    category=CategoryCode.MODE_ACCUEIL,
    subcategory=SubcategoryCode.CRECHE,
    address=ADDRESS,
    contact=Contact(phone="+33353011234", email="lilas@example.org", website="http://www.example.org/lilas"),
    availability=Availability(has_places=True, available_from=date(2026, 9, 1), checked_at=NOW),
    url=PAGE_URL,
)
DETAILED = msgspec.structs.replace(
    FOUND,
    description=(
        "Le projet\nUn projet d’éveil\n\n"
        "Modalités d’inscription\nEn mairie\nSur place\n\n"
        "Modalités tarifaires\nSelon les revenus"
    ),
    address=msgspec.structs.replace(ADDRESS, complement="Bâtiment B"),
    contact=Contact(phone="+33353011234", email="lilas@example.org", website="https://example.org/lilas"),
    territory=Territory(TerritoryKind.COMMUNE, "Dijon", "21231"),
    opening_hours="Mo-Fr 08:00-18:30; Aug off",
    accessibility=Accessibility(description="Accueil possible"),
    availability=None,
    updated_at=datetime(2026, 2, 15, tzinfo=UTC),
)


def connect(server: Wire, *, secret: str | None = None, **settings: Any) -> Agreement:
    return Agreement(Settings(way="agreement", **settings), context(server.app, secret=secret), clock=lambda: NOW)


def read(**values: Any) -> StructureRecord | None:
    found = read_result("monenfant", result(**values), around=DIJON, checked_at=NOW)
    return found[0] if found else None
