"""Logging in by a link that is sent by mail, where no identity provider is configured."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from html_pages import Page
from hubs import Client, in_process
from visiting import Visitor, begin, id_in, visiting

from hub.access.by_mail import MailLogins
from hub.access.callers import Access
from hub.mail.office import PostOffice

ANNE = "Anne@lutins.example.org"


@pytest.fixture
async def anybody(client: Client) -> AsyncIterator[Visitor]:
    async with visiting(client) as visitor:
        yield visitor


async def letter(client: Client, number: int = 1) -> tuple[str, str]:
    """Whom a letter is to, and the link in it; it waits to be sent."""
    with client.hub.outbox._database.reading() as connection:
        rows = connection.execute("SELECT recipient, message FROM outbox ORDER BY number").fetchall()
    assert len(rows) == number
    message = message_from_bytes(rows[-1]["message"], policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return rows[-1]["recipient"], re.search(r"http://\S+", text)[0].partition("8000")[2]


async def asked(visitor: Visitor, then: str = "/inscription", address: str = ANNE) -> Page:
    login = await visitor.open(f"/login?next={then}")
    return await visitor.send(login, "Recevoir un lien", email=address)


async def test_somebody_logs_in_by_the_link_and_goes_on(client: Client, anybody: Visitor) -> None:
    page = await asked(anybody)
    assert (page.status, page.heading) == (200, "Regardez vos courriels")
    recipient, link = await letter(client)
    assert recipient == ANNE

    page = await anybody.open(link)
    assert page.heading == "Se connecter ?"
    assert "Se déconnecter" not in page.response.text, "to look at it logs nobody in"
    page = await anybody.send(page, "Se connecter")
    assert page.path == "/inscription"
    first = await begin(anybody)

    used = await anybody.open(link)
    assert (used.status, used.heading) == (400, "Connexion par courriel")
    assert "Ce lien n’est plus valable" in used.text
    async with visiting(client) as elsewhere:
        await asked(elsewhere, address=ANNE.lower())
        _, link = await letter(client, 2)
        await elsewhere.send(await elsewhere.open(link), "Se connecter")
        assert (await elsewhere.open(first.path)).status == 200, "the same address is the same account"
    async with visiting(client) as other:
        await asked(other, address="bruno@lutins.example.org")
        _, link = await letter(client, 3)
        await other.send(await other.open(link), "Se connecter")
        assert (await other.open(first.path)).status == 404


def kept_of_people(client: Client) -> tuple[int, int]:
    """Persons and sessions in the database."""
    counted = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM session)"
    with client.hub.access._database.reading() as connection:
        return tuple(connection.execute(counted).fetchone())


async def test_with_the_last_registration_the_account_is_erased(client: Client, anybody: Visitor) -> None:
    await asked(anybody)
    _, link = await letter(client)
    await anybody.send(await anybody.open(link), "Se connecter")
    drafts = [await begin(anybody), await begin(anybody)]
    first, last = [await anybody.open(f"/mon-inscription/{id_in(draft)}/effacer") for draft in drafts]

    page = await anybody.send(first, "Effacer pour de bon", sure="on")
    assert page.path == "/mon-inscription"
    assert kept_of_people(client) == (1, 1)

    page = await anybody.send(last, "Effacer pour de bon", sure="on")
    assert (page.status, page.heading) == (200, "Inscription effacée")
    assert "Votre inscription est effacée" in page.text
    assert "Se déconnecter" not in page.response.text
    assert kept_of_people(client) == (0, 0)


async def test_a_link_is_good_once_however_fast(client: Client, anybody: Visitor) -> None:
    await asked(anybody)
    _, link = await letter(client)
    page = await anybody.open(link)
    await anybody.send(page, "Se connecter")

    again = await anybody.post(page, "Se connecter")
    assert again.status_code in {400, 403}


@pytest.mark.parametrize("address", ["", "x", "a@b", "a@b.fr\r\nBcc: c@d.fr", "é" * 300, "<script>@x.fr"])
async def test_what_is_no_address_is_told_so(client: Client, anybody: Visitor, address: str) -> None:
    page = await asked(anybody, address=address)

    assert page.status == 422
    assert "Indiquez une adresse électronique" in page.described("email")
    assert page.value("email") == address.strip()
    with pytest.raises(AssertionError):
        await letter(client)


async def test_nobody_is_written_to_too_often(anybody: Visitor) -> None:
    for _ in range(10):
        assert (await asked(anybody)).status == 200
    page = await asked(anybody)

    assert page.status == 429
    assert "Trop de liens" in page.described("email")


async def test_nobody_has_many_letters_sent(tmp_path: Path) -> None:
    toml = "[limits.rates]\naddress = 100000\nseconds = 3600\n"
    async with in_process(tmp_path, toml) as client, visiting(client) as anybody:
        pages = [await asked(anybody, address=f"a{n}@example.org") for n in range(4)]

    assert [page.status for page in pages] == [200, 200, 429, 429]


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 3_000])
async def test_a_forged_link_opens_nothing(anybody: Visitor, token: str) -> None:
    page = await anybody.open(f"/connexion?lien={token}")
    assert page.status == 400
    answer = await anybody.http.post("/connexion", data={"lien": token or "-"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_a_link_is_good_for_half_an_hour(client: Client) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    access = Access(client.hub.access, clock=lambda: now)
    office = PostOffice(client.hub.outbox, client.hub.federation.registrations, None, None, base="")  # type: ignore[arg-type]
    logins = MailLogins(access, office, client.hub.outbox, base="http://127.0.0.1:8000")
    await logins.send(ANNE, "/")
    token = (await letter(client))[1].partition("=")[2]

    assert (await logins.find(token)).account.startswith("person-")
    now += timedelta(minutes=30)
    assert await logins.find(token) is None
    assert await logins.redeem(token) is None


async def test_a_link_leads_to_no_other_site(client: Client, anybody: Visitor) -> None:
    await asked(anybody, then="https://evil.example/")
    _, link = await letter(client)

    assert (await anybody.send(await anybody.open(link), "Se connecter")).path == "/"


async def test_the_form_can_be_asked_by_itself(anybody: Visitor) -> None:
    page = await anybody.open("/connexion?next=/inscription")
    sent = await anybody.send(page, "Recevoir un lien", email=ANNE)

    assert sent.path == "/connexion"


async def test_no_link_is_sent_where_there_are_providers(tmp_path: Path) -> None:
    toml = '[[oidc]]\nname = "local"\nlabel = "Essai"\nissuer = "https://op.example.org"\nclient_id = "x"\n'
    async with in_process(tmp_path, toml) as client, visiting(client) as anybody:
        login = await anybody.open("/login")
        assert "Recevoir un lien" not in login.text
        assert "Se connecter avec Essai" in login.text
        assert (await anybody.http.get("/connexion")).status_code == 404
