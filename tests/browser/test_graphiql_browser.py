"""The pages in a real browser, cut off from every machine but the hub."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from playwright.async_api import ConsoleMessage, Error, Page, Response, Route, async_playwright, expect

from hub.web import examples

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

if CHROMIUM is None and not os.environ.get("CI"):
    pytest.skip("needs Chromium (Debian package chromium)", allow_module_level=True)

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

WAIT = 15_000
"""Milliseconds after which something expected in the page has not come."""


@dataclass
class Watch:
    """What went wrong while a page was used: `foreign` holds the requests that left the hub."""

    origin: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def on_route(self, route: Route) -> None:
        if route.request.url.startswith(f"{self.origin}/"):
            await route.continue_()
        else:
            self.foreign.append(route.request.url)
            await route.abort()

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")


@asynccontextmanager
async def browsing(origin: str, path: str) -> AsyncIterator[tuple[Page, Watch]]:
    """A page opened on `path` of the hub, with what is watched meanwhile."""
    assert CHROMIUM, "Chromium is not installed"
    watch = Watch(origin)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = await browser.new_page(locale="fr-FR", viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT)
        await page.route("**/*", watch.on_route)
        page.on("console", watch.on_console)
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.on("response", watch.on_response)
        await page.goto(f"{origin}{path}", wait_until="networkidle")
        try:
            yield page, watch
        finally:
            await browser.close()


@asynccontextmanager
async def clean(origin: str, path: str) -> AsyncIterator[Page]:
    """A page that must stay without an error, and without a request to another machine."""
    async with browsing(origin, path) as (page, watch):
        yield page
        assert watch.foreign == []
        assert watch.errors == []


def operation(query: str) -> str:
    [definition] = parse(query).definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name
    return definition.name.value


def editor(name: str) -> str:
    """The JavaScript expression of one of GraphiQL's editors."""
    return f"document.querySelector('.{name} .CodeMirror').CodeMirror"


async def until(page: Page, condition: str, argument: str | None = None) -> None:
    """Return once a JavaScript function of the argument gives true.

    Playwright's `wait_for_function` evaluates its text again for each look, which the page's policy forbids.
    """
    looking = f"given => new Promise(done => {{ const look = () => ({condition})(given) ? done() : setTimeout(look, 20); look(); }})"
    async with asyncio.timeout(WAIT / 1000):
        await page.evaluate(looking, argument)


async def knows(page: Page, name: str) -> None:
    """Return once GraphiQL has read the operation's name from the query: it does so a moment after each change."""
    await until(page, f"name => {editor('graphiql-query-editor')}.operationName === name", name)


async def answer_of(page: Page) -> dict[str, Any]:
    """Run the query of the open tab by keyboard, and read the answer shown."""
    await page.locator(".graphiql-query-editor .CodeMirror textarea").focus()
    async with page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/graphql")):
        await page.keyboard.press("Control+Enter")
    shown = f"{editor('result-window')}.getValue()"
    await until(page, f"() => {shown}.trim().startsWith('{{')")
    return json.loads(await page.evaluate(shown))


async def test_graphiql_opens_on_the_five_examples(hub_url: str) -> None:
    async with clean(hub_url, "/graphql") as page:
        tabs = page.get_by_role("tab")
        await expect(tabs).to_contain_text([operation(query) for query in examples()], timeout=WAIT)
        assert len(examples()) == 5

        assert await page.evaluate(f"{editor('graphiql-query-editor')}.getValue()") == examples()[0]


async def test_each_example_runs_and_shows_its_answer(hub_url: str) -> None:
    async with clean(hub_url, "/graphql") as page:
        for query in examples():
            await page.get_by_role("tab").get_by_text(operation(query), exact=True).click()
            await knows(page, operation(query))
            answer = await answer_of(page)

            assert "errors" not in answer
            assert answer["data"]
            assert await page.locator(".CodeMirror-lint-mark-error").count() == 0


async def test_a_query_is_written_with_completion_and_run_by_keyboard(hub_url: str) -> None:
    async with clean(hub_url, "/graphql") as page:
        await page.get_by_role("button", name="New tab").click()
        await page.locator(".graphiql-query-editor .CodeMirror").click()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("query Q { prio")
        await expect(page.locator(".CodeMirror-hints")).to_contain_text("priorities", timeout=WAIT)
        await page.keyboard.press("Escape")
        await page.keyboard.type("rities { code rank ")
        await knows(page, "Q")
        answer = await answer_of(page)

        assert answer["data"]["priorities"][5] == {"code": "EVEILLER", "rank": 6}


async def test_the_documentation_explorer_shows_the_schema(hub_url: str) -> None:
    async with clean(hub_url, "/graphql") as page:
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        await page.locator(".graphiql-doc-explorer").get_by_text("Query", exact=True).first.click()

        await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("structures(", timeout=WAIT)


async def test_the_dialogs_open_and_close_by_keyboard(hub_url: str) -> None:
    async with clean(hub_url, "/graphql") as page:
        await page.get_by_role("button", name="Open settings dialog").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("Theme", timeout=WAIT)
        # by a style element that carries the nonce of the page's policy
        await expect(page.locator("body")).to_have_css("overflow", "hidden", timeout=WAIT)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0, timeout=WAIT)


async def test_the_front_page_tells_the_sources_and_leads_to_graphiql(hub_url: str) -> None:
    async with clean(hub_url, "/") as page:
        assert await page.locator("html").get_attribute("lang") == "fr"
        await expect(page.get_by_role("status")).not_to_be_empty(timeout=WAIT)
        for source in ("registry", "monenfant", "annuaire_sante"):
            await expect(page.locator(f"[data-source={source}] .state")).to_have_count(1, timeout=WAIT)

        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused(timeout=WAIT)
        await page.get_by_role("link", name="Ouvrir GraphiQL").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("tab")).to_have_count(5, timeout=WAIT)


@pytest.mark.parametrize("path", ["/", "/graphql"])
@pytest.mark.parametrize("width", [320, 400])
async def test_nothing_overflows_a_narrow_screen(hub_url: str, path: str, width: int) -> None:
    async with clean(hub_url, path) as page:
        await page.set_viewport_size({"width": width, "height": 800})

        assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_a_request_to_another_machine_is_refused_by_the_page_and_seen_by_the_tests(
    hub_url: str,
) -> None:
    async with browsing(hub_url, "/") as (page, watch):
        async with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
            await page.evaluate("fetch('http://elsewhere.example/').catch(() => undefined)")
        assert watch.foreign == []
        assert watch.errors != []

        with pytest.raises(Error, match="net::ERR_FAILED"):
            await page.goto("http://elsewhere.example/")
        assert watch.foreign == ["http://elsewhere.example/"]
