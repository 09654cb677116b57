"""/verifier: is a displayed logo rightful, and whose is it? For everybody, in French, without JavaScript.

GET /verifier          asks for the code beside the logo
GET /verifier/<code>   what it stands for: the address in the QR code of an attestation
"""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.web.api import Api
from hub.web.pages import Pages

PATH: Final = "/verifier"
UNKNOWN: Final = "UNKNOWN"
LONGEST: Final = 64
"""Characters of what may be a code."""


class VerifyingPages:
    """The pages."""

    def __init__(self, pages: Pages, api: Api) -> None:
        self._pages = pages
        self._api = api

    def routes(self) -> list[BaseRoute]:
        """Where they answer."""
        return [Route(PATH, self.ask), Route(f"{PATH}/{{code:path}}", self.tell)]

    async def ask(self, request: Request) -> Response:
        """The form, or on to what was entered."""
        if code := request.query_params.get("code", "").strip():
            return RedirectResponse(f"{PATH}/{quote(code[:LONGEST], safe='')}", 303)
        return self._pages.page(request, "verify.html", {"code": "", "logo": None})

    async def tell(self, request: Request) -> Response:
        """What a code stands for."""
        code = request.path_params["code"][:LONGEST]
        logo = (await self._api.ask(request, "Logo", code=code))["verifyLogo"]
        status = 404 if logo["status"] == UNKNOWN else 200
        return self._pages.page(request, "verify.html", {"code": code, "logo": logo}, status=status)
