"""The JSON service behind monenfant.fr, as the sandbox plays it: token, search around a point, detail.

Field names are those that public clients of the service read; its parameters are not documented, and the ones here
(x, y, radius, structure, page) are those of the site's own search page.
"""

from functools import cache
from math import ceil
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from connectors.gazetteer import distance_m
from connectors.sandbox.childcare_items import detail, result
from connectors.sandbox.places import Place, Way
from connectors.sandbox.world import World, world

TOKEN_PATH = "/o/isu-service/isu/getAngularToken"  # noqa: S105 - a path
SEARCH_PATH = "/api/monenfantmodedegardefront/v1/modedegarde/search"
DETAIL_PATH = "/api/monenfantmodedegardefront/v1/modedegarde/{type}/{id}"
PAGE_SIZE = 50
USES_PER_TOKEN = 200
SEPARATORS = str.maketrans("|;", ",,")
"""The site writes "EAJE|RPE;LAEP"."""


class Tokens:
    """The tokens given out: each is good for so many calls, or until `expire`."""

    def __init__(self, uses: int = USES_PER_TOKEN) -> None:
        self.uses = uses
        self.issued = 0
        self._left: dict[str, int] = {}

    def issue(self) -> str:
        """A new token."""
        self.issued += 1
        token = f"sandbox-{self.issued:04}"
        self._left[token] = self.uses
        return token

    def spend(self, token: str) -> bool:
        """Use a token once; False when it is unknown or worn out."""
        left = self._left.pop(token, 0)
        if left > 1:
            self._left[token] = left - 1
        return left > 0

    def expire(self) -> None:
        """Make every token given so far worthless."""
        self._left.clear()


class Agreement:
    """The ASGI application; `tokens` are its own."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens or Tokens()
        self._app = Starlette(
            routes=[
                Route(TOKEN_PATH, self._token),
                Route(SEARCH_PATH, self._search),
                Route(DETAIL_PATH, self._detail),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, send)

    async def _token(self, request: Request) -> Response:
        if request.headers.get("authorization", "").endswith("refused"):
            return _json({"error": "unauthorized"}, 401)
        return _json({"access_token": self.tokens.issue()})

    def _lets_in(self, request: Request) -> bool:
        return self.tokens.spend(request.headers.get("authorization", "").removeprefix("Bearer "))

    async def _search(self, request: Request) -> Response:
        if not self._lets_in(request):
            return _json({"error": "token expired"}, 401)
        params = request.query_params
        try:
            longitude, latitude = float(params["x"]), float(params["y"])
            radius, page = float(params.get("radius", "5000")), int(params.get("page", "0"))
        except (KeyError, ValueError):
            return _json({"error": "bad request"}, 400)
        types = set(params.get("structure", "EAJE").translate(SEPARATORS).split(","))
        found = _around(world(), latitude, longitude, radius, types)
        pages = ceil(len(found) / PAGE_SIZE)
        shown = found[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
        return _json(
            {
                "page": page,
                "totalPages": pages,
                "nbOfMainResults": len(found),
                "lastPage": page >= pages - 1,
                "mainResults": [result(place, metres) for metres, place in shown],
            }
        )

    async def _detail(self, request: Request) -> Response:
        if not self._lets_in(request):
            return _json({"error": "token expired"}, 401)
        wanted, structure_id = request.path_params["type"], request.path_params["id"]
        place = _by_structure_id().get(structure_id)
        # "details" is how an older version of the service calls every type
        if place is None or wanted not in {place.childcare.type, "details"}:
            return _json({"error": "not found"}, 404)
        return _json(detail(place))


@cache
def _by_structure_id() -> dict[str, Place]:
    return {p.childcare.structure_id: p for p in world().places if Way.AGREEMENT in p.ways}


def _around(
    world: World, latitude: float, longitude: float, radius: float, types: set[str]
) -> list[tuple[float, Place]]:
    """The places of some types within `radius` metres, nearest first, with their distance."""
    found = []
    for place in world.places:
        if Way.AGREEMENT in place.ways and place.childcare.type in types:
            metres = distance_m(latitude, longitude, *_point(place))
            if metres <= radius:
                found.append((metres, place))
    return sorted(found, key=lambda pair: (pair[0], pair[1].key))


def _point(place: Place) -> tuple[float, float]:
    """Where the service takes a place to be; it does not say so in its answers."""
    if place.latitude is not None and place.longitude is not None:
        return place.latitude, place.longitude
    return place.commune.latitude or 0.0, place.commune.longitude or 0.0


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
