"""/inscription: a registration is filled in, step by step. In French, without JavaScript.

GET  /inscription               what is needed, and where to begin or to go on
POST /inscription               begin
GET  /inscription/<id>/<step>   one step
POST /inscription/<id>/<step>   keep it; go on, or say what is wrong beside each field
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.gazetteer import Gazetteer
from hub.web.api import Api, Data
from hub.web.pages import NOT_FOUND, Pages, Unshown, here, to
from hub.web.registration.drafts import MINE, PATH, REFUSED, Drafts, moved, new_key, progress
from hub.web.registration.fields import Tree, branch, tree
from hub.web.registration.official import Official
from hub.web.registration.steps import STEPS, Input, Step, after, begun_of, input_of, step_of
from hub.web.registration.territories import Found, locate, name_area
from hub.web.registration.typed import Typed

DRAFT: Final = "DRAFT"
WITHDRAWN: Final = "WITHDRAWN"

ANSWERS: Final = frozenset({"situations", "priorities", "inPeriod", "category"})
"""The fields of the check of eligibility, which a registration may begin with."""

MEND: Final = "corriger"
"""What an address of a step holds to show what is wrong with it."""


class FillingPages:
    """The pages. `gazetteer`: what finds communes by postal codes."""

    def __init__(self, pages: Pages, api: Api, drafts: Drafts, gazetteer: Gazetteer) -> None:
        self._pages = pages
        self._api = api
        self._drafts = drafts
        self._gazetteer = gazetteer

    def routes(self) -> list[BaseRoute]:
        """Where they answer."""
        return [
            Route(PATH, self.start),
            Route(PATH, self.begin, methods=["POST"]),
            Route(f"{PATH}/{{id}}/{{step}}", self.step),
            Route(f"{PATH}/{{id}}/{{step}}", self.keep, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """What is needed to register, and the drafts that there are."""
        drafts = []
        if self._pages.visitor(request).known:
            mine = (await self._api.ask(request, "Mine"))["registrations"]["nodes"]
            drafts = [one for one in mine if one["state"] == DRAFT]
        answers = {name: value for name, value in request.query_params.items() if name.partition(".")[0] in ANSWERS}
        values = {
            "drafts": drafts,
            "answers": answers,
            "key": new_key(),
            "first": next(iter(STEPS)),
            "back": here(request),
        }
        return self._pages.page(request, "registration/start.html", values)

    async def begin(self, request: Request) -> Response:
        """Begin a draft, with the answers of the check of eligibility if there are any."""
        fields = await self._pages.form(request)
        done = await self._drafts.save(request, begun_of(tree(fields)), fields)
        if done["__typename"] == REFUSED:
            raise Unshown(done["reasons"][0]["code"])
        return to(f"{PATH}/{done['id']}/{next(iter(STEPS))}")

    async def step(self, request: Request) -> Response:
        """One step, as it was left; with what is wrong with it for who comes to mend it."""
        step, draft = _step(request), await self._drafts.find(request)
        if draft["state"] == WITHDRAWN:
            return to(f"{MINE}/{draft['id']}")
        whole, found = input_of(draft), Found()
        self._find(step, whole, found)
        return await self._show(request, step, draft, whole, found, reasons=_missing(draft, step))

    async def keep(self, request: Request) -> Response:
        """Keep one step: go on, or show what is wrong with it."""
        fields = await self._pages.form(request)
        step, draft = _step(request), await self._drafts.find(request)
        typed, found = tree(fields), Found()
        whole = {**input_of(draft), **step.read(typed, fields.get("remove", ""))}
        self._find(step, whole, found)
        if whole != input_of(draft):
            done = await self._drafts.save(request, whole, fields)
            if done["__typename"] == REFUSED:
                return await self._show(request, step, draft, whole, found, typed, done["reasons"])
            draft = done
        address = f"{PATH}/{draft['id']}/{step.path}"
        if "add" in fields:
            return to(address, plus="1")
        if "remove" in fields:
            return to(address)
        if "later" in fields:
            return to(f"{MINE}/{draft['id']}")
        missing = _missing(draft, step)
        if missing or found.reasons:
            return await self._show(request, step, draft, whole, found, typed, missing)
        return to(f"{PATH}/{draft['id']}/{after(step)}")

    def _find(self, step: Step, whole: Input, found: Found) -> None:
        """Find the territories that a step names, where it names some."""
        if "places" in step.fields:
            locate(self._gazetteer, whole["places"], found)
            name_area(self._gazetteer, whole["area"], "area", found)
        if "actions" in step.fields:
            for position, action in enumerate(whole["actions"]):
                name_area(self._gazetteer, action["area"], f"actions.{position}.area", found)

    async def _show(
        self,
        request: Request,
        step: Step,
        draft: Data,
        whole: Input,
        found: Found,
        typed: Tree | None = None,
        reasons: Iterable[Mapping[str, Any]] = (),
    ) -> Response:
        """A step: as it is kept, or as it was just `typed`, with the reasons why it cannot stay so."""
        official = Official(await self._api.ask(request, "OfficialTexts"))
        told = typed is not None or MEND in request.query_params
        wrong = found.instead_of(reasons, moved(whole)) if told else []
        category = "/".join(filter(None, (whole["category"], whole["subcategory"])))
        values = {
            "step": step,
            "steps": progress(draft),
            "draft": draft,
            "official": official,
            "situations": official.situations(whole["situations"], branch(typed or {}, "situations")),
            "subcategory": official.subcategory(whole["subcategory"]),
            "choices": found.choices,
            "plus": "plus" in request.query_params,
            "key": new_key(),
            "form": Typed({**whole, "category": category}, wrong, moved=moved(whole)),
        }
        return self._pages.page(request, step.template, values, status=422 if typed is not None else 200)


def _step(request: Request) -> Step:
    step = STEPS.get(request.path_params["step"])
    if step is None:
        raise Unshown(NOT_FOUND)
    return step


def _missing(draft: Data, step: Step) -> list[Mapping[str, Any]]:
    return [reason for reason in draft["missing"] if step_of(reason["field"]) is step]
