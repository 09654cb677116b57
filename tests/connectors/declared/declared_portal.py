"""Servers that answer as partners' portals do, over the same fictitious list, and the tables that connect them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import Context
from connectors.declared import Declared, Settings, plugin

HOST = "http://portal.test"
DATASET = "/api/explore/v2.1/catalog/datasets/eaje/records"
COMMUNES = (
    ("92025", "92700", "COLOMBES", {"lat": 48.922, "lon": 2.254}),
    ("92004", "92600", "ASNIERES-SUR-SEINE", {"lat": 48.915, "lon": 2.288}),
    ("92012", "92100", "Boulogne", {"lat": 48.836, "lon": 2.239}),
)

Entry = dict[str, Any]


def entries(number: int) -> list[Entry]:
    """A fictitious list, in the field names of an Opendatasoft list of childcare places."""
    found = []
    for n in range(number):
        insee, cp, commune, geo = COMMUNES[n % len(COMMUNES)]
        found.append(
            {
                "identifiant": f"FICTIF-{n:04}",
                "nom": f"Crèche fictive n° {n}",
                "type": ("Multi-accueil", "CRECHE FAMILIALE", "Jardin d'enfants")[n % 3 if n < 3 else 0],
                "adresse": f"{n} RUE DE LA FICTION",
                "cp": cp,
                "commune": commune,
                "code_insee": insee,
                "tel": f"01 99 00 {n // 100:02} {n % 100:02}",
                "capacite": 20 + n,
                "geo": geo,
                "maj": "2025-03-01T08:00:00+01:00",
            }
        )
    return found


FIELDS = {
    "key": "identifiant",
    "name": "nom",
    "street": "adresse",
    "postal_code": "cp",
    "city": "commune",
    "insee": "code_insee",
    "latitude": "geo.lat",
    "longitude": "geo.lon",
    "phone": "tel",
    "updated_at": "maj",
}
COMMON: dict[str, Any] = {"category": "MODE_ACCUEIL", "subcategory": "CRECHE", "fields": FIELDS}

OPENDATASOFT = COMMON | {
    "url": HOST + DATASET,
    "parameters": {"order_by": "identifiant"},
    "by_commune": {"where": "code_insee='{insee}'"},
    "by_departement": {"where": "startswith(code_insee,'{departement}')"},
    "by_key": {"where": "identifiant='{key}'"},
    "everywhere": True,
    "categories": {
        "field": "type",
        "values": {"Multi-accueil": "MODE_ACCUEIL/CRECHE", "Crèche familiale": "MODE_ACCUEIL/CRECHE_FAMILIALE"},
    },
}
WITHOUT_KEY = OPENDATASOFT | {
    "by_key": {},
    "everywhere": False,
    "fields": FIELDS | {"key": ["nom", "adresse", "code_insee"]},
}
HSDS = COMMON | {
    "url": f"{HOST}/services",
    "by_commune": {"code_insee": "{insee}"},
    "entry_url": HOST + "/services/{key}",
    "everywhere": True,
    "paging": {"style": "page", "size": 2},
    "results": "contents",
    "total": "total_items",
}
TABULAR = COMMON | {
    "url": f"{HOST}/api/resources/0000/data/",
    "by_commune": {"code_insee__exact": "{insee}"},
    "everywhere": True,
    "paging": {"style": "next", "size": 2},
    "results": "data",
    "total": "meta.total",
}


class Portal:
    """A list behind three forms at once. `asked`: the query of each call; `answer`: what is answered instead."""

    def __init__(self, listed: list[Entry]) -> None:
        self.listed = listed
        self.asked: list[dict[str, str]] = []
        self.headers: Mapping[str, str] = {}
        self.answer: Response | None = None
        self.app = Starlette(
            routes=[
                Route(DATASET, self._form(self._records)),
                Route("/services", self._form(self._services)),
                Route("/services/{key}", self._form(self._service)),
                Route("/api/resources/0000/data/", self._form(self._rows)),
            ]
        )

    def _form(self, answer: Any) -> Any:
        async def respond(request: Request) -> Response:
            self.asked.append(dict(request.query_params))
            self.headers = request.headers
            return self.answer or answer(request)

        return respond

    def _records(self, request: Request) -> Response:
        """Opendatasoft Explore v2.1: limit ≤ 100, offset + limit ≤ 10,000."""
        query = request.query_params
        limit, offset = int(query.get("limit", "10")), int(query.get("offset", "0"))
        if limit > 100 or offset + limit > 10_000:
            return JSONResponse({"error_code": "InvalidRESTParameterError"}, 400)
        found = self.listed
        if where := query.get("where"):
            if told := re.fullmatch(r"(\w+)='([^']*)'", where):
                found = [e for e in found if e.get(told[1]) == told[2]]
            elif told := re.fullmatch(r"startswith\((\w+),'([^']*)'\)", where):
                found = [e for e in found if str(e.get(told[1])).startswith(told[2])]
            else:
                return JSONResponse({"error_code": "ODSQLError", "message": where}, 400)
        return JSONResponse({"total_count": len(found), "results": found[offset : offset + limit]})

    def _services(self, request: Request) -> Response:
        """HSDS 3: page from 1, per_page."""
        found, page, size = self._filtered(request, "code_insee"), *_numbers(request, "page", "per_page")
        return JSONResponse(
            {
                "total_items": len(found),
                "total_pages": -(-len(found) // size),
                "page_number": page,
                "contents": found[(page - 1) * size : page * size],
            }
        )

    def _service(self, request: Request) -> Response:
        found = [e for e in self.listed if e["identifiant"] == request.path_params["key"]]
        return JSONResponse(found[0]) if found else JSONResponse({"detail": "Not found."}, 404)

    def _rows(self, request: Request) -> Response:
        """data.gouv Tabular: page_size ≤ 50, the next page by a link."""
        found, page, size = self._filtered(request, "code_insee__exact"), *_numbers(request, "page", "page_size")
        more = page * size < len(found)
        following = str(request.url.include_query_params(page=page + 1)) if more else None
        return JSONResponse(
            {
                "data": found[(page - 1) * size : page * size],
                "links": {"next": following},
                "meta": {"page": page, "total": len(found)},
            }
        )

    def _filtered(self, request: Request, name: str) -> list[Entry]:
        wanted = request.query_params.get(name)
        return [e for e in self.listed if wanted in (None, e["code_insee"])]


def _numbers(request: Request, page: str, size: str) -> tuple[int, int]:
    return int(request.query_params.get(page, "1")), int(request.query_params.get(size, "20"))


def settings(table: Mapping[str, Any], **more: Any) -> Settings:
    """The settings of a table of hub.toml."""
    found = msgspec.convert({**table, **more}, plugin.settings)
    assert isinstance(found, Settings)
    return found


def connected(portal: Portal, table: Mapping[str, Any], *, secret: str | None = None, **more: Any) -> Declared:
    """A connector to a portal in the same process."""
    context = Context(source="partner", data=Path(), secret=secret, sandbox=portal.app)
    found = plugin.build(settings(table, **more), context)
    assert isinstance(found, Declared)
    return found
