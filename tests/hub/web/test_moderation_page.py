"""The queue of moderators: one registration after the other, decided with one button."""

from collections.abc import AsyncIterator

import pytest
from hubs import Client
from visiting import Visitor, id_in, submit, visiting

from resolvers.access import Role


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT) as visitor:
        yield visitor


@pytest.fixture
async def moderator(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.MODERATOR) as visitor:
        yield visitor


async def waiting(anne: Visitor, *names: str) -> None:
    for name in names:
        await submit(anne, identite={"name": name})


async def test_it_is_for_moderators(anne: Visitor) -> None:
    page = await anne.open("/moderation")

    assert (page.status, page.heading) == (403, "Accès refusé")
    assert "Modération" not in page.root.named("header")[0].text
    answer = await anne.http.post("/moderation", data={"decision": "VALIDATE"})
    assert answer.status_code == 403


async def test_nothing_waits(moderator: Visitor) -> None:
    page = await moderator.open("/moderation")

    assert "Aucune demande n’attend." in page.text
    assert not page.root.named("article")


async def test_all_that_is_known_is_shown(anne: Visitor, moderator: Visitor) -> None:
    await waiting(anne, "Crèche des Lutins")
    page = await moderator.open("/moderation")

    assert "Une demande attend." in page.text
    for words in (
        "Crèche des Lutins",
        "directrice@lutins.example.org (non public)",
        "Rien ne manque",
        "Adresse électronique non confirmée.",
        "Demande envoyée",
        "ressemblance",
        "monenfant.fr",
    ):
        assert words in page.text, words
    keys = {e["accesskey"]: e for e in page.root.all if e.get("accesskey")}
    assert set(keys) == {"v", "r"}


async def test_the_next_one_is_shown_after_each_decision(anne: Visitor, moderator: Visitor) -> None:
    await waiting(anne, "Une", "Deux", "Trois")
    page = await moderator.open("/moderation")
    assert ("3 demandes attendent." in page.text, page.root.with_id("demande").text) == (True, "Une")

    page = await moderator.open(page.link("Passer à la suivante"))
    assert page.root.with_id("demande").text == "Deux"
    page = await moderator.send(page, "Valider")
    assert "Demande validée." in page.text
    assert page.root.with_id("demande").text == "Trois"
    page = await moderator.send(page, "Refuser", **{"reasons.DUPLICATE": "on"})
    assert "Demande refusée." in page.text
    assert "Il n’y en a pas d’autre après celles que vous avez passées." in page.text
    page = await moderator.open(page.link("Revenir à la première"))
    assert page.root.with_id("demande").text == "Une"


async def test_a_refusal_says_why(anne: Visitor, moderator: Visitor) -> None:
    await waiting(anne, "Une")
    page = await moderator.open("/moderation")
    page = await moderator.send(page, "Refuser", comment="pas assez clair")
    assert page.status == 422
    assert "Cochez au moins un motif." in page.described("reasons")
    assert page.value("comment") == "pas assez clair"

    page = await moderator.send(page, "Refuser", **{"reasons.OTHER": "on", "reasons.INCOMPLETE": "on", "comment": " "})
    assert page.described("comment") == "Dites quel autre motif."
    assert page.checked() == ["reasons.INCOMPLETE", "reasons.OTHER"]
    await moderator.send(page, "Refuser", comment="Le nom est celui d’une autre.")
    mine = await anne.open((await anne.open("/mon-inscription")).link("Une"))
    assert "Le nom est celui d’une autre." in mine.text
    assert "Une information manque ou n’est pas claire." in mine.text


async def test_a_decision_sent_twice_is_taken_once(anne: Visitor, moderator: Visitor) -> None:
    await waiting(anne, "Une", "Deux")
    page = await moderator.open("/moderation")
    first = await moderator.send(page, "Valider")
    second = await moderator.send(page, "Valider")

    assert first.root.with_id("demande").text == second.root.with_id("demande").text == "Deux"
    assert second.status == 200
    other = await moderator.send(page, "Refuser", **{"reasons.DUPLICATE": "on"})
    assert other.status == 409
    assert "La décision n’est pas prise" in other.text
    assert "L’état de cet enregistrement ne le permet pas." in other.text


async def test_what_was_changed_since_it_was_looked_at_is_not_decided(anne: Visitor, moderator: Visitor) -> None:
    mine = await submit(anne, identite={"name": "Une"})
    page = await moderator.open("/moderation")
    step = await anne.open(f"/inscription/{id_in(mine)}/identite")
    await anne.send(step, name="Une autre")
    await anne.send(await anne.open(f"/inscription/{id_in(mine)}/relecture"), "Envoyer ma demande")

    late = await moderator.send(page, "Valider")
    assert late.status == 409
    assert late.root.with_id("demande").text == "Une autre"
    assert "Version 2" in late.text
    assert "Demande validée." in (await moderator.send(late, "Valider")).text


async def test_what_is_no_decision_is_refused(anne: Visitor, moderator: Visitor) -> None:
    await waiting(anne, "Une")
    page = await moderator.open("/moderation")

    for changes in ({"decision": "MAYBE"}, {"reasons.NOTHING": "on", "decision": "REFUSE"}):
        assert (await moderator.send(page, "Valider", **changes)).status == 400
    gone = await moderator.send(page, "Valider", id="x", revision="²")
    assert gone.status == 409
    assert "Cet enregistrement n’existe pas." in gone.text
    assert (await moderator.open("/moderation?apres=x")).status == 400
