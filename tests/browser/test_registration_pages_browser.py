"""The pages of registration in a real browser: every state by axe-core's rules, by keyboard, narrow, long and printed."""

import pytest
from playwright.async_api import Locator, Page, expect
from test_admin_browser import needs_axe
from test_graphiql_browser import WAIT
from visiting import GO_ON, begin, fill, id_in, submit, visiting
from world import World, going, nothing_is_wrong, press, wrong

from resolvers.access import Role


@pytest.mark.long
@needs_axe
async def test_axe_finds_nothing_on_any_other_page_and_state(world: World) -> None:
    hostile = "<script>alert(1)</script> \u202e " + "long" * 30
    async with visiting(world.client, Role.MODERATOR, name="Marc") as marc:
        page = await world.page(visitor=marc)
        for path in ("/moderation", "/mon-inscription", "/nothing/..", "/mon-inscription/x", "/moderation?apres=x"):
            await page.goto(world.url + path)
            await nothing_is_wrong(page)
        waiting = await submit(marc, identite={"name": hostile, "description": hostile})
        draft = await begin(marc)
        id_, other = id_in(waiting), id_in(draft)
        for path in (
            "/inscription",
            "/mon-inscription",
            "/moderation",
            f"/mon-inscription/{id_}",
            f"/mon-inscription/{other}",
            f"/mon-inscription/{id_}/effacer",
            f"/inscription/{id_}/identite",
            f"/inscription/{other}/relecture",
            f"/inscription/{other}/situations?corriger=1",
            f"/inscription/{other}/lieux?corriger=1&plus=1",
            "/verifier",
            f"/verifier/{hostile}",
            "/connexion?lien=x",
        ):
            await page.goto(world.url + path)
            await nothing_is_wrong(page)
        await page.goto(f"{world.url}/mon-inscription/{id_}/effacer")
        await press(page, "Effacer pour de bon")
        await nothing_is_wrong(page)
        await page.goto(f"{world.url}/inscription/{other}/identite")
        await page.get_by_label("Nom affiché").fill("x" * 201)
        await press(page, GO_ON)
        await nothing_is_wrong(page)
    page = await world.page()
    await page.goto(f"{world.url}/connexion")
    await page.get_by_label("Adresse électronique").fill("x")
    await press(page, "Recevoir un lien")
    await nothing_is_wrong(page)


async def tab_to(page: Page, target: Locator) -> None:
    """Go to a field by the Tab key, from where one stands; what has the focus is to be seen."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await target.evaluate("element => element === document.activeElement"):
            assert await target.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    raise AssertionError(f"the keyboard does not lead to {target}")


async def test_a_form_is_filled_in_by_keyboard_alone(world: World) -> None:
    async with visiting(world.client, Role.REGISTRANT) as anne:
        first = await begin(anne)
        page = await world.page(visitor=anne)
    await page.goto(world.url + first.path)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused(timeout=WAIT)
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Un établissement, un service"))
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("Un professionnel indépendant")).to_be_checked(timeout=WAIT)
    await tab_to(page, page.get_by_label("Nom affiché"))
    async with going(page):
        await page.keyboard.press("Enter")

    await wrong(page, "Nom affiché", "Catégorie")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Nom affiché")).to_be_focused(timeout=WAIT)
    await expect(page.get_by_label("Nom affiché")).to_have_accessible_description(
        "Celui que le public verra sur la carte. Ce champ est obligatoire.", timeout=WAIT
    )
    await page.keyboard.type("Anne Dupont")
    await tab_to(page, page.get_by_label("Catégorie"))
    await page.keyboard.type("Sage-femme")
    await tab_to(page, page.get_by_role("button", name=GO_ON).last)
    async with going(page):
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Qui vous accorde sa confiance ?", timeout=WAIT)


async def test_moderators_decide_by_one_key_once_they_want_to(world: World) -> None:
    async with visiting(world.client, Role.REGISTRANT) as anne:
        for name in ("Une", "Deux", "Trois"):
            await submit(anne, identite={"name": name})
    async with visiting(world.client, Role.MODERATOR) as marc:
        page = await world.page(visitor=marc)
    await page.goto(f"{world.url}/moderation")
    one = page.locator("#demande")
    await page.keyboard.press("v")
    await expect(one).to_have_text("Une", timeout=WAIT)

    await page.get_by_label("Décider par une seule touche").check()
    await page.keyboard.press("r")
    await expect(page.get_by_label("Les conditions d’éligibilité ne sont pas remplies.")).to_be_focused(timeout=WAIT)
    await page.get_by_label("Ce que vous dites à la personne").press_sequentially("vraiment")
    async with going(page):
        await page.get_by_role("heading", level=1).click()
        await page.keyboard.press("ArrowRight")
    await expect(one).to_have_text("Deux", timeout=WAIT)
    async with going(page):
        await page.keyboard.press("v")
    await expect(one).to_have_text("Trois", timeout=WAIT)
    await page.get_by_label("Décider par une seule touche").uncheck()
    await page.keyboard.press("v")
    await page.reload()
    await expect(one).to_have_text("Trois", timeout=WAIT)
    await expect(page.get_by_label("Décider par une seule touche")).not_to_be_checked(timeout=WAIT)


@pytest.mark.parametrize("width", [320, 1280])
async def test_nothing_overflows_any_screen_however_long_the_words(world: World, width: int) -> None:
    async with visiting(world.client, Role.MODERATOR, name="N" * 100) as marc:
        long = {"name": "W" * 200, "description": "w" * 4_000}
        review = await fill(marc, await begin(marc), identite=long, lieux={"places.0.street": "w" * 200})
        page = await world.page(visitor=marc)
        await page.set_viewport_size({"width": width, "height": 800})
        addresses = [review.path, review.path.replace("relecture", "identite"), "/mon-inscription"]
        mine = await marc.send(review, "Envoyer ma demande")
        for path in (*addresses, mine.path, "/moderation", "/verifier/" + "W" * 64, "/eligibilite?resultat=1"):
            await page.goto(world.url + path)
            assert await page.evaluate("document.documentElement.scrollWidth") == width, path


async def test_what_is_printed_is_what_is_told(world: World) -> None:
    page = await world.page()
    await page.goto(f"{world.url}/verifier/ABCD-EFGH-JKMN")
    await page.emulate_media(media="print")

    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
    await expect(page.locator(".bar")).to_be_hidden(timeout=WAIT)
    await expect(page.get_by_label("Code du logo")).to_be_hidden(timeout=WAIT)
