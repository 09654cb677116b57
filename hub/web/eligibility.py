"""/eligibilite: may I register? In French, without an account and without JavaScript.

GET /eligibilite   the questions; with answers in its address, what they mean, criterion by criterion
"""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.web.api import Api
from hub.web.pages import Pages
from hub.web.registration.fields import tree
from hub.web.registration.official import Official
from hub.web.registration.steps import answers_of
from hub.web.registration.typed import Typed

PATH: Final = "/eligibilite"
ASKED: Final = "resultat"
"""What the address of an answer holds."""


class EligibilityPage:
    """The page."""

    def __init__(self, pages: Pages, api: Api) -> None:
        self._pages = pages
        self._api = api

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [Route(PATH, self.show)]

    async def show(self, request: Request) -> Response:
        """The questions, and the answer once it is asked for."""
        given = dict(request.query_params)
        asked = given.pop(ASKED, None) is not None
        answers = answers_of(tree(given))
        result = None
        if asked:
            result = (await self._api.ask(request, "Eligibility", answers=answers))["checkEligibility"]
        category = "/".join(filter(None, (answers["category"], answers["subcategory"])))
        held = [{"situation": code, "institution": None} for code in answers["situations"]]
        official = Official(await self._api.ask(request, "OfficialTexts"))
        values = {
            "official": official,
            "situations": official.situations(held, {}),
            "form": Typed({**answers, "category": category}),
            "result": result,
            "asked": ASKED,
            "query": urlencode(given),
        }
        return self._pages.page(request, "eligibility.html", values)
