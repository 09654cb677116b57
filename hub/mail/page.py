"""/confirmer/<token>: the page that a letter leads to. In French, without JavaScript.

GET  asks whether to confirm: programs that look at letters follow links, and must not use them up
POST confirms
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.errors import SourceError
from hub.mail.letters import CONFIRM
from hub.web import Pages
from hub.web.pages import OTHERWISE, Unshown, private
from resolvers.mail import Confirmed, Mail

OUTCOMES: Final[Mapping[Confirmed, tuple[int, str]]] = {
    Confirmed.CONFIRMED: (200, "Votre adresse est confirmée."),
    Confirmed.SPENT: (410, "Ce lien a déjà servi."),
    Confirmed.EXPIRED: (410, "Ce lien n’est plus valable : demandez-en un autre."),
    Confirmed.WRONG: (404, "Ce lien ne confirme rien : l’adresse a été modifiée depuis, ou le lien est incomplet."),
}


class ConfirmationPage:
    """Confirms addresses."""

    def __init__(self, pages: Pages, mail: Mail) -> None:
        self._pages = pages
        self._mail = mail

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [Route(CONFIRM + "/{token}", self.ask), Route(CONFIRM + "/{token}", self.confirm, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """The question."""
        return private(self._pages.page(request, "confirm.html", {"outcome": ""}))

    async def confirm(self, request: Request) -> Response:
        """What became of it."""
        await self._pages.form(request)
        try:
            confirmed = await self._mail.confirm(request.path_params["token"])
        except SourceError as error:
            raise Unshown(OTHERWISE.title) from error
        status, outcome = OUTCOMES[confirmed]
        return private(self._pages.page(request, "confirm.html", {"outcome": outcome}, status=status))
