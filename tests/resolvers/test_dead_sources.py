"""Each source killed in turn, over real sockets: the others are complete, in time, and the answer says so.

What fails is named by `coverage`, HTTP stays 200, and no part of another source is lost.
"""

import asyncio
import socket
from pathlib import Path

import pytest
from hubs import Client, over_network

from connectors.sandbox import Body, Fault, Faults

DEADLINE = 1.0
"""Seconds: that of the source that is dead. The others have a minute, so that none of them is late."""

SOON = 30.0
"""Seconds within which all answer, however slow the machine: it is the dead source's deadline that was waited for."""

DIJON = """
{ structures(first: 100, filter: { place: { commune: "21231" } }) {
    totalCount
    nodes { id }
    coverage { source { id } status message recordCount } } }
"""

FAULTS = {
    "silence": Fault(silent=True),
    "HTTP 500": Fault(status=500),
    "HTTP 429 with Retry-After": Fault(status=429, retry_after=30),
    "HTTP 403": Fault(status=403),
    "truncated JSON": Fault(body=Body.TRUNCATED),
    "HTML instead of JSON": Fault(body=Body.HTML),
    "an empty body": Fault(body=Body.EMPTY),
    "another shape": Fault(body=Body.WRONG_SHAPE),
}

WAYS = {"annuaire_sante": "data_inclusion", "monenfant": "data_inclusion", "monenfant by agreement": "agreement"}


def faults_of(client: Client, source: str) -> Faults:
    servers = {
        "annuaire_sante": client.sandbox.annuaire_sante,
        "monenfant": client.sandbox.data_inclusion,
        "monenfant by agreement": client.sandbox.agreement,
    }
    return servers[source].faults


async def coverage(client: Client) -> dict[str, dict]:
    response = await client.post(DIJON)
    assert response.status_code == 200
    body = response.json()
    assert "errors" not in body
    return {c["source"]["id"]: c for c in body["data"]["structures"]["coverage"]}


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """How many records each source gives when all is well, by way."""

    async def healthy(way: str) -> dict[str, int]:
        async with over_network(tmp_path_factory.mktemp(way), way=way) as client:
            told = await coverage(client)
            assert all(c["status"] == "COMPLETE" for c in told.values())
            return {id_: c["recordCount"] for id_, c in told.items()}

    return {way: asyncio.run(healthy(way)) for way in sorted(set(WAYS.values()))}


def check(told: dict[str, dict], dead: str, well: dict[str, int]) -> None:
    assert told[dead]["status"] == "UNAVAILABLE"
    assert told[dead]["message"]
    assert told[dead]["recordCount"] is None
    for id_, other in told.items():
        if id_ != dead:
            assert (other["status"], other["recordCount"]) == ("COMPLETE", well[id_])


