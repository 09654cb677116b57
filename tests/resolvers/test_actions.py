"""Actions: who does what, for which priorities, where."""

from pathlib import Path

import pytest
from hubs import Client, in_process

QUERY = """query ($f: ActionFilter, $n: Int! = 100, $a: String) { actions(filter: $f, first: $n, after: $a) {
  totalCount pageInfo { hasNextPage endCursor }
  edges { cursor node { id } }
  nodes { id title otherTitles description priorities { code } carrier { id } partners { id } places { id } itinerant
          territory { kind code name } audiences laureateOf { call { code } region axes { rank } } programmes { code }
          url updatedAt source { id } }
  coverage { source { id } status message recordCount } } }"""


async def found(client: Client, **filter_: object) -> set[str]:
    """Titles of the real registry's actions."""
    nodes = (await client.ask(QUERY, f=filter_))["actions"]["nodes"]
    return {n["title"] for n in nodes if n["source"]["id"] == "registry"}


async def test_all_of_the_seeds(client: Client) -> None:
    answer = (await client.ask(QUERY))["actions"]

    real = [n for n in answer["nodes"] if n["source"]["id"] == "registry"]
    assert len(real) == 12
    assert len(answer["nodes"]) == answer["totalCount"]
    assert all(n["priorities"] for n in real)
    assert any(n["laureateOf"] for n in real)
    assert any(n["programmes"] for n in real)
    titles = [n["title"] for n in answer["nodes"]]
    assert len(set(titles)) > 12
    assert {c["source"]["id"]: c["status"] for c in answer["coverage"]} == {
        "registry": "COMPLETE", "registry_sandbox": "COMPLETE",
    }  # fmt: skip


async def test_the_two_cercles_des_parents_are_two(client: Client) -> None:
    nodes = (await client.ask(QUERY, f={"text": "cercle parents"}))["actions"]["nodes"]

    carriers = {n["carrier"]["id"] for n in nodes if n["source"]["id"] == "registry"}
    assert carriers == {"registry--udaf-71", "registry--udaf-21"}


async def test_filters(client: Client) -> None:
    everything = await found(client)
    itinerant = await found(client, itinerant=True)
    assert itinerant
    assert itinerant | await found(client, itinerant=False) == everything
    fathers = await found(client, priorities=["PERES_SECONDS_PARENTS"])
    assert any("Papas" in title for title in fathers)
    assert await found(client, priorities=["EVEILLER", "PERES_SECONDS_PARENTS"]) > fathers
    won = await found(client, calls=["AMI_ACCUEIL_POUR_TOUS"])
    assert 0 < len(won) < len(everything)
    assert await found(client, calls=["AMI_ACCUEIL_POUR_TOUS", "AAP_1000_PREMIERS_JOURS"]) > won
    # the seeds tell no laureate's axis, and none is implied
    assert await found(client, axes=[1, 2, 3, 4, 5, 6]) == set()
    assert await found(client, text="mary pau pins") == await found(client, text="MARY PAU PIN’S")
    assert len(await found(client, text="mary pau pins")) == 1
    assert await found(client, text="nothing of the kind") == set()


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ({"commune": "71076"}, "ercle"),
        ({"departement": "39"}, "Papas"),
        ({"region": "04"}, "Bébé Bus"),
        ({"near": {"latitude": 47.24, "longitude": 6.02, "radiusMeters": 5000}}, "Partage"),
        ({"postalCode": "64000"}, "Mary Pau"),
        ({"bbox": {"south": 47.2, "west": 4.9, "north": 47.4, "east": 5.1}}, "sidence"),
    ],
)
async def test_places(client: Client, place: dict, title: str) -> None:
    here = await found(client, place=place)

    assert any(title in t for t in here), here
    assert here < await found(client)


async def test_pages(client: Client) -> None:
    whole = (await client.ask(QUERY))["actions"]
    seen, after = [], None
    while True:
        answer = (await client.ask(QUERY, n=5, a=after))["actions"]
        seen += [e["node"]["id"] for e in answer["edges"]]
        if not answer["pageInfo"]["hasNextPage"]:
            break
        after = answer["pageInfo"]["endCursor"]

    assert seen == [n["id"] for n in whole["nodes"]]


async def test_structures_of_actions_and_back(client: Client) -> None:
    data = await client.ask(
        """{ priority(code: EVEILLER) { actions(first: 100) { nodes { places { name actions { nodes { title } } } } } }
             node(id: "action--registry--residence-artistique-dijon") { ... on Action { title places { name } } } }"""
    )

    title = data["node"]["title"]
    assert {p["name"] for p in data["node"]["places"]}
    hosted = [p for n in data["priority"]["actions"]["nodes"] for p in n["places"] if "Roosevelt" in p["name"]]
    assert [n["title"] for p in hosted for n in p["actions"]["nodes"]] == [title]


async def test_a_spoilt_registry(tmp_path: Path) -> None:
    async with in_process(tmp_path) as client:
        for name in ("registry.sqlite", "registry.sqlite-wal"):
            if (tmp_path / name).exists():
                (tmp_path / name).write_bytes(b"\0" * 200_000)

        answer = (await client.ask(QUERY))["actions"]
        data = (
            await client.post(
                '{ a: node(id: "action--registry--x") { id } b: structures { nodes { actions { totalCount } } coverage { source { id } status } } }'
            )
        ).json()

    told = {c["source"]["id"]: c for c in answer["coverage"]}
    assert told["registry"]["status"] == "UNAVAILABLE"
    assert told["registry"]["message"]
    assert told["registry_sandbox"]["status"] == "COMPLETE"
    assert [e["path"] for e in data["errors"]] == [["a"]]
    assert data["errors"][0]["extensions"]["code"] in {"SOURCE_BAD_DATA", "SOURCE_UNAVAILABLE"}
    statuses = {c["source"]["id"]: c["status"] for c in data["data"]["b"]["coverage"]}
    assert statuses["registry"] == "UNAVAILABLE"
