"""/mon-inscription: what became of one's registrations, and what can be done with them. In French, without JavaScript.

GET  /mon-inscription                        one's registrations
GET  /mon-inscription/mes-donnees.json       all that is kept of them (RGPD, art. 15 and 20)
GET  /mon-inscription/<id>                   one of them: its state, its history
GET  /mon-inscription/<id>/retirer           is it to be withdrawn?
POST /mon-inscription/<id>/retirer           withdraw it
POST /mon-inscription/<id>/confirmer         send another link that confirms the e-mail address
GET  /mon-inscription/<id>/effacer           is it to be erased?
POST /mon-inscription/<id>/effacer           erase it (RGPD, art. 17)
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.web.api import Api, Data
from hub.web.pages import NOT_FOUND, Message, Pages, Unshown, private, to
from hub.web.registration import wording
from hub.web.registration.drafts import MINE, REFUSED, Drafts
from hub.web.registration.filling import WITHDRAWN
from hub.web.registration.official import Official
from hub.web.registration.steps import STEPS, input_of

DONE: Final[Mapping[str, str]] = {
    "soumis": "Votre demande est envoyée.",
    "sent": "Un lien de confirmation est parti à votre adresse électronique.",
    "already_confirmed": "Votre adresse électronique est déjà confirmée.",
    "no_address": "Indiquez d’abord une adresse électronique.",
    "too_often": "Trop de liens ont été envoyés à cette adresse depuis hier : réessayez plus tard.",
    "retire": "Votre inscription est retirée : rien n’en est plus montré.",
    "efface": "Votre inscription est effacée : rien n’en est gardé que de quoi ne pas la montrer de nouveau.",
}
"""What was just done, by what its address says."""


class MinePages:
    """The pages."""

    def __init__(self, pages: Pages, api: Api, drafts: Drafts) -> None:
        self._pages = pages
        self._api = api
        self._drafts = drafts

    def routes(self) -> list[BaseRoute]:
        """Where they answer."""
        one = f"{MINE}/{{id}}"
        return [
            Route(MINE, self.all),
            Route(f"{MINE}/mes-donnees.json", self.data),
            Route(one, self.one),
            Route(f"{one}/retirer", self.withdrawing),
            Route(f"{one}/retirer", self.withdraw, methods=["POST"]),
            Route(f"{one}/confirmer", self.ask_to_confirm, methods=["POST"]),
            Route(f"{one}/effacer", self.erasing),
            Route(f"{one}/effacer", self.erase, methods=["POST"]),
        ]

    async def all(self, request: Request) -> Response:
        """One's registrations."""
        found = (await self._api.ask(request, "Mine", after=request.query_params.get("apres")))["registrations"]
        return self._page(request, "mine/all.html", {"mine": found["nodes"], "more": found["pageInfo"]})

    async def data(self, request: Request) -> Response:
        """All that is kept, as a file."""
        data = (await self._api.ask(request, "MyData"))["myData"]
        text = msgspec.json.format(msgspec.json.encode(data), indent=2)
        headers = {"content-disposition": 'attachment; filename="mes-donnees.json"'}
        return private(Response(text, media_type="application/json", headers=headers))

    async def one(self, request: Request) -> Response:
        """One of them."""
        one = await self._drafts.find(request)
        whole = input_of(one)
        official = Official(await self._api.ask(request, "OfficialTexts"))
        values = {"one": one, "whole": whole, "official": official, "first": next(iter(STEPS))}
        return self._page(request, "mine/one.html", values)

    async def withdrawing(self, request: Request) -> Response:
        """Ask whether it is to be withdrawn."""
        one = await self._drafts.find(request)
        if one["state"] == WITHDRAWN:
            return to(f"{MINE}/{one['id']}")
        return self._page(request, "mine/withdraw.html", {"one": one, "reason": "", "wrong": None})

    async def withdraw(self, request: Request) -> Response:
        """Withdraw it."""
        fields = await self._pages.form(request)
        one = await self._drafts.find(request)
        if one["state"] == WITHDRAWN:  # sent twice
            return to(f"{MINE}/{one['id']}", fait="retire")
        reason = fields.get("reason", "").strip()
        done = (await self._api.ask(request, "Withdraw", id=one["id"], reason=reason or None))["done"]
        if done["__typename"] == REFUSED:
            values = {"one": one, "reason": reason, "wrong": done["reasons"][0]["message"]}
            return self._page(request, "mine/withdraw.html", values, status=422)
        return to(f"{MINE}/{one['id']}", fait="retire")

    async def ask_to_confirm(self, request: Request) -> Response:
        """Send another link that confirms the e-mail address."""
        await self._pages.form(request)
        one = await self._drafts.find(request)
        asked = (await self._api.ask(request, "AskToConfirm", id=one["id"]))["asked"]
        return to(f"{MINE}/{one['id']}", fait=asked.lower())

    async def erasing(self, request: Request) -> Response:
        """Ask whether it is to be erased."""
        return self._page(request, "mine/erase.html", {"one": await self._drafts.find(request), "wrong": None})

    async def erase(self, request: Request) -> Response:
        """Erase it, for who says so twice."""
        fields = await self._pages.form(request)
        try:
            one = await self._drafts.find(request)
        except Unshown as error:
            if error.code != NOT_FOUND:
                raise
            return to(MINE)  # sent twice
        if "sure" not in fields:
            wrong = "Cochez cette case pour confirmer."
            return self._page(request, "mine/erase.html", {"one": one, "wrong": wrong}, status=422)
        done = (await self._api.ask(request, "Erase", input={"what": {"registration": one["id"]}}))["done"]
        if done["__typename"] == REFUSED:
            values = {"one": one, "wrong": done["reasons"][0]["message"]}
            return self._page(request, "mine/erase.html", values, status=422)
        if self._pages.sessions.session(request) is None:  # it was the last one: the account is gone with it
            gone = Message(200, "Inscription effacée", DONE["efface"])
            return self._page(request, "message.html", {"message": gone})
        return to(MINE, fait="efface")

    def _page(self, request: Request, name: str, values: Data, *, status: int = 200) -> Response:
        done = DONE.get(request.query_params.get("fait", ""), "")
        return self._pages.page(request, name, {"done": done, "wording": wording, **values}, status=status)
