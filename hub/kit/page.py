"""GET /kit/<registration id>    the kit, for the owner of a registration that is shown, and for moderators."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.errors import SourceError
from connectors.registrations import Registration, Registrations
from hub.access.sessions import Sessions
from hub.kit.attestation import VERIFY, Attested
from hub.kit.contents import kit_of
from hub.web.pages import login_address, private
from resolvers.access import Role

PATH: Final = "/kit"
NONE: Final = "Il n’y a pas de kit à cette adresse.\n"
NOT_NOW: Final = "Le kit ne peut pas être donné pour le moment.\n"


class KitPage:
    """Gives kits. `logo`: the files of the logo, `provisional` when they are the placeholder's; `base`: see `Site`."""

    def __init__(
        self,
        registrations: Registrations,
        sessions: Sessions,
        logo: dict[str, bytes],
        *,
        provisional: bool,
        base: str,
    ) -> None:
        self._registrations = registrations
        self._sessions = sessions
        self._logo = logo
        self._provisional = provisional
        self._base = base

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [Route(PATH + "/{id}", self.give)]

    async def give(self, request: Request) -> Response:
        """The kit; nobody else is told whether there is one."""
        try:
            caller = self._sessions.caller(request)
            if caller.account is None:
                return private(RedirectResponse(login_address(request.url.path), 303))
            found = await self._registrations.find(request.path_params["id"])
        except SourceError:
            return private(PlainTextResponse(NOT_NOW, 503))
        if found is None or not (caller.is_a(Role.MODERATOR) or found.owner == caller.account):
            return private(PlainTextResponse(NONE, 404))
        attested = attested_of(found, self._base)
        if attested is None:
            return private(PlainTextResponse(NONE, 404))
        body = await asyncio.to_thread(kit_of, attested, self._logo, provisional=self._provisional)
        name = f"kit-1000-premiers-jours-{attested.code}.zip"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return private(Response(body, media_type="application/zip", headers=headers))


def attested_of(registration: Registration, base: str) -> Attested | None:
    """What is attested of a registration; None while nothing of it is shown."""
    shown, code = registration.shown, registration.code
    if shown is None or code is None:
        return None
    return Attested(name=shown.form.name or "", since=shown.since.date(), code=code, link=f"{base}{VERIFY}/{code}")
