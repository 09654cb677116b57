"""The Annuaire Santé of the sandbox: an FHIR R4 server with the manners of the public one.

Bundles with opaque `next` links, included resources after the matches of the same page and nothing that marks them,
`total` on the first page only, OperationOutcome errors; a gateway in front that asks for an ESANTE-API-KEY and answers
in its own form.
"""

from collections import OrderedDict
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import orjson
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from connectors.sandbox.criteria import Criterion, SearchError, criterion
from connectors.sandbox.library import KINDS, Entry, Library, library
from connectors.sandbox.resources import Resource

PREFIX = "/fhir/v2"
KEY_HEADER = "esante-api-key"
REFUSED_KEY = "refused"
DEFAULT_COUNT = 50
MAX_COUNT = 200
FAILING_COUNT = 3000
KEPT_PAGES = 1000

INCLUDES: dict[str, dict[str, tuple[str, ...]]] = {
    "PractitionerRole": {
        "PractitionerRole:organization": ("organization",),
        "PractitionerRole:practitioner": ("practitioner",),
        "*": ("organization", "practitioner"),
    },
    "Organization": {"Organization:partof": ("partOf",), "*": ("partOf",)},
}
"""Resource type -> `_include` value -> fields to follow."""

REVINCLUDES: dict[str, dict[str, str | None]] = {
    "Organization": {
        "PractitionerRole:organization": "organization",
        "HealthcareService:organization": None,
        "Device:organization": None,
    },
    "Practitioner": {"PractitionerRole:practitioner": "practitioner"},
}
"""Resource type -> `_revinclude` value -> field that refers to it; None where there is no such resource."""


class Search(Struct, frozen=True, kw_only=True):
    """A search as read from its parameters."""

    kind: str
    criteria: tuple[Criterion, ...]
    count: int = DEFAULT_COUNT
    total: str = ""
    includes: tuple[str, ...] = ()
    revincludes: tuple[str, ...] = ()
    elements: frozenset[str] = frozenset()


class Cursor(Struct, frozen=True):
    """What a page link stands for: the matches of a search from a rank on."""

    search: Search
    matches: tuple[Entry, ...]
    start: int
    self_url: str


