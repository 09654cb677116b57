"""The administration page in a real browser: by keyboard, on a narrow screen, and by the rules of axe-core."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from admin_app import HOSTILE, KEY, admin_app
from playwright.async_api import Page, expect
from serving import serving
from test_graphiql_browser import WAIT, browsing, clean

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

needs_axe = pytest.mark.skipif(not AXE.is_file() and not os.environ.get("CI"), reason="needs `npm ci` in tests/browser")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@asynccontextmanager
async def admin() -> AsyncIterator[Page]:
    """The administration page, logged in by keyboard; it must stay without errors."""
    async with serving(await admin_app()) as origin, clean(origin, "/admin") as page:
        await log_in(page)
        yield page


async def log_in(page: Page, key: str = str(KEY)) -> None:
    await page.get_by_label("Clé d’accès").focus()
    await page.keyboard.type(key)
    async with page.expect_navigation(wait_until="networkidle"):
        await page.keyboard.press("Enter")


async def violations(page: Page) -> list[Any]:
    """What axe-core finds, each as its rule and the elements."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("tags => axe.run({ runOnly: { type: 'tag', values: tags } })", TAGS)
    assert len(found["passes"]) > 15
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]


async def test_a_moderator_logs_in_and_out_by_keyboard() -> None:
    async with serving(await admin_app()) as origin, clean(origin, "/admin") as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused(timeout=WAIT)
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Clé d’accès")).to_be_focused(timeout=WAIT)
        await page.keyboard.type(str(KEY))
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Se connecter")).to_be_focused(timeout=WAIT)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Annuaires")).to_be_visible(timeout=WAIT)
        assert await page.evaluate("document.cookie") == ""

        await page.get_by_role("button", name="Se déconnecter").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Clé d’accès")).to_be_visible(timeout=WAIT)


async def test_a_wrong_key_is_told_where_it_is_typed() -> None:
    async with serving(await admin_app()) as origin, browsing(origin, "/admin") as (page, watch):
        await log_in(page, "wrong")

        await expect(page.get_by_role("alert")).to_have_text(
            "Cette clé n’ouvre rien : elle est fausse, expirée ou révoquée.", timeout=WAIT
        )
        await expect(page.get_by_label("Clé d’accès")).to_have_accessible_description(
            "Cette clé n’ouvre rien : elle est fausse, expirée ou révoquée.", timeout=WAIT
        )
        assert watch.foreign == []


async def test_the_page_tells_all_without_javascript() -> None:
    async with admin() as page:
        assert await page.locator("html").get_attribute("lang") == "fr"
        assert await page.locator("script").count() == 0
        await expect(page.locator("[data-source=monenfant] .state")).to_contain_text("ne répond pas", timeout=WAIT)
        await expect(page.get_by_role("img", name="Temps de réponse de Registre du programme")).to_be_visible(
            timeout=WAIT
        )
        await expect(page.get_by_role("cell", name="carte-web 7")).to_have_count(3, timeout=WAIT)
        await expect(page.get_by_text(HOSTILE).first).to_be_attached(timeout=WAIT)


async def test_details_and_clients_are_reached_by_keyboard() -> None:
    async with admin() as page:
        await page.locator("[data-source=registry] summary").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Registre du programme, minute par minute")).to_be_visible(
            timeout=WAIT
        )

        await page.get_by_role("link", name="carte-web (7)").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="carte-web (7)")).to_have_attribute(
            "aria-current", "true", timeout=WAIT
        )
        await expect(page.get_by_role("cell", name="carte-web 7")).to_have_count(3, timeout=WAIT)
        await expect(page.get_by_role("cell", name=f"x{HOSTILE} 2")).to_have_count(0, timeout=WAIT)


@pytest.mark.parametrize("width", [320, 400, 1280])
async def test_nothing_overflows_any_screen(width: int) -> None:
    async with admin() as page:
        await page.set_viewport_size({"width": width, "height": 800})
        for summary in await page.locator("summary").all():
            await summary.click()

        assert await page.evaluate("document.documentElement.scrollWidth") == width


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_page(scheme: Any) -> None:
    async with admin() as page:
        await page.emulate_media(color_scheme=scheme)
        for summary in await page.locator("summary").all():
            await summary.click()

        assert await violations(page) == []


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_forms(scheme: Any) -> None:
    async with serving(await admin_app()) as origin, browsing(origin, "/admin") as (page, _):
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []
        await log_in(page, "wrong")
        assert await violations(page) == []


@needs_axe
async def test_axe_does_find_what_is_wrong() -> None:
    async with serving(await admin_app()) as origin, browsing(origin, "/admin") as (page, _):
        await page.evaluate("document.querySelector('label').remove()")

        assert "label" in [rule for rule, _ in await violations(page)]
