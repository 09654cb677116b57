"""Before it is submitted: the entries of other directories that may be the same, and « c’est moi »."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from html_pages import Page
from hubs import Client, in_process
from visiting import Visitor, begin, fill, id_in, visiting

from connectors.sandbox.faults import Fault
from resolvers.access import Role


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT) as visitor:
        yield visitor


async def likeliest(client: Client) -> dict:
    """A crèche of the sandbox in Dijon."""
    asked = '{ structures(filter: { place: { commune: "21231" }, subcategories: [CRECHE] }, first: 1) { nodes { id name address { street } } } }'
    (found,) = (await client.ask(asked))["structures"]["nodes"]
    return found


async def filled(client: Client, anne: Visitor) -> tuple[dict, Page]:
    entry = await likeliest(client)
    lieux = {"places.0.street": entry["address"]["street"]}
    page = await fill(anne, await begin(anne), identite={"name": entry["name"], "siret": ""}, lieux=lieux)
    return entry, page


async def test_an_entry_of_a_directory_can_be_ones_own(client: Client, anne: Visitor) -> None:
    entry, page = await filled(client, anne)
    assert entry["name"] in page.root.with_id("doublons").text + page.text

    page = await anne.send(page, "C’est moi", near=entry["name"])
    assert page.path.endswith("/relecture")
    assert "Vous avez dit que c’est vous." in page.text
    kept = (await anne.http.get("/mon-inscription/mes-donnees.json")).json()["registrations"][0]["form"]
    assert kept["places"][0]["same_as"] == [entry["id"]]
    assert "same_as" not in kept

    page = await anne.send(page, "Ce n’est pas moi", near=entry["name"])
    assert "Vous avez dit que c’est vous." not in page.text

    page = await anne.send(page, "C’est moi", near=entry["name"])
    mine = await anne.send(page, "Envoyer ma demande")
    async with visiting(client, Role.MODERATOR) as moderator:
        page = await moderator.open("/moderation")
        assert "déclarée comme la sienne" in page.text
        await moderator.send(page, "Valider")
    one = await client.ask(
        "query ($id: ID!) { structure(id: $id) { records { source { id } } registration { validatedOn } } }",
        id=entry["id"],
    )
    assert {r["source"]["id"] for r in one["structure"]["records"]} >= {"registry", "monenfant"}
    assert one["structure"]["registration"]
    assert id_in(mine)


async def test_what_is_no_entry_keeps_it_from_being_submitted(client: Client, anne: Visitor) -> None:
    _, page = await filled(client, anne)
    form, _ = page.form("C’est moi")
    page = await anne.send(page, "C’est moi", entry="monenfant--nobody", commune="")
    assert form.get("action").endswith("/c-est-moi")
    assert "Fiche monenfant--nobody" in page.text

    page = await anne.send(page, "Envoyer ma demande")
    assert page.status == 422
    assert page.title.startswith("Erreur : ")
    assert page.errors() == {"doublons": "Cette fiche n’existe dans aucun annuaire."}
    page = await anne.send(page, "Ce n’est pas moi", near="monenfant--nobody")
    assert (await anne.send(page, "Envoyer ma demande")).path.startswith("/mon-inscription/")


async def test_what_cannot_be_kept_is_told(client: Client, anne: Visitor) -> None:
    _, page = await filled(client, anne)
    page = await anne.send(page, "C’est moi", entry="monenfant--" + "x" * 300)

    assert page.status == 422
    assert "a plus de 200 caractères" in page.text


async def test_nothing_like_it_is_told_so(anne: Visitor) -> None:
    page = await anne.open((await begin(anne)).path.replace("identite", "relecture"))

    assert "Aucune fiche des autres annuaires ne vous ressemble." in page.text


async def test_a_registration_goes_on_while_directories_fail(tmp_path: Path) -> None:
    async with in_process(tmp_path) as client, visiting(client, Role.REGISTRANT) as anne:
        client.sandbox.data_inclusion.faults.now = Fault(status=503)
        client.sandbox.annuaire_sante.faults.now = Fault(status=503)
        page = await fill(anne, await begin(anne))

        assert "Votre demande est envoyée." in (await anne.send(page, "Envoyer ma demande")).text
        async with visiting(client, Role.MODERATOR) as moderator:
            page = await moderator.send(await moderator.open("/moderation"), "Valider")
            assert "Demande validée." in page.text
