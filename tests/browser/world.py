"""A hub on a loopback socket, the mail server that takes its letters, and a browser with pages of several people."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from hubs import Client, in_process
from playwright.async_api import Browser, Page, async_playwright, expect
from serving import serving
from test_admin_browser import violations
from test_graphiql_browser import ARGUMENTS, CHROMIUM, WAIT, Watch
from test_login_browser import Later
from visiting import Visitor


@dataclass
class Postbox:
    """Takes the letters of a hub, over SMTP."""

    letters: asyncio.Queue[tuple[list[str], str]] = field(default_factory=asyncio.Queue)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        body = message_from_bytes(envelope.content, policy=policy.default).get_body(("plain",))
        assert body
        self.letters.put_nowait((envelope.rcpt_tos, body.get_content()))
        return "250 OK"

    async def link(self, address: str) -> str:
        """The link in the next letter, which is to this address."""
        to, text = await asyncio.wait_for(self.letters.get(), WAIT / 1000)
        assert to == [address]
        return re.search(r"http://\S+", text)[0]


@dataclass
class World:
    """A hub on a loopback socket, where its letters go, and a browser."""

    url: str
    client: Client
    box: Postbox
    browser: Browser
    watches: list[Watch] = field(default_factory=list)

    async def page(self, *, scripts: bool = True, visitor: Visitor | None = None) -> Page:
        """A page of somebody new, or of a visitor who is logged in."""
        context = await self.browser.new_context(
            locale="fr-FR", viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        for cookie in visitor.http.cookies.jar if visitor else ():
            await context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": self.url}])
        page = await context.new_page()
        page.set_default_timeout(WAIT)
        watch = Watch(self.url)
        self.watches.append(watch)
        await page.route("**/*", watch.on_route)
        page.on("console", watch.on_console)
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        return page


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[World]:
    later, box, loop = Later(), Postbox(), asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
    port = mail.sockets[0].getsockname()[1]
    assert CHROMIUM, "Chromium is not installed"
    async with serving(later) as url, async_playwright() as playwright:
        toml = f'[server]\npublic_url = "{url}"\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        async with in_process(folder, toml) as client:
            later.app = client.http._transport.app  # type: ignore[attr-defined]
            later.app.start()
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            world = World(url, client, box, browser)
            yield world
            await browser.close()
    mail.close()
    for watch in world.watches:
        assert watch.foreign == []
        # what a page answers to a form that is wrong is said in the console too
        assert [
            e for e in watch.errors if "Failed to load resource: the server responded with a status of 4" not in e
        ] == []


@asynccontextmanager
async def going(page: Page) -> AsyncIterator[None]:
    """Return once the page that this leads to is there."""
    async with page.expect_navigation(wait_until="load"):
        yield


async def press(page: Page, name: str) -> None:
    async with going(page):
        await page.get_by_role("button", name=name, exact=True).click()


async def follow(page: Page, name: str) -> None:
    async with going(page):
        await page.get_by_role("link", name=name, exact=True).click()


async def wrong(page: Page, *labels: str) -> None:
    """What the summary leads to is just this, and it has the focus."""
    await expect(page.locator(".errors")).to_be_focused(timeout=WAIT)
    links = page.locator(".errors").get_by_role("link")
    await expect(links).to_have_text(list(labels), timeout=WAIT)


async def nothing_is_wrong(page: Page) -> None:
    """axe-core finds nothing, in the light and in the dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await violations(page) == [], page.url
