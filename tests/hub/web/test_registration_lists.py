"""Actions and places: added and removed without JavaScript, and found by what people know of them."""

from collections.abc import AsyncIterator

import pytest
from html_pages import Page
from hubs import Client
from visiting import Visitor, begin, visiting

from resolvers.access import Role


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT) as visitor:
        yield visitor


@pytest.fixture
async def places(anne: Visitor) -> Page:
    first = await begin(anne)
    return await anne.open(first.path.replace("identite", "lieux"))


@pytest.fixture
async def actions(anne: Visitor) -> Page:
    first = await begin(anne)
    return await anne.open(first.path.replace("identite", "actions"))


def legends(page: Page) -> list[str]:
    return [e.text for e in page.root.named("legend") if e.text.startswith(("Action ", "Adresse "))]


async def test_actions_are_added_and_removed(anne: Visitor, actions: Page) -> None:
    assert legends(actions) == []
    page = await anne.send(actions, "Ajouter une action")
    assert legends(page) == ["Action 1"]
    page = await anne.send(
        page, "Ajouter une autre action", **{"actions.0.title": "Une", "actions.0.priorities.FORMER": "on"}
    )
    assert legends(page) == ["Action 1", "Action 2"]
    page = await anne.send(page, "Ajouter une autre action", **{"actions.1.title": "Deux", "actions.1.itinerant": "on"})
    assert legends(page) == ["Action 1", "Action 2", "Action 3"]

    page = await anne.send(page, "Retirer l’action 1", **{"actions.1.audiences": "parents\r\n\r\n enfants "})
    assert legends(page) == ["Action 1"]
    assert page.value("actions.0.title") == "Deux"
    assert page.value("actions.0.audiences") == "parents\nenfants"
    assert page.checked() == ["actions.0.itinerant"]
    page = await anne.send(page)
    assert page.errors() == {"actions.0.priorities": "Indiquez au moins une priorité."}
    page = await anne.send(page, **{"actions.0.priorities.EVEILLER": "on"})
    assert page.path.endswith("/lieux")


async def test_an_action_that_was_added_and_left_empty_is_none(anne: Visitor, actions: Page) -> None:
    page = await anne.send(await anne.send(actions, "Ajouter une action"))

    assert page.path.endswith("/lieux")
    assert legends(await anne.open(actions.path)) == []


async def test_the_enter_key_goes_on_and_removes_nothing(anne: Visitor, actions: Page) -> None:
    page = await anne.send(actions, "Ajouter une action")
    form, _ = page.form("Enregistrer et continuer")
    first = form.named("button")[0]

    assert first.text == "Enregistrer et continuer"
    assert "name" not in first.attributes


async def test_a_territory_is_found_by_its_name(anne: Visitor, actions: Page) -> None:
    page = await anne.send(actions, "Ajouter une action")
    typed = {"actions.0.title": "Une", "actions.0.priorities.FORMER": "on"}
    area = "actions.0.area"
    page = await anne.send(page, **typed, **{f"{area}.kind": "COMMUNE", f"{area}.name": "saint denis"})
    assert list(page.errors()) == [f"{area}.name"]
    assert "Plusieurs territoires portent ce nom" in page.described(f"{area}.name")
    assert "Saint-Denis (93)" in page.text

    page = await anne.send(page, **{f"{area}.code": "93066"})
    assert page.path.endswith("/lieux")
    page = await anne.open(actions.path)
    assert page.value(f"{area}.name") == "Saint-Denis"
    assert "Lequel de ces territoires" not in page.text

    for kind, name, known in (
        ("DEPARTEMENT", "côte d'or", "Côte-d'Or"),
        ("REGION", "27", "Bourgogne-Franche-Comté"),
        ("INTERCOMMUNALITE", "CoVe", "CoVe"),
    ):
        page = await anne.send(await anne.open(actions.path), **{f"{area}.kind": kind, f"{area}.name": name})
        assert page.path.endswith("/lieux"), page.errors()
        area_kept = (await anne.http.get("/mon-inscription/mes-donnees.json")).json()["registrations"][0]["form"]
        assert area_kept["actions"][0]["area"]["name"] == known


@pytest.mark.parametrize("name", ["Nulle-Part-sur-Rien", "…", "x" * 200])
async def test_a_territory_that_is_none_is_told_so(anne: Visitor, actions: Page, name: str) -> None:
    page = await anne.send(actions, "Ajouter une action")
    area = "actions.0.area"
    page = await anne.send(page, **{"actions.0.title": "Une", f"{area}.kind": "COMMUNE", f"{area}.name": name})

    assert page.errors()[f"{area}.name"] == "Aucun territoire de ce niveau ne porte ce nom : vérifiez-le."
    assert page.value(f"{area}.name") == name
    page = await anne.send(page, **{f"{area}.name": ""})
    assert page.errors()[f"{area}.name"] == "Ce champ est obligatoire."


