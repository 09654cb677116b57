"""What the pages let in: forms of their own sessions only, texts as texts, no more than anybody may ask."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from html_pages import looked_through
from hubs import Client, in_process
from visiting import STEPS, Visitor, begin, fill, id_in, submit, visiting

from hub.observability.exchange import Exchange
from hub.web.pages import MAX_FORM
from hub.web.registration.fields import branch, checked, items, number, text, texts, tree
from resolvers.access import Role

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "</textarea></title><b>",
    "x\u202eelbisivni",
    "&lt;already&amp;",
    "=HYPERLINK(1)",
    "'; DROP TABLE registration; --",
    "é" * 200,
]


@pytest.fixture
async def anne(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client, Role.REGISTRANT, name="Anne") as visitor:
        yield visitor


@pytest.mark.parametrize("given", HOSTILE)
async def test_hostile_texts_are_shown_as_texts(client: Client, anne: Visitor, given: str) -> None:
    hostile: dict[str, dict[str, Any]] = {
        "identite": {"name": given, "description": given},
        "situations": {"situations.AUTORISE_OU_AGREE.institution": given},
        "lieux": {"places.0.street": given, "places.0.complement": given},
    }
    first = await begin(anne)
    actions = await anne.open(first.path.replace("identite", "actions"))
    action = await anne.send(actions, "Ajouter une action")
    named = {f"actions.0.{name}": given for name in ("title", "description", "audiences", "keyMoments")}
    await anne.send(action, **named, **{"actions.0.priorities.FORMER": "on"})
    review = await fill(anne, await anne.open(first.path), **hostile)
    mine = await anne.send(review, "Envoyer ma demande")
    async with visiting(client, Role.MODERATOR, name="Marc") as moderator:
        moderation = await moderator.open("/moderation")
        await moderator.send(moderation, "Refuser", **{"reasons.OTHER": "on", "comment": given})
        again = await anne.send(await anne.open(review.path), "Envoyer ma demande")
        await moderator.send(await moderator.open("/moderation"), "Valider")
    told = await anne.open(mine.path)
    asked = await anne.open(f"{mine.path}/effacer")
    code = told.link("Voir ce que dit le code de votre logo")
    for page in (
        review,
        mine,
        moderation,
        again,
        told,
        asked,
        await anne.open("/mon-inscription"),
        await anne.open(code),
    ):
        assert " ".join(given.split()) in page.text, page.path
    for step in STEPS:
        page = await anne.open(f"/inscription/{id_in(mine)}/{step}")
        assert page.status == 200
    assert (await anne.open(first.path)).value("name") == given
    assert (await anne.open(actions.path)).value("actions.0.keyMoments") == given


async def test_a_form_of_another_site_changes_nothing(anne: Visitor) -> None:
    mine = await submit(anne)
    asked = await anne.open(f"{mine.path}/effacer")
    form, _ = asked.form("Effacer pour de bon")
    word = form.named("input")[0]["value"]
    for headers, data in (
        ({"origin": "https://evil.example"}, {"csrf": word, "sure": "on"}),
        ({"sec-fetch-site": "cross-site"}, {"csrf": word, "sure": "on"}),
        ({"origin": "http://hub"}, {"sure": "on"}),
        ({"origin": "http://hub"}, {"csrf": "0" * 64, "sure": "on"}),
    ):
        for path in (asked.path, f"{mine.path}/retirer", "/inscription", f"/inscription/{id_in(mine)}/identite"):
            answer = looked_through(await anne.http.post(path, data=data, headers=headers))
            assert (answer.status, answer.heading) == (403, "Formulaire refusé")
    assert "Envoyée" in (await anne.open(mine.path)).text


async def test_who_is_logged_out_meanwhile_is_sent_to_log_in(anne: Visitor) -> None:
    first = await begin(anne)
    await anne.send(first, "Se déconnecter")
    page = await anne.send(first, name="Lutins")

    assert page.heading == "Connexion"
    assert first.path in {e.get("value") for e in page.root.named("input")}


async def test_a_form_that_is_too_large_is_not_read(anne: Visitor) -> None:
    first = await begin(anne)
    page = await anne.send(first, description="x" * MAX_FORM)

    assert (page.status, page.heading) == (413, "Formulaire trop long")


async def test_long_texts_are_kept_to_their_bound(anne: Visitor) -> None:
    first = await begin(anne)
    page = await anne.send(first, "Enregistrer et finir plus tard", description="é" * 4_000)
    assert page.path.startswith("/mon-inscription/")
    assert (await anne.open(first.path)).value("description") == "é" * 4_000


async def test_who_asks_too_much_waits(tmp_path: Path) -> None:
    toml = "[limits.rates]\naddress = 40000\nkey = 40000\nseconds = 3600\n"
    async with in_process(tmp_path, toml) as client, visiting(client) as anybody:
        for _ in range(2_000):
            page = await anybody.open("/verifier/ABCD-EFGH-JKMN")
            if page.status != 404:
                break

    assert (page.status, page.heading) == (429, "Trop de demandes")
    assert int(page.response.headers["retry-after"]) > 0


async def test_the_header_tells_who_is_logged_in(client: Client, anne: Visitor) -> None:
    page = await anne.open("/")
    header = page.root.named("header")[0].text
    assert "Connecté : Anne Se déconnecter" in header
    assert "Modération" not in header
    async with visiting(client, Role.MODERATOR, name="<b>Marc</b>") as marc:
        assert "Connecté : <b>Marc</b>" in (await marc.open("/")).root.named("header")[0].text
        assert "Modération Administration" in (await marc.open("/")).root.named("header")[0].text
    out = await anne.send(page, "Se déconnecter")
    assert "Se connecter" in out.root.named("header")[0].text
    async with visiting(client) as anybody:
        response = await anybody.http.get("/")
        assert response.headers["cache-control"] == "no-cache"


async def test_each_page_says_where_one_is(client: Client) -> None:
    async with visiting(client, Role.MODERATOR) as marc:
        for path in ("/", "/eligibilite", "/inscription", "/mon-inscription", "/moderation", "/admin", "/verifier"):
            [current] = [e for e in (await marc.open(path)).root.named("a") if e.get("aria-current") == "page"]
            assert current["href"] == path


@pytest.mark.parametrize(
    "path", ["/confirmer/x", "/connexion", "/inscription/x/identite", "/kit/x", "/mon-inscription/x", "/verifier/x"]
)
def test_addresses_that_tell_of_somebody_are_in_no_log(path: str) -> None:
    exchange = Exchange({"method": "GET", "path": path, "headers": []}, 0.0)

    assert exchange.facts(datetime.now(UTC)).keys() == {"timestamp", "level", "event", "id", "route", "status", "ms"}
    assert exchange.route == "pages"


def test_names_of_fields_are_paths_whatever_they_are() -> None:
    fields = {"a.b": "1", "a": "2", "a.b.c": "3", "l.1": "x", "l.0": "y", "l.1.z": "!", "l.²": "?", "": "e", "..": "d"}
    found = tree(fields)

    assert found["a"] == {"b": "1"}
    assert branch(found, "a") == {"b": "1"}
    assert branch(found, "nothing") == {}
    assert texts(found, "l") == ["y", "x"]
    assert items(found, "l") == []
    assert items(tree({"l.10.n": "b", "l.9.n": "a", "l.x.n": "c", "l.2.n": "d"}), "l", without="2") == [
        {"n": "a"},
        {"n": "b"},
    ]
    assert checked(tree({"p.A": "on", "p.B.C": "on"}), "p") == ["A"]
    assert (number(tree({"n": "4,5"}), "n"), number(tree({"n": " 4.5 "}), "n"), number({}, "n")) == (None, 4.5, None)
    assert text(tree({"t": " a\r\nb "}), "t") == "a\nb"
    assert tree({"." * 5_000: "deep"})