@pytest.mark.parametrize("source", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_dead_source_costs_its_own_part_only(tmp_path: Path, counts: dict, source: str, fault: str) -> None:
    dead = source.split()[0]
    async with over_network(tmp_path, way=WAYS[source], deadlines={dead: DEADLINE}) as client:
        faults_of(client, source).now = FAULTS[fault]

        async with asyncio.timeout(SOON):
            told = await coverage(client)

        check(told, dead, counts[WAYS[source]])
        faults_of(client, source).now = Fault()


@pytest.mark.parametrize("source", ["annuaire_sante", "data_inclusion", "agreement"])
async def test_a_refused_connection(tmp_path: Path, counts: dict, source: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    way = "agreement" if source == "agreement" else "data_inclusion"
    async with over_network(tmp_path, way=way, addresses={source: nobody}) as client:
        told = await coverage(client)

    check(told, "annuaire_sante" if source == "annuaire_sante" else "monenfant", counts[way])


async def test_a_registry_whose_file_is_spoilt(tmp_path: Path, counts: dict) -> None:
    async with over_network(tmp_path) as client:
        for name in ("registry.sqlite", "registry.sqlite-wal"):
            file = tmp_path / name
            if file.exists():
                file.write_bytes(b"\0" * max(8192, file.stat().st_size))
        told = await coverage(client)

    check(told, "registry", counts["data_inclusion"])


async def test_it_recovers_by_itself(tmp_path: Path, counts: dict) -> None:
    async with over_network(tmp_path) as client:
        with client.sandbox.annuaire_sante.faults.during(Fault(status=503)):
            assert (await coverage(client))["annuaire_sante"]["status"] == "UNAVAILABLE"

        told = await coverage(client)

    assert {id_: c["recordCount"] for id_, c in told.items()} == counts["data_inclusion"]


async def test_what_comes_late_is_there_for_the_next_question(tmp_path: Path, counts: dict) -> None:
    async with over_network(tmp_path, deadlines={"annuaire_sante": 0.05}) as client:
        faults = client.sandbox.annuaire_sante.faults
        faults.now = Fault(silent=True)
        assert (await coverage(client))["annuaire_sante"]["status"] == "UNAVAILABLE"
        asked = faults.count()

        faults.now = Fault()
        async with asyncio.timeout(20):
            while (told := await coverage(client))["annuaire_sante"]["status"] != "COMPLETE":
                pass

    assert told["annuaire_sante"]["recordCount"] == counts["data_inclusion"]["annuaire_sante"]
    # the same fetch went on: nothing that had been asked was asked again
    paths = [(seen.method, seen.path, seen.query) for seen in faults.requests]
    assert asked > 0
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=503), "SOURCE_UNAVAILABLE"),
        (Fault(status=403), "SOURCE_REFUSED"),
        (Fault(body=Body.HTML), "SOURCE_BAD_DATA"),
    ],
)
async def test_a_field_that_asks_a_dead_source_directly_says_so(client: Client, fault: Fault, code: str) -> None:
    data = await client.ask(
        '{ structures(first: 2, filter: { sources: ["annuaire_sante"], place: { commune: "71076" } }) { nodes { id } } }'
    )
    id_ = next(n["id"] for n in data["structures"]["nodes"] if n["id"].startswith("annuaire_sante"))
    client.sandbox.annuaire_sante.faults.now = fault

    response = await client.post(
        """query ($id: ID!) {
             dead: node(id: $id) { id }
             nodes(ids: [$id, "registry", "action--registry--none"]) { id }
             alive: structures(first: 1, filter: { sources: ["monenfant"], place: { commune: "71076" } }) { nodes { id } }
           }""",
        {"id": id_},
    )

    assert response.status_code == 200
    body = response.json()
    assert body["data"]["dead"] is None
    assert body["data"]["nodes"] == [None, {"id": "registry"}, None]
    assert body["data"]["alive"]["nodes"]
    assert sorted(str(e["path"]) for e in body["errors"]) == ["['dead']", "['nodes', 0]"]
    for error in body["errors"]:
        assert error["extensions"] == {"code": code, "source": "annuaire_sante"}
        assert error["message"].startswith("annuaire_sante: ")


async def test_sources_tell_how_they_have_answered(client: Client) -> None:
    query = "{ sources { id status lastAnswerAt } }"
    before = {s["id"]: s for s in (await client.ask(query))["sources"]}
    assert before["monenfant"] == {"id": "monenfant", "status": "NOT_ASKED_YET", "lastAnswerAt": None}

    client.sandbox.annuaire_sante.faults.now = Fault(status=503)
    await client.post(DIJON)

    after = {s["id"]: s for s in (await client.ask(query))["sources"]}
    assert after["monenfant"]["status"] == "ANSWERING"
    assert after["monenfant"]["lastAnswerAt"] is not None
    assert after["annuaire_sante"]["status"] == "FAILING"
    ready = (await client.http.get("/health/ready")).json()
    assert ready["status"] == "warn"
    assert ready["checks"]["annuaire_sante"][0]["observedValue"] == "FAILING"
