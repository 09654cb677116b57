"""Servers of the two wire formats of monenfant.fr, small enough to see what each test makes them say."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import Context

CAPTCHA = "<html><body><form action='/captcha'></form></body></html>"


def context(app: Any, *, secret: str | None = None, source: str = "monenfant") -> Context:
    return Context(source=source, data=Path(), secret=secret, sandbox=app)


class Wire:
    """An ASGI application that answers with `answer(request)` and remembers what it was asked.

    `asked` is set by a request; no answer is given while `gate` is not set.
    """

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.app = Starlette(routes=[Route("/{path:path}", self._serve)])

    async def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        self.asked.set()
        await asyncio.sleep(0)
        await self.gate.wait()
        return self.answer(request)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


def structure(**values: Any) -> dict[str, Any]:
    """A structure of data·inclusion, complete; `values` replace some of it."""
    return {
        "source": "monenfant",
        "id": "monenfant--12345",
        "nom": "Crèche des Lilas (fictive)",
        "date_maj": "2026-03-01",
        "adresse_certifiee": True,
        "score_qualite": 0.7,
        "doublons": [{"source": "dora", "id": "dora--x"}],
        "adresse": "12 rue de la République",
        "complement_adresse": "Bâtiment B",
        "code_postal": "21000",
        "commune": "Dijon",
        "code_insee": "21231",
        "latitude": 47.3215,
        "longitude": 5.0415,
        "telephone": "03 53 01 12 34",
        "courriel": "lilas@example.org",
        "site_web": "https://example.org/lilas",
        "siret": None,
        "horaires_accueil": "Mo-Fr 07:30-18:30",
        "accessibilite_lieu": "https://acceslibre.beta.gouv.fr/app/lilas/",
        "description": "Une crèche.\n\n## L’équipe :\n\nDouze personnes.",
        "lien_source": "https://monenfant.fr/que-recherchez-vous/lilas/EAJE/12345",
        "reseaux_porteurs": [],
        **values,
    }


class DataInclusionServer(Wire):
    """The data·inclusion API v1 over `structures`: filters, pages of `size`, 401 without `key`."""

    def __init__(self, *structures: Any) -> None:
        super().__init__(self._answer)
        self.structures = structures
        self.key = "sandbox"

    def _answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"detail": "Not authenticated"}, 401)
        path = request.url.path.removeprefix("/api/v1/")
        if path == "sources":
            return JSONResponse([{"slug": "monenfant", "nom": "monenfant.fr", "description": None}])
        if path.startswith("structures/"):
            ids = {s["id"]: s for s in self.structures}
            found = ids.get(path.removeprefix("structures/"))
            return JSONResponse({**found, "services": []} if found else {}, 200 if found else 404)
        return self._page(request)

    def _page(self, request: Request) -> Response:
        query = request.query_params
        page, size = int(query["page"]), int(query["size"])
        found = [
            s
            for s in self.structures
            if not isinstance(s, dict)
            or (
                s.get("source") in query.getlist("sources")
                and query.get("code_commune") in {None, s.get("code_insee")}
                and str(s.get("code_insee")).startswith(query.get("code_departement", ""))
            )
        ]
        items = found[(page - 1) * size : page * size]
        pages = -(-len(found) // size)
        return JSONResponse({"items": items, "total": len(found), "page": page, "size": size, "pages": pages})


def result(**values: Any) -> dict[str, Any]:
    """An entry of the agreement's search, complete; `values` replace some of it."""
    return {
        "id": "12345",
        "organizationId": "77",
        "type": "EAJE",
        "firstname": None,
        "name": "Crèche des Lilas (fictive)",
        "siteWeb": "www.example.org/lilas",
        "phone": "0353011234",
        "phone2": None,
        "mail": "lilas@example.org",
        "address": "12 rue de la République 21000 DIJON",
        "commune": "DIJON",
        "distance": 320.5,
        "hasDispo": True,
        "dateDispo": "01/09/2026",
        "isAvip": False,
        "servesCommune": True,
        **values,
    }


def detail(**values: Any) -> dict[str, Any]:
    """A detail of the agreement's service, complete; `values` replace some of it."""
    return {
        "structureType": "EAJE",
        "structureId": "12345",
        "structureName": "Crèche des Lilas (fictive)",
        "modifiedDate": "15/02/2026",
        "gestionnaire": "Association (fictive)",
        "coordonnees": {
            "numeroVoie": "12",
            "typeVoie": "rue",
            "nomVoie": "de la République - Bâtiment B",
            "codePostal": "21000",
            "commune": "DIJON",
            "telephone": "0000000000",
            "telephone2": "03 53 01 12 34",
            "adresseMail": "lilas@example.org",
            "siteInternet": "https://example.org/lilas",
        },
        "description": {
            "description1": "<p>Selon les revenus</p>",
            "description2": "<div>Un projet d&rsquo;&eacute;veil<script>alert(1)</script></div>",
            "description3": None,
            "description4": "",
            "description5": "  ",
            "description6": "<ul><li>En mairie</li><li>Sur place</li></ul>",
        },
        "serviceCommun": {
            "avip": True,
            "calendrier": {
                "rendezVous": False,
                "joursHoraires": {"lundi": [{"start": "08:00", "end": "18:30"}], "mondayToFridayWeek": True},
                "joursHorairesText": "Du lundi au vendredi",
                "periodesFermetures": ["aout"],
            },
            "communesDesservies": [{"commune": "21000", "codePostal": "DIJON"}],
        },
        "serviceAccueil": {"handicap": "<p>Accueil possible</p>"},
        **values,
    }


class AgreementServer(Wire):
    """The service behind monenfant.fr: tokens t1, t2… of which only the last is accepted, pages of `size`."""

    SERVICE = "/api/monenfantmodedegardefront/v1/modedegarde"

    def __init__(self, *results: Any, details: dict[str, Any] | None = None, size: int = 50) -> None:
        super().__init__(self._answer)
        self.results = results
        self.details = details or {}
        self.size = size
        self.tokens = 0
        self.accepts = True

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path == "/o/isu-service/isu/getAngularToken":
            self.tokens += 1
            return JSONResponse({"access_token": f"t{self.tokens}"})
        if not self.accepts or request.headers.get("authorization") != f"Bearer t{self.tokens}":
            return Response(status_code=401)
        if path == f"{self.SERVICE}/search":
            return self._page(int(request.query_params["page"]))
        found = self.details.get(path.removeprefix(f"{self.SERVICE}/"))
        return JSONResponse(found) if found is not None else Response(status_code=404)

    def _page(self, page: int) -> Response:
        pages = max(1, -(-len(self.results) // self.size))
        return JSONResponse(
            {
                "page": page,
                "totalPages": pages,
                "nbOfMainResults": len(self.results),
                "lastPage": page + 1 == pages,
                "mainResults": self.results[page * self.size : (page + 1) * self.size],
            }
        )

    def expire(self) -> None:
        """Make the token that was given last unacceptable."""
        self.tokens += 1
