"""Who may moderate: who sends the token, and nobody when none is configured."""

from pathlib import Path

import httpx
import pytest
from hubs import configuration, site

from hub.access import Access, WrongToken
from hub.composition import open_hub
from hub.config import ConfigError, Secret
from resolvers.access import Role

TOKEN = "a-token-of-moderators"


def test_callers() -> None:
    access = Access(Secret(TOKEN))

    assert access.caller(None).role is Role.ANONYMOUS
    moderator = access.caller(f"Bearer {TOKEN}")
    assert (moderator.role, moderator.moderates()) == (Role.MODERATOR, "moderator")
    assert access.caller(f"bearer  {TOKEN} ").role is Role.MODERATOR


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"])
def test_wrong_tokens(header: str) -> None:
    with pytest.raises(WrongToken):
        Access(Secret(TOKEN)).caller(header)


def test_without_a_configured_token_nobody_moderates() -> None:
    for header in ("Bearer ", "Bearer None", f"Bearer {TOKEN}"):
        with pytest.raises(WrongToken):
            Access(None).caller(header)


def test_a_short_token_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="HUB1000_MODERATOR_TOKEN: at least 16 characters"):
        configuration(tmp_path, "", {"HUB1000_MODERATOR_TOKEN": "short"})
    assert TOKEN not in repr(configuration(tmp_path, "", {"HUB1000_MODERATOR_TOKEN": TOKEN}))


async def test_through_http(tmp_path: Path) -> None:
    hub = open_hub(configuration(tmp_path, "", {"HUB1000_MODERATOR_TOKEN": TOKEN}))
    query = {"query": "{ linkSuggestions { nodes { link { id } } } }"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site(hub)), base_url="http://hub") as http:
        anonymous = await http.post("/graphql", json=query)
        wrong = await http.post("/graphql", json=query, headers={"authorization": "Bearer nobody"})
        right = await http.post("/graphql", json=query, headers={"authorization": f"Bearer {TOKEN}"})
    await hub.aclose()

    assert anonymous.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"] == "Bearer"
    assert right.json() == {"data": {"linkSuggestions": {"nodes": []}}}