async def test_a_place_is_found_by_its_postal_code(anne: Visitor, places: Page) -> None:
    assert legends(places) == ["Adresse 1"]
    page = await anne.send(places, **{"places.0.street": "1 rue A", "places.0.postalCode": "21000"})
    assert page.path.endswith("/contact")
    page = await anne.open(places.path)
    assert "Commune trouvée : Dijon (21231)" in page.text

    page = await anne.send(page, **{"places.0.postalCode": "75011"})
    page = await anne.open(places.path)
    assert "Commune trouvée : Paris 11e Arrondissement (75111)" in page.text


async def test_of_several_communes_one_is_chosen(anne: Visitor, places: Page) -> None:
    page = await anne.send(places, **{"places.0.postalCode": "21500"})
    assert page.errors() == {
        "places.0.postalCode": "Plusieurs communes ont ce code postal : choisissez la vôtre ci-dessous."
    }
    assert "Montbard" in page.text

    chosen = await anne.send(page, **{"places.0.commune": "21425"})
    assert chosen.path.endswith("/contact")
    assert "Commune trouvée : Montbard (21425)" in (await anne.open(places.path)).text
    named = await anne.send(page, **{"places.0.city": "Buffon"})
    assert named.path.endswith("/contact")
    assert "Commune trouvée : Buffon (21114)" in (await anne.open(places.path)).text


@pytest.mark.parametrize(("code", "said"), [("99999", "Aucune commune n’a ce code postal"), ("", "obligatoire")])
async def test_a_place_that_is_nowhere_is_told_so(anne: Visitor, places: Page, code: str, said: str) -> None:
    page = await anne.send(places, **{"places.0.street": "1 rue A", "places.0.postalCode": code})

    assert list(page.errors()) == ["places.0.postalCode"]
    assert said in page.errors()["places.0.postalCode"]
    assert page.value("places.0.street") == "1 rue A"


async def test_places_are_added_and_removed(anne: Visitor, places: Page) -> None:
    page = await anne.send(places, "Ajouter une autre adresse", **{"places.0.postalCode": "21000"})
    assert legends(page) == ["Adresse 1", "Adresse 2"]
    page = await anne.send(page, **{"places.1.postalCode": "25000", "places.1.city": "Besançon"})
    page = await anne.send(await anne.open(places.path), "Retirer l’adresse 1")

    assert legends(page) == ["Adresse 1"]
    assert "Commune trouvée : Besançon (25056)" in page.text


async def test_a_point_that_the_api_was_given_goes_when_the_place_does(
    client: Client, anne: Visitor, places: Page
) -> None:
    point = {
        "commune": "21231",
        "postalCode": "21000",
        "latitude": 47.32,
        "longitude": 5.04,
        "sameAs": ["monenfant--1"],
    }
    draft = """mutation ($input: RegistrationInput!) { saveDraft(input: $input) { __typename ... on Registration { id } } }"""
    sent = {"idempotencyKey": "k", "id": places.path.split("/")[2], "places": [point]}
    headers = {"origin": "http://hub"}
    asked = {"query": draft, "variables": {"input": sent}}
    assert "errors" not in (await anne.http.post("/graphql", json=asked, headers=headers)).json()

    async def kept() -> dict:
        data = (await anne.http.get("/mon-inscription/mes-donnees.json")).json()
        return data["registrations"][0]["form"]["places"][0]

    page = await anne.send(await anne.open(places.path), **{"places.0.street": "1 rue A"})
    assert (await kept())["latitude"] == 47.32
    assert (await kept())["same_as"] == ["monenfant--1"]
    page = await anne.open(places.path)
    await anne.send(page, **{"places.0.postalCode": "25000", "places.0.city": "Besançon"})
    assert "latitude" not in await kept()
    assert (await kept())["commune"] == "25056"


async def test_who_moves_has_a_territory_and_no_place(anne: Visitor, places: Page) -> None:
    page = await anne.send(places, itinerant="on")
    assert page.errors() == {"area.name": "Ce champ est obligatoire."}
    page = await anne.send(page, **{"area.kind": "DEPARTEMENT", "area.name": "Jura"})
    assert page.path.endswith("/contact")
    page = await anne.send(await anne.open(places.path), **{"places.0.postalCode": "21000"})
    assert page.errors() == {"places": "Un service itinérant a un territoire, et n’a pas d’adresse."}


async def test_only_independents_are_asked_whether_they_are_at_home(anne: Visitor, places: Page) -> None:
    assert "Cette adresse est-elle votre domicile ?" not in places.text
    identity = await anne.open(places.path.replace("lieux", "identite"))
    await anne.send(identity, "Enregistrer et finir plus tard", kind="INDEPENDENT")
    page = await anne.open(places.path)
    assert "Cette adresse est-elle votre domicile ?" in page.text
    await anne.send(page, atHome="yes", showExactAddress="on")
    assert (await anne.open(places.path)).checked() == ["atHome=yes", "showExactAddress"]
