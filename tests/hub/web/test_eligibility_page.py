"""May I register? Asked without an account, answered criterion by criterion."""

import pytest
from hubs import Client
from visiting import Visitor, visiting

from resolvers.access import Role


@pytest.fixture
async def anybody(client: Client):
    async with visiting(client) as visitor:
        yield visitor


async def test_the_official_texts_are_asked(anybody: Visitor) -> None:
    page = await anybody.open("/eligibilite")

    assert "Etre financé par l’Etat, la Sécurité sociale ou une collectivité territoriale, y compris" in page.text
    assert "10. Pères & seconds parents" in page.text
    assert "Centres de PMI" in [e["label"] for e in page.root.named("optgroup")]
    assert page.checked() == []
    assert "resultat" not in {e.get("id") for e in page.root.all}


async def test_what_is_missing_is_told_in_the_official_words(anybody: Visitor) -> None:
    page = await anybody.send(await anybody.open("/eligibilite"), "Voir le résultat")

    assert page.status == 200
    assert page.title.startswith("Il manque quelque chose")
    assert "Pas encore" in page.root.with_id("resultat").text
    assert "il est demandé de préciser au moins une priorité 1000 premiers jours" in page.text
    assert page.text.count("Non. Vous n’avez pas indiqué être dans cette situation.") == 4
    assert "S’inscrire avec ces réponses" not in page.text


async def test_who_is_eligible_is_led_on_with_the_answers(anybody: Visitor, client: Client) -> None:
    page = await anybody.open("/eligibilite")
    answers = {
        "inPeriod": "yes",
        "situations.CONVENTIONNE": "on",
        "priorities.EVEILLER": "on",
        "category": "MODE_ACCUEIL/CRECHE",
    }
    page = await anybody.send(page, "Voir le résultat", **answers)

    assert page.title.startswith("Vous pouvez vous inscrire")
    assert "Oui. Vous avez indiqué être dans cette situation" in page.text
    assert "Par nature, vous contribuez à 8. Accueillir les enfants et leurs parents" in page.text
    assert "Vous pouvez également concourir à 4." in page.text
    assert page.checked() == ["inPeriod=yes", "situations.CONVENTIONNE", "priorities.EVEILLER"]
    assert page.value("category") == "MODE_ACCUEIL/CRECHE"

    on = page.link("S’inscrire avec ces réponses")
    start = await anybody.open(on)
    login = start.link("Se connecter pour commencer")
    async with visiting(client, Role.REGISTRANT) as anne:
        first = await anne.send(await anne.open(on), "Commencer")
        assert first.value("category") == "MODE_ACCUEIL/CRECHE"
        situations = await anne.open(first.path.replace("identite", "situations"))
        assert situations.checked() == ["inPeriod=yes", "situations.CONVENTIONNE.holds"]
        priorities = await anne.open(first.path.replace("identite", "priorites"))
        assert priorities.checked() == ["priorities.EVEILLER"]
        assert "Par nature, votre structure (Crèche) contribue déjà à" in priorities.text
    page = await anybody.open(login)
    back = page.root.named("main")[0].named("input")
    assert on in {e.get("value") for e in back}, "they come back with their answers"


async def test_what_nobody_can_answer_is_told_so(anybody: Visitor) -> None:
    for query in ("situations.NOTHING=on", "category=NOTHING", "category=PMI/CRECHE", "priorities.X=on"):
        page = await anybody.open(f"/eligibilite?resultat=1&{query}")

        assert (page.status, page.heading) == (400, "Demande incomprise")
