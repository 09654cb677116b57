"""Registering step by step: what is typed is kept, what is wrong is said beside its field, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hubs import Client
from visiting import STEPS, Visitor, begin, fill, id_in, submit, visiting

from resolvers.access import Role

REQUIRED = "Ce champ est obligatoire."


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT, name="Anne Dupont") as visitor:
        yield visitor


async def test_a_registration_is_filled_in_step_by_step_and_submitted(anne: Visitor) -> None:
    review = await fill(anne, await begin(anne))

    for words in ("Crèche des Lutins", "Douze places.", "PMI de la Côte-d’Or", "Eveiller aux arts", "3 rue des Lutins"):
        assert words in review.text
    assert "commune : Dijon" in review.text
    assert "directrice@lutins.example.org (non public)" in review.text
    assert "À compléter" not in review.text

    mine = await anne.send(review, "Envoyer ma demande")
    assert mine.path == f"/mon-inscription/{id_in(review)}"
    assert "Votre demande est envoyée." in mine.text
    assert "Envoyée, en attente d’un modérateur" in mine.text
    again = await anne.open(f"/inscription/{id_in(review)}/relecture")
    assert "Cette demande est envoyée : elle attend un modérateur." in again.text


async def test_each_step_says_what_is_missing_beside_its_fields(anne: Visitor) -> None:
    first = await anne.send(await begin(anne))

    assert first.status == 422
    assert first.title.startswith("Erreur : ")
    assert first.errors() == {"kind": REQUIRED, "name": REQUIRED, "category": REQUIRED}
    for field in first.errors():
        assert REQUIRED in first.described(field)
    assert first.root.with_id("name")["aria-invalid"] == "true"

    async def wrong(step: str, **changes: Any) -> dict[str, str]:
        page = await anne.open(first.path.replace("identite", step))
        assert page.errors() == {}, "nobody is blamed before they have begun"
        page = await anne.send(page, **changes)
        for field in page.errors():
            assert page.errors()[field] in page.described(field), field
        return page.errors()

    assert list(await wrong("situations")) == ["inPeriod", "situations"]
    assert list(await wrong("priorites")) == ["priorities"]
    assert await wrong("contact") == {
        "contact.email.value": REQUIRED,
        "consent": "Acceptez le texte sur vos données (version 2026-11).",
    }
    page = await anne.send(await anne.open(first.path.replace("identite", "lieux")))
    assert page.errors() == {"places": REQUIRED}


async def test_the_review_leads_to_what_is_missing(anne: Visitor) -> None:
    first = await begin(anne)
    review = await anne.open(first.path.replace("identite", "relecture"))

    assert "Il reste à compléter" in review.text
    assert "Envoyer ma demande" not in review.text
    assert set(review.errors()) >= {"kind", "name", "category", "inPeriod", "situations", "priorities", "consent"}
    mended = await anne.open(review.link("Nom affiché"))
    assert mended.status == 200
    assert mended.errors()["name"] == REQUIRED


async def test_what_is_wrong_is_kept_as_it_was_typed(anne: Visitor) -> None:
    first = await begin(anne)
    page = await anne.send(first, kind="ESTABLISHMENT", name="Lutins", category="PMI/CENTRE_PMI", siret="12", rpps="1")

    assert list(page.errors()) == ["siret", "rpps"]
    assert "Ce n’est pas un numéro SIRET" in page.described("siret")
    assert "14 chiffres" in page.described("siret"), "the hint stays"
    assert (page.value("siret"), page.value("name"), page.value("category")) == ("12", "Lutins", "PMI/CENTRE_PMI")
    later = await anne.open(first.path)
    assert later.value("siret") == "12"
    mine = await anne.send(later, "Enregistrer et finir plus tard", siret="123")
    assert mine.path == f"/mon-inscription/{id_in(first)}"
    assert (await anne.open(first.path)).value("siret") == "123"
    assert "Lutins" in (await anne.open("/inscription")).text


@pytest.mark.parametrize("name", ["x" * 201, "a\x07b"])
async def test_what_cannot_be_kept_stays_on_the_page(anne: Visitor, name: str) -> None:
    first = await begin(anne)
    page = await anne.send(first, name=name, description="une description")

    assert page.status == 422
    assert list(page.errors()) == ["name"]
    assert page.value("name") == name
    assert page.value("description") == "une description"
    assert (await anne.open(first.path)).value("name") == ""


async def test_a_situation_is_said_with_who_grants_it(anne: Visitor) -> None:
    first = await begin(anne)
    address = first.path.replace("identite", "situations")
    typed = {"inPeriod": "no", "situations.CONVENTIONNE.institution": "la CPAM"}
    page = await anne.send(await anne.open(address), **typed)

    assert list(page.errors()) == ["inPeriod", "situations"]
    assert page.value("situations.CONVENTIONNE.institution") == "la CPAM", "what is typed without the box is not lost"

    page = await anne.send(page, **{"inPeriod": "yes", "situations.FINANCE.holds": "on"})
    assert page.errors() == {
        "situations.FINANCE.institution": (
            "Indiquez quel service de l’Etat, de la Sécurité sociale ou d’une collectivité accorde sa confiance."
        )
    }
    assert page.checked() == ["inPeriod=yes", "situations.FINANCE.holds"]
    page = await anne.send(page, **{"situations.FINANCE.institution": "la Caf"})
    assert page.path.endswith("/priorites")
    assert (await anne.open(address)).value("situations.FINANCE.institution") == "la Caf"


async def test_a_form_sent_twice_does_it_once(anne: Visitor, client: Client) -> None:
    start = await anne.open("/inscription")
    first, second = await asyncio.gather(anne.send(start, "Commencer"), anne.send(start, "Commencer"))
    assert id_in(first) == id_in(second)

    review = await fill(anne, first)
    one, other = await asyncio.gather(anne.send(review, "Envoyer ma demande"), anne.send(review, "Envoyer ma demande"))
    assert one.status == other.status == 200
    data = (await anne.http.get("/mon-inscription/mes-donnees.json")).json()
    (registration,) = data["registrations"]
    assert [event["what"] for event in registration["events"]] == ["CREATED", "SUBMITTED"]


async def test_a_form_that_was_changed_after_going_back_is_kept(anne: Visitor) -> None:
    page = await begin(anne)
    await anne.send(page, name="Les Lutins")
    await anne.send(page, name="Les Farfadets")

    assert (await anne.open(page.path)).value("name") == "Les Farfadets"


async def test_what_is_validated_stays_shown_while_a_new_version_is_written(client: Client, anne: Visitor) -> None:
    mine = await submit(anne)
    async with visiting(client, Role.MODERATOR) as moderator:
        await moderator.send(await moderator.open("/moderation"), "Valider")
    step = await anne.open(f"/inscription/{id_in(mine)}/identite")
    assert "Ce qui est validé reste affiché" in step.text

    unchanged = await anne.send(step)
    assert unchanged.path.endswith("/situations")
    assert "Validée" in (await anne.open(mine.path)).text, "to look through the steps changes nothing"

    await anne.send(step, name="Crèche des Farfadets")
    page = await anne.open(mine.path)
    assert "Brouillon" in page.text
    assert "La version validée auparavant reste affichée." in page.text
    found = await client.ask('{ structures(filter: { text: "Lutins", registered: true }) { nodes { name } } }')
    assert "Crèche des Lutins" in [node["name"] for node in found["structures"]["nodes"]]


async def test_the_first_page_tells_anybody_what_it_is_about(client: Client) -> None:
    async with visiting(client) as anybody:
        page = await anybody.open("/inscription")
        assert "Vous êtes professionnel des 1000 premiers jours ? Faites-le savoir !" in page.heading
        assert page.link("Se connecter pour commencer") == "/login?next=/inscription"
        for path in ("/inscription/x/identite", "/inscription/x/relecture", "/mon-inscription", "/moderation"):
            login = await anybody.open(path)
            assert (login.path, login.heading) == ("/login", "Connexion")
            assert path in {e.get("value") for e in login.root.named("input")}


async def test_nobody_sees_what_is_somebody_elses(client: Client, anne: Visitor) -> None:
    mine = await submit(anne)
    async with visiting(client, Role.REGISTRANT, name="Bruno") as bruno:
        for path in (
            "inscription/{}/identite",
            "inscription/{}/relecture",
            "mon-inscription/{}",
            "mon-inscription/{}/retirer",
        ):
            page = await bruno.open("/" + path.format(id_in(mine)))
            assert (page.status, page.heading) == (404, "Page introuvable")
            assert "Lutins" not in page.response.text
    assert (await anne.open(f"/inscription/{id_in(mine)}/nothing")).status == 404


async def test_what_is_withdrawn_is_not_filled_in_again(anne: Visitor) -> None:
    mine = await submit(anne)
    open_still = await anne.open(f"/inscription/{id_in(mine)}/identite")
    await anne.send(await anne.open(f"{mine.path}/retirer"), "Retirer l’inscription", reason="fermeture")

    for step in ("identite", "relecture"):
        assert (await anne.open(f"/inscription/{id_in(mine)}/{step}")).path == mine.path
    late = await anne.send(open_still, name="Crèche des Farfadets")
    assert late.status == 422
    assert late.errors() == {"": "L’état de cet enregistrement ne le permet pas."}
    assert late.value("name") == "Crèche des Farfadets"
    page = await anne.open(mine.path)
    assert "Rien n’en est plus montré" in page.text
    assert "fermeture" in page.text


@pytest.mark.parametrize(
    "fields",
    [{"category": "NOTHING"}, {"kind": "<script>"}, {"category": "PMI/CRECHE/X"}, {"kind.x": "1", "name.y.z": "2"}],
)
async def test_what_no_form_of_ours_sends_harms_nothing(anne: Visitor, fields: dict[str, str]) -> None:
    first = await begin(anne)
    page = await anne.send(first, name=None, kind=fields.pop("kind", None), **fields)

    assert page.status in {400, 422}
    assert (await anne.open(first.path)).value("category") == ""
    assert len(STEPS) == 6
