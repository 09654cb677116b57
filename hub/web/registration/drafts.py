"""A registration as the pages keep it: found, and written once however often a form is sent."""

import json
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final

from starlette.requests import Request

from hub.web.api import Api, Data
from hub.web.pages import NOT_FOUND, Unshown
from hub.web.registration.steps import STEPS, Input, Step, step_of

PATH: Final = "/inscription"
MINE: Final = "/mon-inscription"
REFUSED: Final = "RegistrationRefused"


class Drafts:
    """Finds and writes registrations, as who asks."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def find(self, request: Request) -> Data:
        """The registration of the page's address. Raises `Unshown`, also for somebody else's."""
        found = (await self._api.ask(request, "One", id=request.path_params["id"]))["registration"]
        if found is None:
            raise Unshown(NOT_FOUND)
        return dict(found)

    async def save(self, request: Request, given: Input, fields: Mapping[str, str]) -> Data:
        """Keep a draft: the registration as it is then, or `RegistrationRefused`."""
        return await self._enter("Save", request, given, fields)

    async def submit(self, request: Request, given: Input, fields: Mapping[str, str]) -> Data:
        """Submit it: as `save`."""
        return await self._enter("Submit", request, given, fields)

    async def _enter(self, operation: str, request: Request, given: Input, fields: Mapping[str, str]) -> Data:
        whole = {**given, "idempotencyKey": once(fields, given)}
        return dict((await self._api.ask(request, operation, input=whole))["done"])


def new_key() -> str:
    """The key of a form that is shown now: what is sent twice with it is done once."""
    return token_urlsafe(16)


def once(fields: Mapping[str, str], given: Any) -> str:
    """The idempotency key of what a form asks: the same when it is sent twice, another when it was changed between."""
    asked = json.dumps([fields.get("key"), given], sort_keys=True)
    return sha256(asked.encode()).hexdigest()


def progress(draft: Data) -> list[tuple[Step, bool]]:
    """The steps, and whether nothing is missing in each."""
    wanting = {step.path for reason in draft["missing"] if (step := step_of(reason["field"]))}
    return [(step, step.path not in wanting) for step in STEPS.values()]


def moved(whole: Input) -> dict[str, str]:
    """Fields that stand elsewhere on the pages than the API's input says.

    A situation's institution stands with its code. A commune and a territory go by what was typed of them.
    """
    situations = {
        f"situations.{position}.institution": f"situations.{situation['situation']}.institution"
        for position, situation in enumerate(whole["situations"])
    }
    communes = {f"places.{n}.commune": f"places.{n}.postalCode" for n in range(len(whole["places"]))}
    holders = ("", *(f"actions.{position}." for position in range(len(whole["actions"]))))
    return situations | communes | {f"{path}area.code": f"{path}area.name" for path in holders}
