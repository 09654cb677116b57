"""What becomes of one's registration: its history, the kit, withdrawing, erasing, one's data."""

import zipfile
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from hubs import Client
from visiting import Visitor, begin, id_in, submit, visiting

from resolvers.access import Role


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT) as visitor:
        yield visitor


@pytest.fixture
async def moderator(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.MODERATOR, name="Marc") as visitor:
        yield visitor


async def test_who_has_none_is_led_to_register(anne: Visitor) -> None:
    page = await anne.open("/mon-inscription")

    assert "Vous n’avez pas encore d’inscription." in page.text
    assert page.link("S’inscrire") == "/inscription"


async def test_the_history_is_told_in_french(anne: Visitor, moderator: Visitor) -> None:
    mine = await submit(anne)
    asked = await moderator.open("/moderation")
    await moderator.send(
        asked, "Refuser", **{"reasons.NO_PROOF_OF_TRUST": "on", "comment": "Joignez l’arrêté de la PMI."}
    )
    page = await anne.open(mine.path)

    assert "Refusée" in page.text
    assert "Demande refusée , par la modération (version 1)" in page.text
    assert "dites par quel acte" in page.text
    assert "Joignez l’arrêté de la PMI." in page.text
    assert "Marc" not in page.text
    assert [t["datetime"][-1] for t in page.root.with_id("contenu").named("time")] == ["Z"] * 3
    again = await anne.send(await anne.open(f"/inscription/{id_in(mine)}/relecture"), "Envoyer ma demande")
    assert "Envoyée, en attente d’un modérateur" in again.text


async def test_the_kit_is_there_once_it_is_validated(anne: Visitor, moderator: Visitor) -> None:
    mine = await submit(anne)
    assert "Télécharger le kit" not in mine.text
    await moderator.send(await moderator.open("/moderation"), "Valider")
    page = await anne.open(mine.path)
    kit = await anne.http.get(page.link("Télécharger le kit"))

    assert kit.headers["content-type"] == "application/zip"
    assert "attestation.html" in zipfile.ZipFile(BytesIO(kit.content)).namelist()


async def test_several_are_listed(anne: Visitor) -> None:
    await submit(anne)
    for _ in range(51):
        await begin(anne)
    page = await anne.open("/mon-inscription")

    assert page.text.count("Brouillon sans nom") == 49
    assert "Crèche des Lutins" in page.text
    assert (await anne.open(page.link("Les suivantes"))).text.count("Brouillon sans nom") == 2
    assert (await anne.open("/mon-inscription?apres=x")).status == 400


async def test_all_that_is_kept_can_be_downloaded(anne: Visitor) -> None:
    await submit(anne)
    answer = await anne.http.get("/mon-inscription/mes-donnees.json")

    assert answer.headers["content-disposition"] == 'attachment; filename="mes-donnees.json"'
    assert answer.headers["cache-control"] == "no-store"
    (registration,) = answer.json()["registrations"]
    assert registration["contact"]["email"]["value"] == "directrice@lutins.example.org"


async def test_it_is_withdrawn_once_it_is_confirmed(anne: Visitor) -> None:
    mine = await submit(anne)
    asked = await anne.open(mine.link("Retirer l’inscription"))
    assert asked.link("Annuler") == mine.path
    long = await anne.send(asked, "Retirer l’inscription", reason="x" * 4_001)
    assert long.status == 422
    assert "4000 caractères" in long.described("reason")
    assert long.value("reason") == "x" * 4_001

    done = await anne.send(asked, "Retirer l’inscription", reason="Nous fermons.")
    assert "Votre inscription est retirée" in done.text
    assert "Nous fermons." in done.text
    again = await anne.send(asked, "Retirer l’inscription")
    assert (again.status, again.path) == (200, mine.path)
    assert (await anne.open(asked.path)).path == mine.path


async def test_it_is_erased_once_it_is_confirmed_twice(anne: Visitor) -> None:
    mine = await submit(anne)
    asked = await anne.open(mine.link("Demander l’effacement"))
    unsure = await anne.send(asked, "Effacer pour de bon")
    assert unsure.status == 422
    assert "Cochez cette case" in unsure.described("sure")
    assert "Crèche des Lutins" in (await anne.open("/mon-inscription")).text

    done = await anne.send(unsure, "Effacer pour de bon", sure="on")
    assert (done.path, done.status) == ("/mon-inscription", 200)
    assert "Votre inscription est effacée" in done.text
    assert (await anne.open(mine.path)).status == 404
    again = await anne.send(asked, "Effacer pour de bon", sure="on")
    assert (again.path, again.status) == ("/mon-inscription", 200)


async def test_another_link_that_confirms_the_address_can_be_had(anne: Visitor) -> None:
    mine = await submit(anne)
    assert "pas encore confirmée" in mine.text
    page = await anne.send(mine, "Recevoir un autre lien")

    assert "Un lien de confirmation est parti" in page.text
    for _ in range(3):
        page = await anne.send(page, "Recevoir un autre lien")
    assert "Trop de liens" in page.text
