"""The data·inclusion API v1 of the sandbox: pages of structures and services, as its OpenAPI says."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from connectors.gazetteer import distance_m, gazetteer
from connectors.sandbox.inclusion_items import SOURCES, Item, inclusion
from connectors.sandbox.query import Query, QueryError

PREFIX = "/api/v1"
REFUSED = "refused"
DEFAULT_SIZE, MAX_SIZE = 5000, 10_000
NEARBY_M = 50_000.0
"""How far a service may be from the point or the commune of a search."""

COLLECTIVITIES = ("975", "977", "978", "984", "986", "987", "988", "989")
"""Codes of the gazetteer that the API's list of départements does not have."""


class DataInclusion:
    """The ASGI application."""

    def __init__(self) -> None:
        self._app = Starlette(
            routes=[
                Route(f"{PREFIX}/sources", _sources),
                Route(f"{PREFIX}/structures", _structures),
                Route(f"{PREFIX}/structures/{{id}}", _structure),
                Route(f"{PREFIX}/services", _services),
                Route(f"{PREFIX}/services/{{id}}", _service),
                Route(f"{PREFIX}/search/services", _search_services),
            ],
            exception_handlers={QueryError: _bad_query},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if its token is accepted."""
        if scope["type"] == "http" and (refusal := _refusal(Request(scope))):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _sources(_: Request) -> Response:
    return _json([{"slug": slug, "nom": name, "description": text} for slug, name, text in SOURCES])


async def _structures(request: Request) -> Response:
    query = Query(request.query_params)
    kept = _places(query)
    return _page(query, [s for s in inclusion().structures.values() if kept(s)])


async def _services(request: Request) -> Response:
    query = Query(request.query_params)
    kept, about = _places(query), _themes(query)
    return _page(query, [s for s in inclusion().services.values() if kept(s) and about(s)])


async def _structure(request: Request) -> Response:
    structure = inclusion().structures.get(request.path_params["id"])
    if structure is None:
        return _json({"detail": "Not Found"}, 404)
    services = [s for s in inclusion().services.values() if s["structure_id"] == structure["id"]]
    return _json(structure | {"services": services})


async def _service(request: Request) -> Response:
    service = inclusion().services.get(request.path_params["id"])
    return _json({"detail": "Not Found"}, 404) if service is None else _json(_detailed(service))


async def _search_services(request: Request) -> Response:
    """Services of some sources near a point or a commune, nearest first; all of them without a place."""
    query = Query(request.query_params)
    sources, about = query.texts("sources"), _themes(query)
    latitude, longitude = query.number("lat"), query.number("lon")
    if (code := query.code("code_commune")) and latitude is None:
        commune = gazetteer().communes.get(code)
        latitude, longitude = (commune.latitude, commune.longitude) if commune else (None, None)
        if latitude is None:
            return _page(query, [])
    results = [
        {"service": _detailed(service), "distance": _kilometres(service, latitude, longitude)}
        for service in inclusion().services.values()
        if (not sources or service["source"] in sources) and about(service) and _near(service, latitude, longitude)
    ]
    return _page(query, sorted(results, key=lambda result: result["distance"] or 0))


def _places(query: Query) -> Callable[[Item], bool]:
    """The filters common to structures and services: sources and places."""
    sources = query.texts("sources")
    commune = query.code("code_commune")
    area = query.choice("code_departement", [d for d in gazetteer().departements if d not in COLLECTIVITIES])
    region = query.choice("code_region", [r for r in gazetteer().regions if r not in COLLECTIVITIES])
    communes = inclusion().communes

    def kept(item: Item) -> bool:
        where = communes[str(item.get("structure_id", item["id"]))]
        return (
            (not sources or item["source"] in sources)
            and commune in {None, item["code_insee"]}
            and area in {None, where.departement}
            and region in {None, where.region}
        )

    return kept


def _themes(query: Query) -> Callable[[Item], bool]:
    """The filter by themes: a theme ("famille--garde-denfants") or a whole category ("famille")."""
    wanted = query.themes("thematiques")
    return lambda item: (
        not wanted or any(theme in wanted or theme.split("--")[0] in wanted for theme in item["thematiques"])
    )


def _detailed(service: Item) -> Item:
    structure = inclusion().structures[service["structure_id"]]
    base = {k: v for k, v in structure.items() if k not in {"score_qualite", "doublons"}}
    return service | {"structure": base}


def _metres(service: Item, latitude: float, longitude: float) -> float | None:
    if service["latitude"] is None:
        return None
    return distance_m(latitude, longitude, service["latitude"], service["longitude"])


def _near(service: Item, latitude: float | None, longitude: float | None) -> bool:
    if latitude is None or longitude is None:
        return True
    metres = _metres(service, latitude, longitude)
    return metres is not None and metres <= NEARBY_M


def _kilometres(service: Item, latitude: float | None, longitude: float | None) -> int | None:
    if latitude is None or longitude is None:
        return None
    metres = _metres(service, latitude, longitude)
    return None if metres is None else round(metres / 1000)


def _page(query: Query, items: list[Item]) -> Response:
    page = query.integer("page", default=1, at_least=1)
    size = query.integer("size", default=DEFAULT_SIZE, at_least=1, at_most=MAX_SIZE)
    query.check()
    return _json(
        {
            "items": items[(page - 1) * size : page * size],
            "total": len(items),
            "page": page,
            "size": size,
            "pages": ceil(len(items) / size),
        }
    )


def _refusal(request: Request) -> Response | None:
    """401 without a bearer token, 403 for a token that is not known; None when it is accepted."""
    scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return _json({"detail": "Not authenticated"}, 401)
    if token == REFUSED:
        return _json({"detail": "Not allowed"}, 403)
    return None


async def _bad_query(_: Request, error: Exception) -> Response:
    details: Iterable[Any] = error.details if isinstance(error, QueryError) else ()
    return _json({"detail": list(details)}, 422)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
