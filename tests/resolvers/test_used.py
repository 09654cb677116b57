"""What an answer rests on: for how long it may be kept, and what makes it wrong before that."""

from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest
from direct import put
from hubs import Client, in_process

from connectors.sandbox import Fault, registrations, world
from resolvers.access import Role
from resolvers.federation.used import UNSETTLED, Changes, Used

TTL = {"annuaire_sante": 300, "monenfant": 600}


async def used(client: Client, query: str, **variables: object) -> Used:
    result, rests_on = await put(client, query, **variables)
    assert result.errors is None, result.errors
    return rests_on


@pytest.mark.parametrize(
    "query",
    [
        "{ priorities { code rank label text } categories { code subcategories { code } } axes { rank text } }",
        '{ territories(name: "dijon") { name } }',
        '{ structure(id: "nowhere at all") { id } }',
    ],
)
async def test_texts_hold_for_ever(client: Client, query: str) -> None:
    rests_on = await used(client, query)

    assert rests_on.expires_in == inf
    assert not {tag for tag in rests_on.tags if tag.startswith("source:")}


async def test_a_search_holds_as_long_as_its_oldest_cell(client: Client) -> None:
    query = '{ structures(filter: { place: { commune: "25056" } }) { totalCount facets { kinds { kind } } } }'

    first, second = await used(client, query), await used(client, query)

    assert TTL["annuaire_sante"] - 60 < second.expires_in <= first.expires_in <= TTL["annuaire_sante"]
    sources = {"registry", "registry_sandbox", "annuaire_sante", "monenfant"}
    assert first.tags == second.tags == {"links", *(f"source:{id_}" for id_ in sources)}


async def test_a_search_of_one_directory_does_not_rest_on_the_others(client: Client) -> None:
    rests_on = await used(
        client, '{ structures(filter: { sources: ["monenfant"], place: { commune: "25056" } }) { totalCount } }'
    )

    assert rests_on.tags == {"links", "source:registry", "source:registry_sandbox", "source:monenfant"}
    assert TTL["monenfant"] - 60 < rests_on.expires_in <= TTL["monenfant"]


@pytest.mark.parametrize("place", ['filter: { place: { commune: "25056" } }', "first: 50"])
async def test_what_is_missing_may_be_there_soon(client: Client, place: str) -> None:
    client.sandbox.data_inclusion.faults.now = Fault(status=503)

    rests_on = await used(client, "{ structures(" + place + ") { coverage { status } } }")

    assert rests_on.expires_in <= UNSETTLED


async def test_actions(client: Client) -> None:
    rests_on = await used(client, "{ actions { totalCount } }")

    assert rests_on.expires_in == inf
    assert rests_on.tags == {"source:registry", "source:registry_sandbox"}


async def test_open_now_holds_to_the_end_of_the_minute(client: Client) -> None:
    place = next(p for p in world().places if "data_inclusion" in p.ways and p.childcare.hours)
    result, rests_on = await put(
        client,
        "query ($id: ID!) { structure(id: $id) { openNow } }",
        id=place.id,
        now=datetime(2026, 11, 23, 10, 0, 42, tzinfo=UTC),
    )

    assert result.data["structure"]["openNow"] is not None
    assert rests_on.expires_in == 18


async def test_one_entry_rests_on_all_that_may_know_it(client: Client) -> None:
    record = next(r for r in registrations() if any(id_.startswith("monenfant") for id_ in r.same_as))

    by_directory = await used(client, "query ($id: ID!) { structure(id: $id) { name } }", id=record.same_as[0])
    by_registration = await used(client, "query ($id: ID!) { structure(id: $id) { name } }", id=record.id)

    for rests_on in (by_directory, by_registration):
        assert rests_on.tags == {"links", "source:registry", "source:registry_sandbox", "source:monenfant"}
        assert TTL["monenfant"] - 60 < rests_on.expires_in <= TTL["monenfant"]


async def test_an_action_and_its_carriers(client: Client) -> None:
    rests_on = await used(client, '{ structure(id: "registry--coccinelle-besancon") { actions { nodes { id } } } }')

    assert rests_on.tags == {"links", "source:registry", "source:registry_sandbox"}
    assert rests_on.expires_in == inf


async def test_professionals_and_numbers(client: Client) -> None:
    hospital = next(
        p for p in world().places if p.listed and p.subcategory == "HOPITAL" and p.source == "annuaire_sante"
    )
    query = "query ($f: Finess!) { structure(identifier: { finess: $f }) { professionals { totalCount } } }"

    rests_on = await used(client, query, f=hospital.establishment.finess)

    assert "source:annuaire_sante" in rests_on.tags
    assert rests_on.expires_in <= TTL["annuaire_sante"]


async def test_a_directory_that_is_down_costs_the_keeping_of_its_entries(client: Client) -> None:
    record = next(r for r in registrations() if any(id_.startswith("monenfant") for id_ in r.same_as))
    client.sandbox.data_inclusion.faults.now = Fault(status=503)

    for id_ in (record.id, record.same_as[0], "monenfant--unknown"):
        result, rests_on = await put(client, "query ($id: ID!) { structure(id: $id) { name } }", id=id_)

        assert bool(result.errors) is (id_ == "monenfant--unknown")
        assert rests_on.expires_in <= UNSETTLED


async def test_decisions_on_links_are_told(tmp_path: Path) -> None:
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        told: list[str] = []
        client.hub.federation.changes.subscribe(told.append)
        await client.ask('{ structures(filter: { place: { commune: "25056" } }) { nodes { id } } }')
        assert "links" in told, "records were linked when their cells were filled"
        told.clear()
        link = "mutation ($a: ID!, $b: ID!, $d: Boolean!) { linkRecords(input: { a: $a, b: $b }, dryRun: $d) { __typename } }"
        ids = [p.id for p in world().places if p.listed and "data_inclusion" in p.ways][:1]
        ids += [p.id for p in world().places if p.listed and p.source == "annuaire_sante"][:1]

        await client.ask(link, a=ids[0], b=ids[1], d=True)
        assert told == []
        await client.ask(link, a=ids[0], b=ids[1], d=False)
        assert told == ["links"]


def test_what_is_told_adds_up() -> None:
    rests_on = Used()
    rests_on.keep(10)
    rests_on.keep(20)
    rests_on.tag("a", "b")
    rests_on.tag("a")
    assert (rests_on.expires_in, rests_on.tags) == (10, {"a", "b"})
    rests_on.keep(-5)
    assert rests_on.expires_in == 0


def test_changes_reach_everybody_who_listens() -> None:
    changes, one, other = Changes(), [], []
    changes.publish("nobody listens")
    changes.subscribe(one.append)
    changes.subscribe(other.append)
    changes.publish("a", "b")
    assert one == other == ["a", "b"]