class AnnuaireSante:
    """The ASGI application. Create one per sandbox: page links belong to it.

    `kept_pages`: how many page links it remembers; older ones go stale.
    """

    def __init__(self, kept_pages: int = KEPT_PAGES) -> None:
        self._kept_pages = kept_pages
        self._pages: OrderedDict[str, Cursor] = OrderedDict()
        self._issued = 0
        self._app = Starlette(
            routes=[
                Route(f"{PREFIX}/_page", self._page),
                Route(f"{PREFIX}/{{kind}}", self._search),
                Route(f"{PREFIX}/{{kind}}/_search", self._search, methods=["GET", "POST"]),
                Route(f"{PREFIX}/{{kind}}/{{id}}", self._read),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if the gateway lets it in."""
        if scope["type"] == "http" and (refusal := _gateway(Request(scope))):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def forget_pages(self) -> None:
        """Make every page link given so far stale, as the real server does after a while."""
        self._pages.clear()

    async def _search(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            return _unknown_kind(kind)
        params = [(name, value) for name, value in request.query_params.multi_items()]
        if request.method == "POST":
            params += parse_qsl((await request.body()).decode(), keep_blank_values=True)
        try:
            search = read_search(kind, params)
        except SearchError as error:
            if error.status == 504:
                return PlainTextResponse("upstream request timeout", 504)
            return _outcome(error.status, "processing", str(error))
        matches = tuple(entry for entry in library().by_kind[kind] if all(test(entry) for test in search.criteria))
        self_url = f"{_base(request)}/{kind}?{urlencode(params)}"
        return self._bundle(request, Cursor(search, matches, 0, self_url))

    async def _page(self, request: Request) -> Response:
        page = request.query_params.get("id", "")
        if page not in self._pages:
            return _outcome(500, "exception", f'HAPI-0389: Search ID "{page}" does not exist and may have expired')
        return self._bundle(request, self._pages[page])

    async def _read(self, request: Request) -> Response:
        kind, technical_id = request.path_params["kind"], request.path_params["id"]
        if kind not in KINDS:
            return _unknown_kind(kind)
        entry = library().by_reference.get(f"{kind}/{technical_id}")
        if entry is None:
            return _outcome(404, "processing", f"HAPI-2001: Resource {kind}/{technical_id} is not known")
        return _json(200, orjson.dumps(entry.resource))

    def _bundle(self, request: Request, cursor: Cursor) -> Response:
        search, start = cursor.search, cursor.start
        end = start + search.count
        matches = cursor.matches[start:end]
        base = _base(request)
        entries = [
            {"fullUrl": f"{base}/{entry.reference}", "resource": _shown(entry, search.elements)}
            for entry in (*matches, *included(library(), search, matches))
        ]
        links = []
        if search.count and end < len(cursor.matches):
            following = self._remember(Cursor(search, cursor.matches, end, cursor.self_url))
            links.append({"relation": "next", "url": f"{base}/_page?id={following}"})
        links.append({"relation": "self", "url": cursor.self_url})
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "id": str(UUID(self._token())),
        }
        if search.total == "accurate" or (search.total != "none" and start == 0):
            bundle["total"] = len(cursor.matches)
        if entries:
            bundle["entry"] = entries
        return _json(200, orjson.dumps(bundle | {"link": links}))

    def _remember(self, cursor: Cursor) -> str:
        page = "u" + self._token()
        self._pages[page] = cursor
        while len(self._pages) > self._kept_pages:
            self._pages.popitem(last=False)
        return page

    def _token(self) -> str:
        """32 hexadecimal digits, never the same twice in a server, the same in every run."""
        self._issued += 1
        return blake2b(str(self._issued).encode(), digest_size=16).hexdigest()


def read_search(kind: str, params: list[tuple[str, str]]) -> Search:
    """The search that parameters ask for; SearchError when they cannot be served."""
    criteria: list[Criterion] = []
    settings: dict[str, str] = {}
    includes: list[str] = []
    revincludes: list[str] = []
    for name, value in params:
        if name == "_include":
            includes += _fields(INCLUDES.get(kind, {}), name, value)
        elif name == "_revinclude":
            field = _fields(REVINCLUDES.get(kind, {}), name, value)
            revincludes += [field] if field else []
        elif name in {"_count", "_total", "_elements", "_format", "_pretty"}:
            settings[name] = value
        else:
            criteria.append(criterion(kind, name, value))
    return Search(
        kind=kind,
        criteria=tuple(criteria),
        count=_count(settings.get("_count", str(DEFAULT_COUNT))),
        total=settings.get("_total", ""),
        includes=tuple(includes),
        revincludes=tuple(revincludes),
        elements=frozenset(filter(None, settings.get("_elements", "").split(","))),
    )


def included(library: Library, search: Search, matches: tuple[Entry, ...]) -> list[Entry]:
    """The resources that `_include` and `_revinclude` add to matches, each once."""
    found: dict[str, Entry] = {}
    for match in matches:
        targets = [library.by_reference.get(match.refers_to(field) or "") for field in search.includes]
        for field in search.revincludes:
            targets += library.referring(field, match)
        found |= {entry.reference: entry for entry in targets if entry}
    return list(found.values())


def _fields(known: dict[str, Any], name: str, value: str) -> Any:
    if value not in known:
        raise SearchError(f'HAPI-0518: Invalid {name} parameter value: "{value}"')
    return known[value]


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SearchError(f'HAPI-1875: Invalid _count value: "{text}"')
    if int(text) >= FAILING_COUNT:
        raise SearchError("HAPI-0389: Failed to call access method", status=500)
    return min(int(text), MAX_COUNT)


def _shown(entry: Entry, elements: frozenset[str]) -> Resource:
    """A resource; only some of its elements when the search names them."""
    if not elements:
        return entry.resource
    kept = elements | {"resourceType", "id", "meta"}
    return {name: value for name, value in entry.resource.items() if name in kept}


def _gateway(request: Request) -> Response | None:
    """The refusal of the gateway in front, which does not speak FHIR; None when the key is accepted."""
    key = request.headers.get(KEY_HEADER)
    if not key:
        return _json(401, b'{"message":"No API key found in request"}', "application/json")
    if key == REFUSED_KEY:
        return PlainTextResponse("Forbidden", 403)
    return None


def _unknown_kind(kind: str) -> Response:
    return _outcome(
        404,
        "processing",
        f"HAPI-0302: Unknown resource type '{kind}' - Server knows how to handle: [{', '.join(KINDS)}]",
    )


def _outcome(status: int, code: str, diagnostics: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": diagnostics}
    return _json(status, orjson.dumps({"resourceType": "OperationOutcome", "issue": [issue]}))


def _json(status: int, body: bytes, media_type: str = "application/fhir+json;charset=utf-8") -> Response:
    return Response(body, status, media_type=media_type)


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
