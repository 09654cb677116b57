"""What the pages of a hub share: who looks, what forms must hold, and where to go when something cannot be shown."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.access.sessions import Sessions
from hub.limits.rates import RATE_LIMITED
from hub.web.page import PRIVATE, Visitor, page
from resolvers.access import FORBIDDEN, UNAUTHENTICATED, Role

LOGIN: Final = "/login"

MAX_FORM: Final = 262_144
"""Bytes of a form: twenty actions with long descriptions fit in."""

MAX_FIELDS: Final = 1_000

FOREIGN_FORM: Final = "FOREIGN_FORM"
TOO_LARGE: Final = "TOO_LARGE"
NOT_FOUND: Final = "NOT_FOUND"
BAD_INPUT: Final = "BAD_INPUT"


class Message(Struct, frozen=True):
    """A page that only says why there is no other."""

    status: int
    title: str
    text: str


MESSAGES: Final[Mapping[str, Message]] = {
    FORBIDDEN: Message(
        403, "Accès refusé", "Votre compte n’a pas accès à cette page : elle est réservée à la modération."
    ),
    FOREIGN_FORM: Message(
        403,
        "Formulaire refusé",
        "Ce formulaire ne vient pas de votre session : elle a peut-être pris fin. Revenez en arrière, rechargez la "
        "page et recommencez.",
    ),
    TOO_LARGE: Message(
        413, "Formulaire trop long", "Ce formulaire est trop long : revenez en arrière et raccourcissez vos textes."
    ),
    NOT_FOUND: Message(404, "Page introuvable", "Cette page n’existe pas, ou elle n’est pas à vous."),
    BAD_INPUT: Message(400, "Demande incomprise", "Cette demande n’a pas pu être comprise : revenez en arrière."),
    RATE_LIMITED: Message(429, "Trop de demandes", "Trop de demandes viennent de vous : réessayez dans un instant."),
}
OTHERWISE: Final = Message(
    503, "Service indisponible", "Le service ne répond pas pour le moment : réessayez plus tard."
)
"""Of all other codes: a database or the hub itself has failed."""


class Unshown(Exception):
    """A page cannot be shown. `code`: one of the API's or of `MESSAGES`."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or {}


class Pages:
    """Makes the pages of a hub for whoever asks. `sandbox`: a source serves fictitious data, and the pages say so."""

    def __init__(self, sessions: Sessions, *, sandbox: bool) -> None:
        self.sessions = sessions
        self._sandbox = sandbox

    def page(
        self, request: Request, name: str, values: Mapping[str, Any], *, status: int = 200, forms: bool = True
    ) -> HTMLResponse:
        """The template `name`, with the header for who asks."""
        visitor = self.visitor(request)
        return page(name, values, sandbox=self._sandbox, visitor=visitor, status=status, forms=forms)

    def visitor(self, request: Request) -> Visitor:
        """Who asks."""
        caller = self.sessions.caller(request)
        if caller.account is None:
            return Visitor()
        moderates = caller.is_a(Role.MODERATOR)
        return Visitor(known=True, name=caller.name, moderates=moderates, word=self.sessions.word(request))

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form of this session. Raises `Unshown`."""
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > MAX_FORM:
            raise Unshown(TOO_LARGE)
        fields = await self.sessions.form(request, max_bytes=MAX_FORM, max_fields=MAX_FIELDS)
        if fields is None:
            raise Unshown(FOREIGN_FORM)
        return fields

    async def explain(self, request: Request, error: Exception) -> Response:
        """The page instead of one that raised `Unshown`: that to log in, for who is nobody yet."""
        if not isinstance(error, Unshown):
            raise error
        if error.code == UNAUTHENTICATED:
            return RedirectResponse(login_address(here(request)), 303, headers=PRIVATE)
        message = MESSAGES.get(error.code, OTHERWISE)
        answer = self.page(request, "message.html", {"message": message}, status=message.status)
        answer.headers.update({**PRIVATE, **error.headers})
        return answer


def login_address(then: str) -> str:
    """Where to log in, to come back to a page."""
    return f"{LOGIN}?{urlencode({'next': then})}"


def here(request: Request) -> str:
    """This page, as an address to come back to; that of a form is the page it is on."""
    query = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{query}" if query else request.url.path


def private(answer: Response) -> Response:
    """The answer, for one person only."""
    answer.headers.update(PRIVATE)
    return answer


def to(path: str, **query: str) -> Response:
    """Go on to a page of the hub, after a form (Post/Redirect/Get)."""
    return private(RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303))
