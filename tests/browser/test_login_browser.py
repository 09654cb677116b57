"""Logging in and out in a real browser: at an identity provider on another site and back, and by the rules of axe-core."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from admin_app import REGISTRANT, admin_app
from hubs import in_process, key_of
from identity import SECRET, identity_provider, needs_provider, toml
from playwright.async_api import Page, async_playwright, expect
from serving import serving
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send
from test_admin_browser import needs_axe, violations
from test_graphiql_browser import ARGUMENTS, CHROMIUM, WAIT, browsing

from resolvers.access import Role

NAMES = "--host-resolver-rules=MAP hub.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@dataclass
class Later:
    """An application that is known once its own address is."""

    app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # the hub of a test is opened and closed by the test
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await self.app(scope, receive, send)


@asynccontextmanager
async def hub_and_provider(folder: Path) -> AsyncIterator[tuple[str, str, Page]]:
    """A hub at hub.test, a provider at 127.0.0.1, which is another site to a browser, and a page."""
    later = Later()
    async with serving(later) as address:
        hub = address.replace("127.0.0.1", "hub.test")
        async with (
            identity_provider(hub) as issuer,
            in_process(folder, toml(issuer), environment={"HUB1000_OIDC_LOCAL": SECRET}) as client,
            async_playwright() as playwright,
        ):
            later.app = client.http._transport.app  # type: ignore[attr-defined]
            assert CHROMIUM, "Chromium is not installed"
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS[:-1], NAMES])
            page = await browser.new_page(locale="fr-FR")
            page.set_default_timeout(WAIT)
            try:
                yield hub, await key_of(client.hub, Role.MODERATOR), page
            finally:
                await browser.close()


@needs_provider
async def test_somebody_logs_in_at_their_provider_and_out_everywhere(tmp_path: Path) -> None:
    async with hub_and_provider(tmp_path) as (hub, _, page):
        await page.goto(f"{hub}/admin")
        await page.get_by_role("link", name="Se connecter avec l’annuaire d’essai").click()
        await page.get_by_placeholder("Enter any login").fill("ada+moderator")
        await page.get_by_placeholder("and password").fill("any")
        await page.get_by_role("button", name="Sign-in").click()
        await page.get_by_role("button", name="Continue").click()
        await expect(page.get_by_role("heading", name="Annuaires")).to_be_visible(timeout=WAIT)
        assert page.url == f"{hub}/admin", "the session came along, though another site led here"
        assert await page.evaluate("document.cookie") == ""

        script = """async () => (await (await fetch('/graphql', {method: 'POST', headers: {'content-type':
            'application/json'}, body: '{"query": "{ viewer { name role } }"}'})).json()).data.viewer"""
        assert await page.evaluate(script) == {"name": "ada Durand", "role": "MODERATOR"}

        await page.get_by_role("button", name="Se déconnecter").click()
        await page.get_by_role("button", name="Yes, sign me out").click()
        await expect(page.get_by_label("Clé d’accès")).to_be_visible(timeout=WAIT)
        assert await page.evaluate(script) is None
        await page.goto(f"{hub}/admin")
        await expect(page.get_by_label("Clé d’accès")).to_be_visible(timeout=WAIT)


@needs_provider
async def test_another_site_cannot_act_with_the_session(tmp_path: Path) -> None:
    async with serving(HTMLResponse("<!DOCTYPE html>")) as evil, hub_and_provider(tmp_path) as (hub, key, page):
        await page.goto(f"{hub}/login?next=/admin")
        await page.get_by_label("Clé d’accès").fill(key.removeprefix("Bearer "))
        await page.get_by_role("button", name="Se connecter", exact=True).click()
        await expect(page.get_by_role("heading", name="Annuaires")).to_be_visible(timeout=WAIT)

        await page.goto(evil)
        asked = """async ([hub, type]) => { try { const answer = await fetch(hub + '/graphql', {method: 'POST',
            credentials: 'include', headers: {'content-type': type}, body: '{"query": "{ viewer { name } }"}'});
            return await answer.text() } catch (error) { return 'refused' } }"""
        for type_ in ("application/json", "text/plain"):
            assert await page.evaluate(asked, [hub, type_]) == "refused"
        posted = """hub => { const form = document.createElement('form'); form.method = 'post';
            form.action = hub + '/logout'; document.body.append(form); form.submit() }"""
        async with page.expect_navigation() as sent:
            await page.evaluate(posted, hub)
        assert (await sent.value).status == 403
        await page.goto(f"{hub}/admin")
        await expect(page.get_by_role("heading", name="Annuaires")).to_be_visible(timeout=WAIT)


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_where_somebody_has_not_the_role(scheme: Any) -> None:
    async with serving(await admin_app()) as origin, browsing(origin, "/login?next=/admin") as (page, watch):
        await page.emulate_media(color_scheme=scheme)
        await page.get_by_label("Clé d’accès").fill(str(REGISTRANT))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Accès refusé")).to_be_visible(timeout=WAIT)

        assert await violations(page) == []
        assert watch.foreign == []


@needs_axe
@needs_provider
async def test_axe_finds_nothing_where_there_are_providers(tmp_path: Path) -> None:
    async with hub_and_provider(tmp_path) as (hub, _, page):
        await page.goto(f"{hub}/login")
        await expect(page.get_by_role("link", name="Se connecter avec l’annuaire d’essai")).to_be_visible(timeout=WAIT)

        assert await violations(page) == []
