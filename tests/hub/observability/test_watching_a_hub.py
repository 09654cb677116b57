"""A real hub that is watched: what its log, its counts and its health say of directories that answer and that do not."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from hubs import configuration
from watched import SCHEMA, lines

from connectors.sandbox import Sandbox
from connectors.sandbox.faults import Fault
from hub.app import Process, Site
from hub.composition import open_hub
from hub.observability.observatory import Observatory
from resolvers.schema import build_schema

NEARBY = """{ structures(filter: { place: { commune: "21231" } }, first: 5) {
  nodes { name } coverage { source { id } status }
} sources { id status lastAnswerAt } }"""


@asynccontextmanager
async def watched_hub(data: Path, observatory: Observatory, sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    config = configuration(data)
    hub = open_hub(config, sandbox=sandbox, ledger=observatory.ledger)
    app = observatory.watching(Site(hub, Process(build_schema(), observatory)))
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as http:
            yield http
    finally:
        await hub.aclose()


async def ask(http: httpx.AsyncClient) -> dict[str, Any]:
    body = (await http.post("/graphql", json={"query": NEARBY})).json()
    assert "errors" not in body
    return body["data"]


async def test_a_request_tells_which_directories_it_asked(tmp_path: Path, log_to: Any) -> None:
    out = io.BytesIO()
    observatory = Observatory(SCHEMA, log=log_to(out))
    async with watched_hub(tmp_path, observatory, Sandbox()) as http:
        await ask(http)
        await ask(http)
        first, second = [line for line in lines(observatory, out) if line["event"] == "request"]

    assert {source for source, asked in first["sources"].items() if asked["calls"]} >= {"annuaire_sante", "monenfant"}
    # what is held is not asked again
    assert {source for source, asked in second.get("sources", {}).items() if asked["calls"]} <= {
        "registry", "registry_sandbox",
    }  # fmt: skip
    total = observatory.total()
    assert total.sources["monenfant"].answered >= 1
    assert total.sources["monenfant"].last_answer_at


async def test_a_dead_directory_degrades_the_hub_without_failing_it(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA)
    sandbox = Sandbox()
    sandbox.data_inclusion.faults.now = Fault(status=503)
    async with watched_hub(tmp_path, observatory, sandbox) as http:
        data = await ask(http)
        ready = await http.get("/health/ready")
        live = await http.get("/health/live")
        sources = {source["id"]: source for source in (await ask(http))["sources"]}

    assert {c["source"]["id"] for c in data["structures"]["coverage"] if c["status"] == "UNAVAILABLE"} == {"monenfant"}
    assert (ready.status_code, ready.json()["status"]) == (200, "warn")
    assert [source for source, [check] in ready.json()["checks"].items() if check["status"] == "warn"] == ["monenfant"]
    assert (live.status_code, live.json()) == (200, {"status": "pass"})
    assert sources["monenfant"]["status"] == "FAILING"
    assert sources["monenfant"]["lastAnswerAt"] is None
    assert sources["annuaire_sante"]["status"] == "ANSWERING"
    assert sources["annuaire_sante"]["lastAnswerAt"]
    failure = observatory.total().sources["monenfant"].last_failure
    assert failure
    assert failure.kind == "unavailable"


async def test_documents_and_plans_that_are_kept_are_told(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA)
    async with watched_hub(tmp_path, observatory, Sandbox()) as http:
        for first in (1, 2, 2):
            query = 'query($first: Int!) { territories(name: "Dijon", first: $first) { name } }'
            await http.post("/graphql", json={"query": query, "variables": {"first": first}})
        caches = observatory.total().caches

    assert (caches["documents"].entries, caches["documents"].hits, caches["documents"].misses) == (1, 1, 1)
    assert (caches["plans"].entries, caches["plans"].hits, caches["plans"].misses) == (1, 1, 1)
    assert caches["answers"].entries == 2
