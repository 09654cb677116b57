"""Registrations over HTTP: what was kept of an answer goes at once, and nobody gets another one's."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from hubs import Client, in_process, key_of, site
from registering import CHANGES, DECIDE, ERASE, LIST, LOGO, ONE, STRUCTURE, SUBMIT, creche, opened

from resolvers.access import Role

PLACE = (
    '{ structures(filter: { place: { commune: "29232" }, registered: true }, first: 100) { totalCount nodes { id } } }'
)
NOTHING_REGISTERED = (
    '{ checkEligibility(answers: {}) { eligible } registrationConsent { version } verifyLogo(code: "x") { status } }'
)


class People:
    """A hub asked over HTTP by people with keys of their own."""

    def __init__(self, client: Client, keys: dict[str, str]) -> None:
        self.client = client
        self.keys = keys

    async def ask(self, who: str | None, query: str, http: Any = None, **variables: Any) -> dict[str, Any]:
        headers = {"authorization": self.keys[who]} if who else {}
        asked = {"query": query, "variables": variables, "extensions": {"explain": True}}
        answer = await (http or self.client.http).post("/graphql", json=asked, headers=headers)
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body

    async def validated(self) -> dict[str, Any]:
        given = creche(places=[{"commune": "29232"}])
        waiting = (await self.ask("anne", SUBMIT, input=given))["data"]["done"]
        decision = {"id": waiting["id"], "revision": waiting["revision"], "decision": "VALIDATE"}
        return (await self.ask("moderator", DECIDE, input=decision))["data"]["done"]


@pytest.fixture
async def people(tmp_path: Path):
    async with in_process(tmp_path) as client:
        keys = {name: await key_of(client.hub, Role.REGISTRANT, name=name) for name in ("anne", "bruno")}
        keys["moderator"] = await key_of(client.hub, Role.MODERATOR, name="moderator")
        yield People(client, keys)


async def test_what_was_kept_goes_at_once(people: People, tmp_path: Path) -> None:
    async def shown(http: Any = None) -> list[str]:
        return [n["id"] for n in (await people.ask(None, PLACE, http))["data"]["structures"]["nodes"]]

    other = opened(tmp_path)
    elsewhere = httpx.AsyncClient(transport=httpx.ASGITransport(site(other)), base_url="http://hub")
    before = await shown()
    assert await shown() == await shown(elsewhere) == before

    done = await people.validated()
    (structure,) = done["structures"]
    assert set(await shown()) == set(await shown(elsewhere)) == {*before, structure["id"]}
    logo = await people.ask(None, LOGO, code=done["logoCode"])
    assert logo["data"]["verifyLogo"]["status"] == "RIGHTFUL"
    assert (await people.ask(None, STRUCTURE, id=structure["id"]))["data"]["structure"]

    await people.ask("anne", ERASE, input={"what": {"registration": done["id"]}})
    assert await shown() == await shown(elsewhere) == before
    assert (await people.ask(None, STRUCTURE, id=structure["id"]))["data"]["structure"] is None
    logo = await people.ask(None, LOGO, code=done["logoCode"])
    assert logo["data"]["verifyLogo"]["status"] == "WITHDRAWN"
    await elsewhere.aclose()
    await other.aclose()


async def test_two_who_ask_alike_at_once_get_their_own(people: People) -> None:
    mine = (await people.validated())["id"]

    for _ in range(3):
        answers = await asyncio.gather(*(people.ask(who, LIST) for who in ("bruno", "anne", "moderator", "bruno")))
        found = [[n["id"] for n in a["data"]["registrations"]["nodes"]] for a in answers]
        assert found == [[], [mine], [mine], []]
        answers = await asyncio.gather(*(people.ask(who, ONE, id=mine) for who in ("bruno", "anne")))
        assert [a["data"]["registration"] is None for a in answers] == [True, False]


@pytest.mark.parametrize("query", [CHANGES, NOTHING_REGISTERED, LIST, "{ myData }"])
async def test_questions_are_compiled(people: People, query: str) -> None:
    await people.validated()

    assert (await people.ask("anne", query))["extensions"]["executor"] == "compiled"
