"""Whether an acknowledged registration is kept, once: many clients, and the real process killed many times meanwhile.

    python tests/bench/registrations.py [--registrations 1000] [--clients 50] [--kills 50] [--seed 1]

Each client submits its registrations one after the other over HTTP, with a key of its own, and has each validated; what
was not acknowledged it asks for again under the same idempotency key, as a client would. `hub1000 serve` gets SIGKILL
after a random number of acknowledgements, again and again, and is started anew. Somebody reads the feed of changes all
the while, from one cursor to the next. In the end every acknowledged registration is to be there, none twice, and the
feed is to have told each exactly once, in order.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from connectors.sqlite.connections import connect
from connectors.sqlite.integrity import faults
from hub.access.accounts import create_key
from hub.access.store import FILE, open_access
from resolvers.access import Role
from resolvers.accounts import NewKey

SUBMIT = """mutation ($input: RegistrationInput!) { submitRegistration(input: $input) {
  ... on Registration { id revision } ... on RegistrationRefused { reasons { code field message } } } }"""
DECIDE = """mutation ($input: DecisionInput!) { decideRegistration(input: $input) {
  ... on Registration { id state } ... on RegistrationRefused { reasons { code } } } }"""
CHANGES = (
    "query ($since: String) { changes(since: $since) { nodes { kind ids cursor } pageInfo { hasNextPage endCursor } } }"
)
LIST = """query ($after: String) { registrations(first: 100, after: $after) { totalCount
  nodes { id state form { name } structures { id } events { what } } pageInfo { hasNextPage endCursor } } }"""

FORM = {
    "kind": "ESTABLISHMENT",
    "category": "MODE_ACCUEIL",
    "subcategory": "CRECHE",
    "inPeriod": True,
    "situations": [{"situation": "FINANCE", "institution": "Caf"}],
    "priorities": ["EVEILLER"],
    "actions": [{"title": "Une action", "priorities": ["FORMER"]}],
    "places": [{"street": "1 rue de Siam", "commune": "29019"}],
    "contact": {"email": {"value": "a@example.org"}},
    "consent": "2026-11",
}


@dataclass
class Run:
    """What a run knows of itself. `acknowledged`: name -> id, as clients were told."""

    url: str = ""
    serving: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: dict[str, str] = field(default_factory=dict)
    validated: set[str] = field(default_factory=set)
    again: int = 0
    kills: int = 0
    told: list[tuple[str, str]] = field(default_factory=list)
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledgements(self) -> int:
        return len(self.acknowledged) + len(self.validated)


class Asking:
    """One client; it asks again what was not answered."""

    def __init__(self, run: Run, key: str | None) -> None:
        self._run = run
        self._http = httpx.AsyncClient(headers={"authorization": f"Bearer {key}"} if key else {}, timeout=30)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        while True:
            await self._run.serving.wait()
            try:
                answer = await self._http.post(
                    f"{self._run.url}/graphql", json={"query": query, "variables": variables}
                )
                body = answer.json()
            except (httpx.HTTPError, ValueError):
                self._run.again += 1
                await asyncio.sleep(0.05)
                continue
            if "errors" in body:
                raise RuntimeError(body["errors"])
            data: dict[str, Any] = body["data"]
            return data

    async def aclose(self) -> None:
        await self._http.aclose()


async def keys(data: Path, clients: int) -> list[str]:
    """A key for each client, then that of a moderator."""
    store = open_access(data / FILE)
    texts = []
    for number in range(clients + 1):
        role = Role.REGISTRANT if number < clients else Role.MODERATOR
        _, text = await create_key(store, NewKey(role=role, name=f"client {number}"), "bench", known=[])
        texts.append(text)
    await store.aclose()
    return texts


async def client(run: Run, key: str, moderator: str, number: int, count: int) -> None:
    asking, deciding = Asking(run, key), Asking(run, moderator)
    for n in range(count):
        name = f"Crèche {number}-{n}"
        done = (await asking.ask(SUBMIT, input={**FORM, "name": name, "idempotencyKey": name}))["submitRegistration"]
        if "id" not in done:
            raise RuntimeError(done)
        run.acknowledged[name] = done["id"]
        run.progress.set()
        given = {"id": done["id"], "revision": done["revision"], "decision": "VALIDATE"}
        decided = (await deciding.ask(DECIDE, input=given))["decideRegistration"]
        # a decision that was taken and not acknowledged is no longer there to be taken
        if "id" not in decided and [r["code"] for r in decided["reasons"]] != ["WRONG_STATE"]:
            raise RuntimeError(decided)
        run.validated.add(done["id"])
        run.progress.set()
    await asking.aclose()
    await deciding.aclose()


async def server(data: Path) -> tuple[asyncio.subprocess.Process, str]:
    """`hub1000 serve` as it is run, and its address."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB1000_")}
    command = [sys.executable, "-m", "hub.cli", "serve", "--port", "0", "--data", str(data)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://[\d.:]+", line)
    if found is None:
        raise RuntimeError(f"the server did not start: {line!r}")
    return process, found[0]


async def killing(run: Run, data: Path, kills: int, total: int, chance: random.Random) -> asyncio.subprocess.Process:
    """Kill the server at random moments, all of them before the last acknowledgements; the last one lives."""
    at = sorted(chance.sample(range(1, total - total // 20), kills))
    process, run.url = await server(data)
    run.serving.set()
    for moment in at:
        while run.acknowledgements < moment:
            run.progress.clear()
            await run.progress.wait()
        await asyncio.sleep(chance.random() * 0.02)  # somewhere in the middle of what is under way
        run.serving.clear()
        process.send_signal(signal.SIGKILL)
        await process.wait()
        run.kills += 1
        process, run.url = await server(data)
        run.serving.set()
    return process


async def feed(run: Run) -> AsyncIterator[tuple[str, str]]:
    """The feed, page by page, for ever."""
    asking, since = Asking(run, None), None
    while True:
        changes = (await asking.ask(CHANGES, since=since))["changes"]
        for node in changes["nodes"]:
            if node["kind"] not in {"LINKED", "UNLINKED"}:
                yield node["kind"], node["ids"][0]
        since = changes["pageInfo"]["endCursor"]
        if not changes["pageInfo"]["hasNextPage"]:
            await asyncio.sleep(0.2)


async def reading(run: Run) -> None:
    async for told in feed(run):
        run.told.append(told)


async def kept(run: Run, moderator: str) -> list[dict[str, Any]]:
    """All registrations that there are in the end."""
    asking, found, after = Asking(run, moderator), [], None
    while True:
        page = (await asking.ask(LIST, after=after))["registrations"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            await asking.aclose()
            return found


def wrong(run: Run, found: list[dict[str, Any]]) -> list[str]:
    """What was lost, doubled, or told wrong."""
    faulty = []
    by_id = {r["id"]: r for r in found}
    for name, id_ in run.acknowledged.items():
        if id_ not in by_id or by_id[id_]["form"]["name"] != name:
            faulty.append(f"lost: {name}")
    faulty += [f"twice: {name}" for name, times in Counter(r["form"]["name"] for r in found).items() if times > 1]
    faulty += [f"not shown: {r['id']}" for r in found if r["state"] != "VALIDATED" or len(r["structures"]) != 1]
    steps = ["CREATED", "SUBMITTED", "VALIDATED"]
    faulty += [f"steps of {r['id']}: {r['events']}" for r in found if [e["what"] for e in r["events"]] != steps]
    told = Counter(run.told)
    expected = {("CREATED", r["structures"][0]["id"]) for r in found if r["structures"]}
    faulty += [f"told {times} times: {change}" for change, times in told.items() if times > 1]
    faulty += [f"never told: {change}" for change in expected - told.keys()]
    faulty += [f"told of nothing: {change}" for change in told.keys() - expected]
    return faulty


def in_order(run: Run, data: Path) -> list[str]:
    """Whether the feed was told in the order in which it is on disk, and the database is sound."""
    with closing(connect(data / "registry.sqlite")) as connection:
        logged = [(kind, id_) for kind, id_ in connection.execute("SELECT kind, id FROM change ORDER BY seq")]
        found = [f"registry.sqlite: {fault}" for fault in faults(connection)]
    return found if logged == run.told else [*found, "the feed was told in another order than it is kept in"]


async def main_run(registrations: int, clients: int, kills: int, seed: int) -> bool:
    run, chance, start = Run(), random.Random(seed), time.perf_counter()
    each = registrations // clients
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        *own, moderator = await keys(data, clients)
        reader = asyncio.create_task(reading(run))
        async with asyncio.TaskGroup() as together:  # a server that does not start ends it all
            killer = together.create_task(killing(run, data, kills, 2 * each * clients, chance))
            for number, key in enumerate(own):
                together.create_task(client(run, key, moderator, number, each))
        process = killer.result()
        found = await kept(run, moderator)
        for _ in range(100):
            if len(run.told) >= len(found):
                break
            await asyncio.sleep(0.1)
        reader.cancel()
        process.terminate()
        await process.wait()
        faulty = [*wrong(run, found), *in_order(run, data)]
    print(
        f"{len(run.acknowledged)} registrations acknowledged to {clients} clients and {len(run.validated)} validated, "
        f"{run.kills} SIGKILLs, {run.again} requests sent again; {len(found)} registrations kept, {len(run.told)} changes "
        f"told; {len(faulty)} lost, doubled or out of order ({time.perf_counter() - start:.0f} s)"
    )
    for line in faulty[:20]:
        print(f"  {line}")
    return not faulty and len(found) == each * clients


def main() -> int:
    """1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--registrations", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    return 0 if asyncio.run(main_run(asked.registrations, asked.clients, asked.kills, asked.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
