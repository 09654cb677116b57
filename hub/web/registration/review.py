"""/inscription/<id>/relecture: a registration is read through and submitted. In French, without JavaScript.

GET  …/relecture   all of it, what is missing, and the entries of directories that may be the same
POST …/relecture   submit it
POST …/c-est-moi   say that an entry of a directory is the same, or that it is not after all
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.web.api import Api, Data
from hub.web.pages import Pages, Unshown, to
from hub.web.registration.drafts import MINE, PATH, REFUSED, Drafts, moved, new_key, progress
from hub.web.registration.filling import WITHDRAWN
from hub.web.registration.official import Official
from hub.web.registration.steps import REVIEW, input_of, step_of
from hub.web.registration.typed import Typed


class ReviewPages:
    """The pages."""

    def __init__(self, pages: Pages, api: Api, drafts: Drafts) -> None:
        self._pages = pages
        self._api = api
        self._drafts = drafts

    def routes(self) -> list[BaseRoute]:
        """Where they answer: before those of the steps, whose names they could be."""
        return [
            Route(f"{PATH}/{{id}}/{REVIEW}", self.review),
            Route(f"{PATH}/{{id}}/{REVIEW}", self.submit, methods=["POST"]),
            Route(f"{PATH}/{{id}}/c-est-moi", self.same, methods=["POST"]),
        ]

    async def review(self, request: Request) -> Response:
        """All that was entered."""
        draft = await self._drafts.find(request)
        if draft["state"] == WITHDRAWN:
            return to(f"{MINE}/{draft['id']}")
        return await self._show(request, draft, draft["missing"])

    async def submit(self, request: Request) -> Response:
        """Submit what is kept, or say why it cannot be."""
        fields = await self._pages.form(request)
        draft = await self._drafts.find(request)
        done = await self._drafts.submit(request, input_of(draft), fields)
        if done["__typename"] == REFUSED:
            return await self._show(request, draft, done["reasons"], status=422)
        return to(f"{MINE}/{draft['id']}", fait="soumis")

    async def same(self, request: Request) -> Response:
        """Keep that an entry is the same as what is registered, or that it is not after all."""
        fields = await self._pages.form(request)
        draft = await self._drafts.find(request)
        given = input_of(draft)
        id_, commune = fields.get("entry", ""), fields.get("commune")
        for holder in (given, *given["places"]):
            holder["sameAs"] = [other for other in holder["sameAs"] if other != id_]
        if "link" in fields:
            own = next((place for place in given["places"] if place["commune"] == commune), given)
            own["sameAs"].append(id_)
        done = await self._drafts.save(request, given, fields)
        if done["__typename"] == REFUSED:
            return await self._show(request, draft, done["reasons"], status=422)
        return to(f"{PATH}/{draft['id']}/{REVIEW}#doublons")

    async def _show(
        self, request: Request, draft: Data, reasons: Iterable[Mapping[str, Any]], *, status: int = 200
    ) -> Response:
        whole = input_of(draft)
        form = Typed({}, reasons, moved=moved(whole))
        values = {
            "steps": progress(draft),
            "draft": draft,
            "whole": whole,
            "official": Official(await self._api.ask(request, "OfficialTexts")),
            "duplicates": await self._duplicates(request, draft["id"]),
            "linked": [id_ for holder in (whole, *whole["places"]) for id_ in holder["sameAs"]],
            "form": form,
            "step_of": step_of,
            "refused": status != 200,
            "key": new_key(),
        }
        return self._pages.page(request, "registration/review.html", values, status=status)

    async def _duplicates(self, request: Request, id_: str) -> list[Data] | None:
        """The entries that may be the same; None while it cannot be told: a moderator will look again."""
        try:
            found = await self._api.ask(request, "Duplicates", id=id_)
        except Unshown:
            return None
        return list(found["registration"]["possibleDuplicates"])
