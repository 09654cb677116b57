"""From registration to logo to map in a real browser: with JavaScript and axe-core's rules, and without it."""

import zipfile
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import zxingcpp
from hubs import key_of
from playwright.async_api import Page, expect
from test_admin_browser import needs_axe
from test_graphiql_browser import WAIT
from visiting import GO_ON
from world import World, follow, nothing_is_wrong, press, wrong

from resolvers.access import Role

PLACES = """query { structures(filter: { priorities: [ACCUEILLIR], registered: true, place: { commune: "21231" } }) {
  nodes { name priorities { priority { code } basis } actions { nodes { title } } } } }"""

Check = Callable[[Page], Awaitable[None]]


async def kit_of(page: Page, folder: Path) -> zipfile.ZipFile:
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Télécharger le kit").click()
    file = folder / "kit.zip"
    await (await started.value).save_as(file)
    return zipfile.ZipFile(file)


def code_in(png: bytes) -> str:
    """What the QR code of a picture says; one of black and white, as ours is."""
    chunks, position = {}, 8
    while position < len(png):
        length = int.from_bytes(png[position : position + 4])
        chunks[png[position + 4 : position + 8]] = png[position + 8 : position + 8 + length]
        position += 12 + length
    width, height = (int.from_bytes(chunks[b"IHDR"][i : i + 4]) for i in (0, 4))
    assert chunks[b"IHDR"][8:10] == b"\x01\x00", "one bit of grey"
    lines, size = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    pixels, above = bytearray(), bytes(size - 1)
    for row in range(height):
        filter_, *line = lines[row * size : (row + 1) * size]
        assert filter_ in {0, 2}, "as it stands, or what differs from the line above"
        above = bytes((a + b) % 256 for a, b in zip(line, above, strict=True)) if filter_ else bytes(line)
        pixels += bytes(255 if above[x // 8] >> (7 - x % 8) & 1 else 0 for x in range(width))
    [found] = zxingcpp.read_barcodes(memoryview(bytes(pixels)).cast("B", (height, width)))
    return found.text


async def register(page: Page, world: World, address: str, check: Check) -> None:
    """A crèche checks whether it may, logs in by mail, and registers."""
    await page.goto(f"{world.url}/")
    await check(page)
    await follow(page, "Vérifier si vous remplissez les conditions")
    await check(page)
    await press(page, "Voir le résultat")
    await check(page)
    await page.get_by_label("Oui").check()
    await page.get_by_role("checkbox", name="Etre autorisé ou agréé").check()
    await page.get_by_role("checkbox", name="6. Eveiller").check()
    await page.get_by_label("Catégorie").select_option(label="Crèche")
    await press(page, "Voir le résultat")
    await expect(page.get_by_role("heading", name="Oui : vous remplissez les conditions")).to_be_visible(timeout=WAIT)
    await check(page)
    await follow(page, "S’inscrire avec ces réponses")
    await check(page)
    await follow(page, "Se connecter pour commencer")
    await check(page)
    await page.get_by_label("Adresse électronique").fill(address)
    await press(page, "Recevoir un lien")
    await check(page)
    await page.goto(await world.box.link(address))
    await check(page)
    await press(page, "Se connecter")
    await press(page, "Commencer")
    await fill_in(page, address, check)


async def fill_in(page: Page, address: str, check: Check) -> None:
    """The steps, each with a mistake first."""
    await page.get_by_label("Un établissement, un service").check()
    await press(page, GO_ON)
    await wrong(page, "Nom affiché")
    await check(page)
    await page.get_by_label("Nom affiché").fill("Crèche des Lutins")
    await page.get_by_label("Numéro SIRET").fill("732 829 320 00074")
    await press(page, GO_ON)
    await check(page)

    institution = page.get_by_role("group", name="Etre autorisé").get_by_label("Service, caisse ou collectivité")
    await press(page, GO_ON)
    await wrong(page, "Service, caisse ou collectivité qui vous accorde sa confiance")
    await check(page)
    await institution.fill("PMI de la Côte-d’Or")
    await press(page, GO_ON)

    await expect(page.get_by_text("Par nature, votre structure (Crèche) contribue déjà à")).to_be_visible(timeout=WAIT)
    await check(page)
    await press(page, GO_ON)

    await press(page, "Ajouter une action")
    await check(page)
    await page.get_by_label("Titre").fill("Tapis d’éveil sonore")
    await page.get_by_label("Niveau du territoire de l’action").select_option(label="Commune")
    await page.get_by_label("Nom du territoire de l’action").fill("Saint-Denis")
    await page.get_by_role("textbox", name="Moments clefs").fill("reprise du travail\nallaitement")
    await press(page, GO_ON)
    await wrong(page, "Action 1, priorités que sert cette action", "Action 1, nom du territoire de l’action")
    await check(page)
    await page.get_by_label("4. Permettre aux parents de partager").check()
    await page.get_by_label("Saint-Denis (93)").check()
    await press(page, GO_ON)

    await check(page)
    await page.get_by_label("Numéro et voie").fill("3 rue des Lutins")
    await page.get_by_label("Code postal").fill("21500")
    await press(page, GO_ON)
    await wrong(page, "Adresse 1, code postal")
    await check(page)
    await page.get_by_label("Code postal").fill("21000")
    await press(page, GO_ON)

    await check(page)
    await press(page, GO_ON)
    await wrong(page, "Adresse électronique", "Consentement")
    await check(page)
    await page.get_by_label("Adresse électronique", exact=True).fill(address)
    await page.get_by_label("J’accepte que les informations").check()
    await press(page, GO_ON)

    await expect(page.get_by_role("heading", name="Déjà connu d’un annuaire ?")).to_be_visible(timeout=WAIT)
    await expect(page.get_by_role("button", name="C’est moi").first).to_be_visible(timeout=WAIT)
    await check(page)
    await press(page, "Envoyer ma demande")
    await expect(page.get_by_text("Votre demande est envoyée.")).to_be_visible(timeout=WAIT)
    await check(page)


async def story(world: World, folder: Path, check: Check, *, scripts: bool) -> None:
    """The whole of it, from the first question to the withdrawal."""
    anne, marc, anybody = [await world.page(scripts=scripts) for _ in range(3)]
    address = "directrice@lutins.example.org"
    await register(anne, world, address, check)
    mine = anne.url.partition("?")[0]

    await anne.goto(await world.box.link(address))
    await check(anne)
    await press(anne, "Confirmer mon adresse")
    await check(anne)

    await marc.goto(f"{world.url}/moderation")
    await marc.get_by_label("Clé d’accès").fill(
        (await key_of(world.client.hub, Role.MODERATOR)).removeprefix("Bearer ")
    )
    await press(marc, "Se connecter")
    await check(marc)
    await press(marc, "Refuser")
    await check(marc)
    await press(marc, "Valider")
    await expect(marc.get_by_text("Aucune demande n’attend.")).to_be_visible(timeout=WAIT)
    await check(marc)

    assert await world.box.link(address) == f"{world.url}/kit/{mine.rpartition('/')[2]}"
    await anne.goto(mine)
    await check(anne)
    kit = await kit_of(anne, folder)
    link = code_in(kit.read("code-qr.png"))
    assert link in kit.read("attestation.html").decode()
    await anybody.goto(link)
    await expect(anybody.get_by_role("heading", level=1)).to_have_text("Ce logo est authentique", timeout=WAIT)
    await expect(anybody.locator("main")).to_contain_text("Crèche des Lutins", timeout=WAIT)
    await check(anybody)

    shown = {node["name"]: node for node in (await world.client.ask(PLACES))["structures"]["nodes"]}
    bases = {(p["priority"]["code"], p["basis"]) for p in shown["Crèche des Lutins"]["priorities"]}
    assert bases >= {("ACCUEILLIR", "BY_NATURE"), ("EVEILLER", "DECLARED"), ("PARTAGER_ET_SOUFFLER", "BY_ACTION")}
    assert [a["title"] for a in shown["Crèche des Lutins"]["actions"]["nodes"]] == ["Tapis d’éveil sonore"]

    await follow(anne, "Retirer l’inscription")
    await check(anne)
    await anne.get_by_label("Pourquoi").fill("Nous fermons.")
    await press(anne, "Retirer l’inscription")
    await expect(anne.get_by_text("Votre inscription est retirée")).to_be_visible(timeout=WAIT)
    await check(anne)
    await anybody.goto(link)
    await expect(anybody.get_by_role("heading", level=1)).to_have_text(
        "Ce logo ne peut plus être utilisé", timeout=WAIT
    )
    await check(anybody)
    shown = {node["name"]: node for node in (await world.client.ask(PLACES))["structures"]["nodes"]}
    assert "Crèche des Lutins" not in shown


async def not_looked_at(_: Page) -> None:
    """Without JavaScript axe-core cannot run."""


@pytest.mark.long
@needs_axe
async def test_a_creche_registers_is_validated_and_withdraws(world: World, tmp_path: Path) -> None:
    await story(world, tmp_path, nothing_is_wrong, scripts=True)


@pytest.mark.long
async def test_a_creche_registers_is_validated_and_withdraws_without_javascript(world: World, tmp_path: Path) -> None:
    await story(world, tmp_path, not_looked_at, scripts=False)
