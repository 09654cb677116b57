"""Logging in and out: with an identity provider or with a key. In French, without JavaScript.

GET  /login                        who may one log in with?
POST /login                        begin a session with a key
GET  /login/<provider>             go to an identity provider
GET  /login/<provider>/callback    come back from it
POST /logout                       end the session, at the provider too
"""

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.errors import SourceError
from hub.access.callers import Access, WrongKey
from hub.access.forms import form_of, is_own_form
from hub.access.oidc.attempts import Attempt, Attempts, NotBelieved
from hub.access.oidc.people import person_of
from hub.web.pages import Pages, private

if TYPE_CHECKING:
    from hub.access.oidc.provider import Provider

PATH: Final = "/login"
LOGOUT: Final = "/logout"
HOME: Final = "/"

_OWN_PAGE: Final = re.compile(r"/(?![/\\])[\w./?&=%#-]{0,1000}", re.ASCII)

FOREIGN_FORM: Final = "Ce formulaire ne vient pas de cette page : recommencez ici."
WRONG_KEY: Final = "Cette clé n’ouvre rien : elle est fausse, expirée ou révoquée."
NO_ATTEMPT: Final = "Cette tentative de connexion n’est plus valable : recommencez ici."
DENIED: Final = "La connexion avec {} n’a pas abouti : elle a été annulée ou refusée."
NOT_VERIFIED: Final = "La réponse de {} n’a pas pu être vérifiée : recommencez ici."
NO_ANSWER: Final = "{} ne répond pas comme prévu : réessayez plus tard, ou connectez-vous autrement."

log = logging.getLogger(__name__)


class LoginPages:
    """The pages.

    `providers`: those of the configuration, by name. `public_url`: scheme and host of the hub, those of each request
    without it. `by_mail`: links are sent by mail, too (hub/web/mail_login.py).
    """

    def __init__(
        self,
        access: Access,
        pages: Pages,
        providers: Mapping[str, "Provider"],
        *,
        public_url: str | None,
        by_mail: bool = False,
    ) -> None:
        self._by_mail = by_mail
        self._access = access
        self._pages = pages
        self._providers = providers
        self._attempts = Attempts(access.store.signing_key)
        self._public_url = public_url

    def routes(self) -> list[BaseRoute]:
        """Where they answer."""
        return [
            Route(PATH, self.show),
            Route(PATH, self.with_key, methods=["POST"]),
            Route(f"{PATH}/{{name}}", self.go),
            Route(f"{PATH}/{{name}}/callback", self.come_back),
            Route(LOGOUT, self.log_out, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The ways to log in."""
        return self._page(request, own_page(request.query_params.get("next")))

    async def with_key(self, request: Request) -> Response:
        """Begin a session with a key, or say that it opens nothing."""
        if not is_own_form(request):
            return self._page(request, HOME, 403, FOREIGN_FORM)
        form = await form_of(request)
        then = own_page(form.get("next"))
        try:
            caller = self._access.of_key(form.get("key", "").strip())
        except WrongKey:
            return self._page(request, then, 401, WRONG_KEY)
        answer = RedirectResponse(then, 303)
        await self._pages.sessions.begin(request, answer, str(caller.account))
        return private(answer)

    async def go(self, request: Request) -> Response:
        """Send somebody to an identity provider."""
        provider = self._provider(request)
        then = own_page(request.query_params.get("next"))
        if provider is None:
            return self._page(request, then, 404, NO_ATTEMPT)
        name = provider.config.name
        attempt = Attempt.new(name, back=f"{self._base(request)}{PATH}/{name}/callback", then=then)
        try:
            answer = RedirectResponse(await provider.authorization_url(attempt), 303)
        except SourceError as error:
            return self._failed(request, provider, then, error)
        self._attempts.keep(attempt, request, answer)
        return private(answer)

    async def come_back(self, request: Request) -> Response:
        """Begin a session for who comes back from a provider, or say what is wrong."""
        answer = await self._returned(request)
        self._attempts.drop(request, answer)
        return answer

    async def log_out(self, request: Request) -> Response:
        """End the session here, and send the browser to end it at the provider as well."""
        if await self._pages.sessions.form(request) is None:
            return self._page(request, HOME, 403, FOREIGN_FORM)
        answer = Response(status_code=303, headers={"location": PATH})
        session = await self._pages.sessions.end(request, answer)
        provider = self._providers.get(session.provider or "") if session else None
        if provider is None or session is None or session.id_token is None:
            return private(answer)
        try:
            address = await provider.logout_url(session.id_token, f"{self._base(request)}{PATH}")
        except SourceError as error:
            log.warning("a session is ended here only: %s", error)
            return private(answer)
        return self._farewell(request, answer, provider.config.label, address) if address else private(answer)

    async def _returned(self, request: Request) -> Response:
        given = request.query_params
        provider = self._provider(request)
        if provider is None:
            return self._page(request, HOME, 404, NO_ATTEMPT)
        attempt = self._attempts.find(request, provider.config.name, given.get("state", ""))
        if attempt is None:
            return self._page(request, HOME, 400, NO_ATTEMPT)
        try:
            await provider.check_issuer(given.get("iss"))
            if "code" not in given:
                return self._page(request, attempt.then, 403, DENIED.format(provider.config.label))
            login = await provider.redeem(given["code"], attempt)
        except (SourceError, NotBelieved) as error:
            return self._failed(request, provider, attempt.then, error)
        store = self._access.store
        person = person_of(login.claims, provider.config.roles, store.signing_key)
        await store.saw_person(person, self._access.clock())
        answer = RedirectResponse(attempt.then, 303)
        await self._pages.sessions.begin(
            request, answer, person.account, provider=provider.config.name, id_token=login.id_token
        )
        return private(answer)

    def _provider(self, request: Request) -> "Provider | None":
        return self._providers.get(request.path_params["name"])

    def _base(self, request: Request) -> str:
        return self._public_url or f"{request.url.scheme}://{request.url.netloc}"

    def _failed(self, request: Request, provider: "Provider", then: str, error: SourceError | NotBelieved) -> Response:
        log.warning("nobody was logged in with %s: %s", provider.config.name, error)
        message = NOT_VERIFIED if isinstance(error, NotBelieved) else NO_ANSWER
        return self._page(request, then, 502, message.format(provider.config.label))

    def _page(self, request: Request, then: str, status: int = 200, message: str = "") -> Response:
        providers = [{"name": name, "label": provider.config.label} for name, provider in self._providers.items()]
        values = {
            "alert": message,
            "providers": providers,
            "by_mail": self._by_mail,
            "wrong_key": status == 401,
            "next": then,
        }
        return private(self._pages.page(request, "login.html", values, status=status))

    def _farewell(self, request: Request, ended: Response, label: str, address: str) -> Response:
        """A page that goes on to the provider by itself: browsers let no form be redirected to another site."""
        answer = self._pages.page(request, "logout.html", {"label": label, "address": address})
        answer.raw_headers += [(name, value) for name, value in ended.raw_headers if name == b"set-cookie"]
        answer.headers["refresh"] = f"0;url={address}"
        return private(answer)


def own_page(path: str | None) -> str:
    """A page of this hub to go on to: the front page instead of what could lead elsewhere."""
    return path if path and _OWN_PAGE.fullmatch(path) else HOME
