"""/moderation: the registrations that wait, one after the other. In French, without JavaScript.

GET  /moderation   the first one that waits, or the first after `apres`, with all that is known of it
POST /moderation   validate or refuse it; the next one is shown then
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.web.api import Api, Data
from hub.web.pages import Pages, Unshown, to
from hub.web.registration import wording
from hub.web.registration.drafts import REFUSED
from hub.web.registration.fields import checked, tree
from hub.web.registration.official import Official
from hub.web.registration.steps import input_of
from resolvers.access import FORBIDDEN, UNAUTHENTICATED

PATH: Final = "/moderation"
NEEDED: Final = "Cochez au moins un motif."
IN_WORDS: Final = "Dites quel autre motif."
STATES: Final = {"VALIDATE": "VALIDATED", "REFUSE": "REFUSED"}
"""Where each decision leads."""
DONE: Final = {"valide": "Demande validée.", "refuse": "Demande refusée."}


class ModerationPage:
    """The page."""

    def __init__(self, pages: Pages, api: Api) -> None:
        self._pages = pages
        self._api = api

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [Route(PATH, self.show), Route(PATH, self.decide, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """The first one that waits."""
        self._check(request)
        return await self._show(request)

    async def decide(self, request: Request) -> Response:
        """Validate or refuse; where that cannot be, say why and show the one that waits now."""
        self._check(request)
        fields = await self._pages.form(request)
        given, wrong = _decision(fields)
        if wrong:
            return await self._show(request, fields, wrong, status=422)
        done = (await self._api.ask(request, "Decide", input=given))["done"]
        if done["__typename"] == REFUSED and not await self._decided(request, given):
            messages = " ".join(reason["message"] for reason in done["reasons"])
            return await self._show(request, fields, {"decision": messages}, status=409)
        place = {"apres": fields["apres"]} if fields.get("apres") else {}
        return to(PATH, fait="valide" if given["decision"] == "VALIDATE" else "refuse", **place)

    async def _decided(self, request: Request, given: Data) -> bool:
        """Whether this very decision was taken before: the form was sent twice."""
        found = (await self._api.ask(request, "One", id=given["id"]))["registration"]
        stands = (found["revision"], found["state"]) if found else None
        return stands == (given["revision"], STATES.get(given["decision"]))

    def _check(self, request: Request) -> None:
        visitor = self._pages.visitor(request)
        if not visitor.moderates:
            raise Unshown(FORBIDDEN if visitor.known else UNAUTHENTICATED)

    async def _show(
        self,
        request: Request,
        fields: dict[str, str] | None = None,
        wrong: dict[str, str] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        fields = fields or {}
        after = fields.get("apres") or request.query_params.get("apres")
        waiting = (await self._api.ask(request, "Waiting", after=after))["registrations"]
        one = next(iter(waiting["nodes"]), None)
        values: Data = {
            "one": one,
            "after": after or "",
            "total": waiting["totalCount"],
            "next": waiting["pageInfo"]["endCursor"] if waiting["pageInfo"]["hasNextPage"] else None,
            "done": DONE.get(request.query_params.get("fait", ""), ""),
            "wrong": wrong or {},
            "checked": checked(tree(fields), "reasons"),
            "comment": fields.get("comment", ""),
            "wording": wording,
        }
        if one is not None:
            values |= {
                "whole": input_of(one),
                "official": Official(await self._api.ask(request, "OfficialTexts")),
                "duplicates": await self._duplicates(request, one["id"]),
            }
        return self._pages.page(request, "moderation.html", values, status=status)

    async def _duplicates(self, request: Request, id_: str) -> list[Data] | None:
        try:
            found = await self._api.ask(request, "Duplicates", id=id_)
        except Unshown:  # a directory fails
            return None
        return list(found["registration"]["possibleDuplicates"])


def _decision(fields: dict[str, str]) -> tuple[Data, dict[str, str]]:
    """A decision as the API wants it, and what is wrong with it."""
    given: dict[str, Any] = {
        "id": fields.get("id", ""),
        "revision": int(number) if (number := fields.get("revision", "")).isdecimal() and len(number) < 10 else 0,
        "decision": fields.get("decision", ""),
    }
    if given["decision"] != "REFUSE":
        return given, {}
    codes = checked(tree(fields), "reasons")
    words = fields.get("comment", "").strip()
    if not codes:
        return given, {"reasons": NEEDED}
    if wording.OTHER in codes and not words:
        return given, {"comment": IN_WORDS}
    messages = {**wording.REASONS, wording.OTHER: words}
    given["reasons"] = [{"code": code, "message": messages.get(code, "")} for code in codes]
    if wording.OTHER not in codes and words:
        given["comment"] = words
    return given, {}
