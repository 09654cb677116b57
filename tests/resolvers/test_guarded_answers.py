"""What clients see of the guards: over real sockets, with directories that hang, fail, and come back."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hubs import Client, over_network

from connectors.gazetteer import gazetteer
from connectors.sandbox import Fault
from resolvers.federation import sources as sources_module

PLACE = """query ($commune: InseeCode!) {
  structures(first: 100, filter: { place: { commune: $commune } }) {
    totalCount
    nodes { id records { source { id } freshness retrievedAt } }
    coverage { source { id } status message since recordCount } } }"""

DEPARTEMENT = '{ structures(filter: { place: { departement: "21" } }) { totalCount coverage { status } } }'

COMMUNES = [commune.insee for commune in gazetteer().by_departement("21")]


async def asked(client: Client, commune: str) -> dict[str, Any]:
    return (await client.ask(PLACE, commune=commune))["structures"]


def coverage(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {c["source"]["id"]: c for c in answer["coverage"]}


async def warmed(client: Client) -> None:
    """Fill the cells of a whole département."""
    async with asyncio.timeout(60):
        while {c["status"] for c in (await client.ask(DEPARTEMENT))["structures"]["coverage"]} != {"COMPLETE"}:
            pass


async def test_one_directory_hangs_and_hardly_anybody_waits_for_it(tmp_path: Path) -> None:
    async with over_network(tmp_path, deadlines={"monenfant": 1.0}) as client:
        await warmed(client)
        source = client.hub.federation.sources["monenfant"]
        source.cells.forget()
        faults = client.sandbox.data_inclusion.faults
        faults.reset()
        faults.now = Fault(silent=True)
        width = asyncio.Semaphore(10)

        async def one(commune: str) -> dict[str, Any]:
            async with width:
                return await asked(client, commune)

        answers = await asyncio.gather(*(one(commune) for commune in COMMUNES[:100]))

        messages: Counter[str] = Counter()
        for answer in answers:
            told = coverage(answer)
            assert told["monenfant"]["status"] == "UNAVAILABLE"
            assert {told[id_]["status"] for id_ in ("registry", "annuaire_sante")} == {"COMPLETE"}
            messages[told["monenfant"]["message"]] += 1
        # only those that had left before it was found to be silent have waited for the deadline
        assert messages.keys() <= {"no answer within 1 s", "no answer in time"}
        assert 0 < messages["no answer within 1 s"] <= 20
        assert faults.arrived <= 20
        assert faults.in_flight <= source.info.concurrency + 1
        assert source.circuit.state != "closed"
        faults.now = Fault()
        async with asyncio.timeout(20):
            while coverage(await asked(client, COMMUNES[0]))["monenfant"]["status"] != "COMPLETE":
                pass


async def test_five_hundred_alike_cost_one_call(tmp_path: Path) -> None:
    async with over_network(tmp_path) as client:
        faults = client.sandbox.data_inclusion.faults
        faults.now = Fault(latency=0.3)

        answers = await asyncio.gather(*(asked(client, "21231") for _ in range(500)))

        assert len({answer["totalCount"] for answer in answers}) == 1
        assert {c["status"] for answer in answers for c in answer["coverage"]} == {"COMPLETE"}
        assert faults.count("/structures") == faults.max_in_flight == 1
        urls = Counter((seen.path, seen.query) for seen in client.sandbox.annuaire_sante.faults.requests)
        assert max(urls.values()) == 1


async def test_all_directories_dead_and_what_is_held_is_served_as_stale(tmp_path: Path) -> None:
    clock = time.monotonic()
    async with over_network(tmp_path, clock=lambda: clock) as client:
        await warmed(client)
        before = {commune: await asked(client, commune) for commune in COMMUNES[:20]}
        entry = next(n["id"] for a in before.values() for n in a["nodes"] if n["id"].startswith("annuaire_sante"))
        by_id = "query ($id: ID!) { structure(id: $id) { id records { freshness retrievedAt } } }"
        (held,) = (await client.ask(by_id, id=entry))["structure"]["records"]
        assert held["freshness"] == "LIVE"
        clock += 3600
        for server in (client.sandbox.annuaire_sante, client.sandbox.data_inclusion):
            server.faults.now = Fault(status=500)

        for commune, answer in before.items():
            now = await asked(client, commune)
            assert now["totalCount"] == answer["totalCount"]
            assert {n["id"] for n in now["nodes"]} == {n["id"] for n in answer["nodes"]}
            for id_, told in coverage(now).items():
                assert told["recordCount"] == coverage(answer)[id_]["recordCount"]
                if id_ != "registry":
                    assert (told["status"], told["message"]) == ("STALE", "answers that it cannot serve now")
                    assert told["since"] == coverage(answer)[id_]["since"]
            freshness = {(r["source"]["id"] == "registry", r["freshness"]) for n in now["nodes"] for r in n["records"]}
            assert freshness <= {(True, "LIVE"), (False, "STALE")}
        (stale,) = (await client.ask(by_id, id=entry))["structure"]["records"]
        assert stale == {"freshness": "STALE", "retrievedAt": held["retrievedAt"]}


async def test_clients_that_go_away_leave_no_call_behind(tmp_path: Path) -> None:
    async with over_network(tmp_path) as client:
        servers = (client.sandbox.annuaire_sante, client.sandbox.data_inclusion)
        for server in servers:
            server.faults.now = Fault(silent=True)
        asking = [asyncio.create_task(asked(client, COMMUNES[i % 5])) for i in range(50)]
        async with asyncio.timeout(20):
            for server in servers:
                await server.faults.until_in_flight(4)

            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

            for server in servers:
                await server.faults.until_in_flight(0)


async def test_states_are_told_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "LOOK_SECONDS", 0.0)
    query = "{ sources { id status lastAnswerAt } }"
    async with over_network(tmp_path) as client:

        async def states() -> dict[str, str]:
            return {s["id"]: s["status"] for s in (await client.ask(query))["sources"]}

        assert await states() == {
            "registry": "NOT_ASKED_YET",
            "annuaire_sante": "NOT_ASKED_YET",
            "monenfant": "NOT_ASKED_YET",
        }
        assert client.sandbox.data_inclusion.faults.arrived == 0, "what nobody has asked yet is not asked to tell"
        await asked(client, "21231")
        assert set((await states()).values()) == {"ANSWERING"}

        # nobody asks it anything, and still its state is true
        client.sandbox.data_inclusion.faults.now = Fault(status=500)
        assert await states() == {"registry": "ANSWERING", "annuaire_sante": "ANSWERING", "monenfant": "FAILING"}
        client.sandbox.data_inclusion.faults.now = Fault()
        assert set((await states()).values()) == {"ANSWERING"}
