"""Somebody at the pages, without JavaScript: opens them, fills in their forms and sends them, as a browser would."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from html_pages import Page, filled, looked_through
from hubs import Client, key_of

from resolvers.access import Role

GO_ON = "Enregistrer et continuer"


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def open(self, path: str) -> Page:
        """The page at an address, after all redirections."""
        return looked_through(await self.http.get(path, follow_redirects=True))

    async def send(self, page: Page, button: str = GO_ON, *, near: str = "", **changes: Any) -> Page:
        """The page after a form was sent by a button; `changes` by name of the field, None for what is not sent."""
        return looked_through(await self.post(page, button, near=near, follow=True, **changes))

    async def post(
        self, page: Page, button: str, *, near: str = "", follow: bool = False, **changes: Any
    ) -> httpx.Response:
        """The answer itself."""
        form, pressed = page.form(button, near)
        fields = filled(form) | ({pressed["name"]: pressed["value"]} if pressed.get("name") else {})
        fields = {name: value for name, value in (fields | changes).items() if value is not None}
        address = urljoin(str(page.response.url), form.get("action") or str(page.response.url))
        if form.get("method") == "get":
            return await self.http.get(f"{address}?{urlencode(fields)}", follow_redirects=follow)
        origin = urlsplit(str(page.response.url))
        headers = {"origin": f"{origin.scheme}://{origin.netloc}"}
        return await self.http.post(address, data=fields, headers=headers, follow_redirects=follow)

    async def log_in(self, key: str, then: str = "/") -> Page:
        """Log in with a key, and the page that comes after it."""
        login = await self.open(f"/login?{urlencode({'next': then})}")
        return await self.send(login, "Se connecter", key=key.removeprefix("Bearer "))


@asynccontextmanager
async def visiting(client: Client, role: Role | None = None, *, name: str = "Anne") -> AsyncIterator[Visitor]:
    """Somebody, logged in with a key of a role when one is given."""
    transport = client.http._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        visitor = Visitor(http)
        if role is not None:
            await visitor.log_in(await key_of(client.hub, role, name=name))
        yield visitor


STEPS: dict[str, dict[str, Any]] = {
    "identite": {
        "kind": "ESTABLISHMENT",
        "name": "Crèche des Lutins",
        "category": "MODE_ACCUEIL/CRECHE",
        "description": "Une crèche de quartier.\r\nDouze places.",
        "siret": "732 829 320 00074",
    },
    "situations": {
        "inPeriod": "yes",
        "situations.AUTORISE_OU_AGREE.holds": "on",
        "situations.AUTORISE_OU_AGREE.institution": "PMI de la Côte-d’Or",
    },
    "priorites": {"priorities.EVEILLER": "on"},
    "actions": {},
    "lieux": {"places.0.street": "3 rue des Lutins", "places.0.postalCode": "21000"},
    "contact": {"contact.email.value": "directrice@lutins.example.org", "consent": "2026-11"},
}
"""What makes a registration complete, step by step."""


async def begin(visitor: Visitor) -> Page:
    """The first step of a new registration."""
    start = await visitor.open("/inscription")
    words = {b.text for b in start.root.named("button")} & {"Commencer", "Commencer une nouvelle inscription"}
    return await visitor.send(start, words.pop())


async def fill(visitor: Visitor, page: Page, **changes: dict[str, Any]) -> Page:
    """The last page, where all is read through, after every step from this one on was filled in."""
    steps = {step: values | changes.get(step, {}) for step, values in STEPS.items()}
    for step, values in steps.items():
        assert page.path.endswith(f"/{step}"), (page.path, page.errors())
        page = await visitor.send(page, **values)
    assert page.path.endswith("/relecture"), page.errors()
    return page


async def submit(visitor: Visitor, **changes: dict[str, Any]) -> Page:
    """The page of a registration that was just submitted."""
    return await visitor.send(await fill(visitor, await begin(visitor), **changes), "Envoyer ma demande")


def id_in(page: Page) -> str:
    """The id of the registration that a page is about."""
    found = re.search(r"/(?:mon-)?inscription/([0-9a-f]{32})", str(page.response.url))
    assert found
    return found[1]
