"""Is a displayed logo rightful? Asked by anybody, by the code beside it."""

import pytest
from hubs import Client
from visiting import Visitor, id_in, submit, visiting

from resolvers.access import Role


@pytest.fixture
async def anybody(client: Client):
    async with visiting(client) as visitor:
        yield visitor


async def code_of(client: Client, anne: Visitor) -> tuple[str, str]:
    """The id and the code of a registration that is validated."""
    id_ = id_in(await submit(anne))
    async with visiting(client, Role.MODERATOR) as moderator:
        await moderator.send(await moderator.open("/moderation"), "Valider")
    mine = await anne.open(f"/mon-inscription/{id_}")
    return id_, mine.link("Voir ce que dit le code de votre logo").rpartition("/")[2]


async def test_a_code_says_who_and_since_when_until_it_is_withdrawn(client: Client, anybody: Visitor) -> None:
    async with visiting(client, Role.REGISTRANT) as anne:
        id_, code = await code_of(client, anne)
        typed = code.replace("-", " ").lower()
        page = await anybody.send(await anybody.open("/verifier"), "Vérifier", code=f" {typed} ")

        assert (page.status, page.heading) == (200, "Ce logo est authentique")
        assert "Crèche des Lutins est inscrit" in page.text
        assert "Dijon" in page.text
        assert page.root.with_id("titre")
        [since] = page.root.named("time")
        assert since["datetime"].endswith("Z")

        asked = await anne.open(f"/mon-inscription/{id_}/retirer")
        await anne.send(asked, "Retirer l’inscription")
        page = await anybody.open(f"/verifier/{code}")
        assert (page.status, page.heading) == (200, "Ce logo ne peut plus être utilisé")
        assert "Lutins" not in page.text, "nothing is told of who has withdrawn"


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKMN", "<script>alert(1)</script>", "x" * 500, "\u202e..%2f\x00é", "?"])
async def test_a_code_that_nobody_was_given_is_unknown(anybody: Visitor, code: str) -> None:
    page = await anybody.send(await anybody.open("/verifier"), "Vérifier", code=code)

    assert (page.status, page.heading) == (404, "Ce code est inconnu")
    assert len(page.value("code")) <= 64


async def test_no_code_asks_again(anybody: Visitor) -> None:
    page = await anybody.send(await anybody.open("/verifier"), "Vérifier", code="  ")

    assert (page.status, page.heading) == (200, "Vérifier un logo")


async def test_the_pages_are_for_no_search_engine(anybody: Visitor) -> None:
    for path in ("/verifier", "/verifier/ABCD-EFGH-JKMN"):
        metas = {e.get("name"): e.get("content") for e in (await anybody.open(path)).root.named("meta")}
        assert metas["robots"] == "noindex"
