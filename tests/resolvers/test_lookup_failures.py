"""Look-ups of a directory that fails: each tells it where it is asked for, and keeps what others know."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hubs import Client

from connectors.contract import PractisingAt, Query
from connectors.sandbox import Fault, actions, world
from resolvers.federation import lookup

DOWN = Fault(status=500)


def establishment() -> str:
    """The key of one at which somebody practises."""
    return next(
        place.professional.organization
        for place in world().places
        if place.source == "annuaire_sante" and "." in place.key and place.subcategory and place.professional.active
    )


def spoil(data: Path) -> None:
    for name in ("registry.sqlite", "registry.sqlite-wal"):
        file = data / name
        if file.exists():
            file.write_bytes(b"\0" * max(8192, file.stat().st_size))


async def professionals(client: Client, key: str) -> dict[str, Any]:
    (told,) = await lookup.professionals_at(client.hub.federation, [("annuaire_sante", key)])
    return msgspec.to_builtins(told.coverage)


async def test_professionals_of_a_directory_that_is_down(client: Client) -> None:
    client.sandbox.annuaire_sante.faults.now = DOWN

    told = await professionals(client, establishment())

    assert (told["status"], told["message"], told["record_count"]) == (
        "UNAVAILABLE",
        "answers that it cannot serve now",
        0,
    )


async def test_professionals_of_more_pages_than_are_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MOST_PAGES", 1)
    connector = client.hub.federation.sources["annuaire_sante"].connector
    key = establishment()
    page = await connector.search(Query(where=PractisingAt((key,))))

    async def one_of_many(query: Query) -> Any:
        return msgspec.structs.replace(page, after="more", stale=True)

    monkeypatch.setattr(connector, "search", one_of_many)

    told = await professionals(client, key)

    assert (told["status"], told["message"]) == ("PARTIAL", "there are more than were read")
    assert told["record_count"] == len(page.records)


async def test_an_identifier_that_the_directory_down_would_know(client: Client) -> None:
    number = next(p.establishment.finess for p in world().places if p.listed and p.key.startswith("finess-"))
    client.sandbox.annuaire_sante.faults.now = DOWN

    (error,) = await client.errors(f'{{ structure(identifier: {{ finess: "{number}" }}) {{ id }} }}')

    assert error["extensions"] == {"code": "SOURCE_UNAVAILABLE", "source": "annuaire_sante"}


async def test_a_registry_that_is_spoilt(client: Client, tmp_path: Path) -> None:
    place = next(p for p in world().places if p.listed and p.source == "annuaire_sante")
    action = actions()[0]
    ids = [place.id, f"action--registry_sandbox--{action.key}", "action--registry--x", "registry--x"]
    spoil(tmp_path)

    response = await client.post("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})

    body = response.json()
    directory, other, *spoilt = body["data"]["nodes"]
    assert directory
    assert other == {"id": ids[1]}
    assert spoilt == [None, None]
    assert [e["path"] for e in body["errors"]] == [["nodes", 2], ["nodes", 3]]
    assert {e["extensions"]["source"] for e in body["errors"]} == {"registry"}


async def test_actions_of_a_registry_that_is_spoilt(client: Client, tmp_path: Path) -> None:
    spoil(tmp_path)

    told = await lookup.actions_of(client.hub.federation, [("registry", "x"), ("registry_sandbox", "x")])

    assert told[0].source == "registry"
    assert told[1] == ()
