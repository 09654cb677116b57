"""/connexion: logging in by a link that is sent by mail. In French, without JavaScript.

GET  /connexion        asks for the address; with a link's token, whether to log in: to look at a page logs nobody in,
                       since mail servers follow links too
POST /connexion        send a link, or log in by one
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.access.by_mail import LINK, MINUTES, PATH, MailLogins
from hub.limits.rates import RATE_LIMITED, Rates
from hub.limits.spending import spent
from hub.web.login import own_page
from hub.web.pages import Pages, Unshown, private, to
from resolvers.registration.checks import EMAIL

COST: Final = 50_000
"""What a letter counts for: with the usual rates an address of the network has some tens of them sent in a minute."""

LONGEST: Final = 254
"""Characters of an address (RFC 5321 §4.5.3.1.3)."""

NO_ADDRESS: Final = "Indiquez une adresse électronique, comme prenom.nom@exemple.fr."
TOO_OFTEN: Final = "Trop de liens ont été envoyés à cette adresse depuis hier : réessayez plus tard."
NO_LINK: Final = "Ce lien n’est plus valable : demandez-en un autre."


class MailLoginPages:
    """The pages."""

    def __init__(self, pages: Pages, logins: MailLogins, rates: Rates) -> None:
        self._pages = pages
        self._logins = logins
        self._rates = rates

    def routes(self) -> list[BaseRoute]:
        """Where they answer."""
        return [Route(PATH, self.show), Route(PATH, self.act, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """Ask for the address, or whether to log in by a link."""
        if (token := request.query_params.get(LINK)) is None:
            return self._ask(request, own_page(request.query_params.get("next")), sent="envoye" in request.query_params)
        if await self._logins.find(token) is None:
            return self._ask(request, "/", alert=NO_LINK, status=400)
        return private(self._pages.page(request, "mail_link.html", {"token": token, "field": LINK}))

    async def act(self, request: Request) -> Response:
        """Send a link, or log in by one."""
        fields = await self._pages.form(request)
        if LINK in fields:
            return await self._enter(request, fields[LINK])
        address, then = fields.get("email", "").strip(), own_page(fields.get("next"))
        if len(address) > LONGEST or not EMAIL.fullmatch(address):
            return self._ask(request, then, address=address, wrong=NO_ADDRESS, status=422)
        allowance = await spent(self._rates, request.scope, self._pages.sessions.caller(request), COST)
        if not allowance.allowed:
            raise Unshown(RATE_LIMITED, allowance.headers())
        if not await self._logins.send(address, then):
            return self._ask(request, then, address=address, wrong=TOO_OFTEN, status=429)
        return to(PATH, envoye="1", next=then)

    async def _enter(self, request: Request, token: str) -> Response:
        entry = await self._logins.redeem(token)
        if entry is None:
            return self._ask(request, "/", alert=NO_LINK, status=400)
        answer = RedirectResponse(own_page(entry.then), 303)
        await self._pages.sessions.begin(request, answer, entry.account)
        return private(answer)

    def _ask(self, request: Request, then: str, *, status: int = 200, **told: str | bool) -> Response:
        values = {"address": "", "wrong": "", "alert": "", "sent": False, "next": then, "minutes": MINUTES, **told}
        return private(self._pages.page(request, "mail_login.html", values, status=status))
