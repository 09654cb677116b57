"""People log in with a certified provider (npm `oidc-provider`): there and back, logged out, with every sort of token."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hubs import Client, in_process
from identity import SECRET, Person, form_in, identity_provider, needs_provider, toml

pytestmark = needs_provider

HUB = "http://hub"
SAME = {"origin": HUB}
Known: TypeAlias = tuple[Client, str]
VIEWER = {"query": "{ viewer { account name role sources { id } } }"}


@asynccontextmanager
async def known(
    folder: Path, kind: str = "plain", *, secret: str | None = SECRET, more: str = ""
) -> AsyncIterator[Known]:
    """A hub, and a provider that it knows."""
    environment = {"HUB1000_OIDC_LOCAL": secret} if secret else {}
    async with (
        identity_provider(HUB) as issuer,
        in_process(folder, toml(issuer, kind, more), environment=environment) as client,
    ):
        yield client, issuer


def stored(folder: Path) -> bytes:
    """All that the database holds on disk."""
    return b"".join(file.read_bytes() for file in folder.glob("access.sqlite*"))


async def log_in(client: Client, person: Person, name: str, then: str = "/admin") -> httpx.Response:
    """The hub's answer to who comes back from the provider."""
    sent = await client.http.get("/login/local", params={"next": then})
    assert sent.status_code == 303, sent.text
    return await client.http.get(await person.answer(sent.headers["location"], name, HUB))


async def viewer(client: Client) -> dict:
    answer = await client.http.post("/graphql", json=VIEWER, headers=SAME)
    return answer.json()["data"]["viewer"]


@pytest.mark.parametrize(("kind", "secret"), [("plain", SECRET), ("signed", SECRET), ("public", None)])
async def test_a_person_logs_in_and_out(tmp_path: Path, kind: str, secret: str | None) -> None:
    async with known(tmp_path, kind, secret=secret) as (client, issuer), Person() as alice:
        assert "Se connecter avec l’annuaire d’essai" in (await client.http.get("/login")).text
        assert await viewer(client) is None

        answer = await log_in(client, alice, "alice+moderator")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
        who = await viewer(client)
        assert (who["name"], who["role"], who["sources"]) == ("alice Durand", "MODERATOR", [])
        assert re.fullmatch(r"person-[a-z2-7]{24}", who["account"])

        page = await client.http.get("/admin")
        assert page.status_code == 200
        ended = await client.http.post("/logout", data=form_in(page.text)["values"], headers=SAME)
        assert await viewer(client) is None
        address = ended.headers["refresh"].removeprefix("0;url=")
        assert address.startswith(f"{issuer}/session/end?")
        assert parse_qs(urlsplit(address).query)["post_logout_redirect_uri"] == [f"{HUB}/login"]
        assert (await alice.answer(address, "", f"{HUB}/login")).startswith(f"{HUB}/login?state=")

    disk = stored(tmp_path)
    for told in (b"alice+moderator", issuer.encode()):
        assert told not in disk


async def test_an_account_is_the_same_at_each_login_and_its_role_as_it_is_told_now(tmp_path: Path) -> None:
    async with known(tmp_path) as (client, _):
        seen = []
        for name in ("bob", "bob+caf", "bob"):
            async with Person() as bob:
                assert (await log_in(client, bob, name)).status_code == 303
                seen.append(await viewer(client))

    assert seen[0] == seen[2]
    assert [who["role"] for who in seen] == ["REGISTRANT", "PARTNER", "REGISTRANT"]
    assert [source["id"] for source in seen[1]["sources"]] == ["monenfant"]
    assert seen[0]["account"] != seen[1]["account"], "another subject is another account"


async def test_an_answer_serves_once_and_in_the_browser_that_asked(tmp_path: Path) -> None:
    async with known(tmp_path) as (client, _), Person() as alice:
        sent = await client.http.get("/login/local")
        back = await alice.answer(sent.headers["location"], "alice", HUB)
        attempt = dict(client.http.cookies)
        client.http.cookies.clear()
        stranger = await client.http.get(back)
        assert (stranger.status_code, await viewer(client)) == (400, None)

        client.http.cookies.update(attempt)
        altered = await client.http.get(back.replace("state=", "state=x"))
        assert (altered.status_code, await viewer(client)) == (400, None)

        client.http.cookies.clear()
        client.http.cookies.update(attempt)
        foreign = await client.http.get(re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Felsewhere.example", back))
        assert (foreign.status_code, await viewer(client)) == (502, None)
        assert "n’a pas pu être vérifiée" in foreign.text

        client.http.cookies.clear()
        client.http.cookies.update(attempt)
        done = await client.http.get(back)
        assert (done.status_code, (await viewer(client))["name"]) == (303, "alice Durand")
        assert re.search(r'hub1000_login="";.*Max-Age=0', done.headers["set-cookie"])

        client.http.cookies.clear()
        client.http.cookies.update(attempt)
        again = await client.http.get(back)
        assert (again.status_code, await viewer(client)) == (502, None)


async def test_a_session_ends_here_though_the_provider_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with identity_provider(HUB) as issuer, Person() as alice:
        hub = in_process(tmp_path, toml(issuer), environment={"HUB1000_OIDC_LOCAL": SECRET})
        client = await hub.__aenter__()
        await log_in(client, alice, "alice+moderator")
        page = await client.http.get("/admin")
    try:
        monkeypatch.setattr("hub.access.oidc.provider.KEPT", -1.0)  # what was read of it is too old
        ended = await client.http.post("/logout", data=form_in(page.text)["values"], headers=SAME)
        assert (ended.status_code, ended.headers["location"]) == (303, "/login")
        assert await viewer(client) is None
        assert "a session is ended here only" in caplog.text
    finally:
        await hub.__aexit__(None, None, None)


async def test_keys_that_are_new_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with identity_provider(HUB) as issuer:
        port = urlsplit(issuer).port
        async with Person() as alice:
            hub = in_process(tmp_path, toml(issuer), environment={"HUB1000_OIDC_LOCAL": SECRET})
            client = await hub.__aenter__()
            assert (await log_in(client, alice, "alice")).status_code == 303
    try:
        async with identity_provider(HUB, port=port), Person() as alice:
            refused = await log_in(client, alice, "alice")
            assert refused.status_code == 502, "the keys were read a moment ago"
            monkeypatch.setattr("hub.access.oidc.provider.KEYS_AGAIN", 0.0)
            assert (await log_in(client, alice, "alice")).status_code == 303
    finally:
        await hub.__aexit__(None, None, None)


async def test_a_level_that_was_not_reached_is_not_enough(tmp_path: Path) -> None:
    async with known(tmp_path, more='acr_values = ["eidas1"]') as (client, _), Person() as alice:
        assert (await log_in(client, alice, "alice")).status_code == 502
        assert await viewer(client) is None


async def test_who_declines_is_told_so(tmp_path: Path) -> None:
    async with known(tmp_path) as (client, issuer):
        sent = await client.http.get("/login/local")
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        told = {"error": "access_denied", "state": state, "iss": issuer}
        answer = await client.http.get("/login/local/callback", params=told)

        assert answer.status_code == 403
        assert "elle a été annulée ou refusée" in answer.text
        assert await viewer(client) is None


async def test_a_provider_that_is_down_is_told_and_keys_still_serve(tmp_path: Path) -> None:
    async with identity_provider(HUB) as issuer:
        pass
    async with in_process(tmp_path, toml(issuer), environment={"HUB1000_OIDC_LOCAL": SECRET}) as client:
        answer = await client.http.get("/login/local")

        assert answer.status_code == 502
        assert "ne répond pas comme prévu" in answer.text
        assert "hub1000_login" not in client.http.cookies
        assert (await client.http.get("/login/nobody")).status_code == 404
        assert (await client.http.get("/login/nobody/callback")).status_code == 404
