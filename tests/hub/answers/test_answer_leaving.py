"""A client that goes away before its answer is there stops what is done for it alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hubs import in_process, site

from connectors.sandbox.faults import Fault
from hub.answers import leaving
from hub.answers.leaving import ClientGone, Leaving

NEARBY = b"""{"query":"{ structures(filter: { place: { commune: \\"21231\\" } }) { totalCount } }"}"""


class Connection:
    """The messages of a request, and then the end of the connection when `leave` is set."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.leave = asyncio.Event()
        self._messages = list(messages)

    async def receive(self) -> dict[str, Any]:
        if self._messages:
            return self._messages.pop(0)
        await self.leave.wait()
        return {"type": "http.disconnect"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "WATCH_AFTER", 0.0)


async def test_work_ends_when_the_client_leaves() -> None:
    connection = Connection({"type": "http.request"})
    stopped = []

    async def work() -> None:
        try:
            connection.leave.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    with pytest.raises(ClientGone), Leaving(connection.receive):
        await work()

    assert stopped
    await asyncio.sleep(0)  # and this task is not being cancelled any more


async def test_work_that_is_done_is_left_alone() -> None:
    connection = Connection()

    with Leaving(connection.receive):
        await asyncio.sleep(0)
    connection.leave.set()
    await asyncio.sleep(0)


async def test_who_else_ends_the_task_is_heard() -> None:
    connection = Connection()

    async def asking() -> None:
        with Leaving(connection.receive):
            await asyncio.Event().wait()

    task = asyncio.create_task(asking())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_call_goes_on_for_clients_that_left(tmp_path: Path) -> None:
    async with in_process(tmp_path, "[sources.annuaire_sante]\ndeadline = 60\n") as client:
        faults = client.sandbox.annuaire_sante.faults
        faults.now = Fault(silent=True)
        connections = [Connection({"type": "http.request", "body": NEARBY}) for _ in range(20)]
        app = site(client.hub)
        scope = {
            "type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
            "headers": [(b"host", b"hub"), (b"content-type", b"application/json")],
        }  # fmt: skip
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        asked = [asyncio.create_task(app(dict(scope), c.receive, send)) for c in connections]
        while not faults.in_flight:  # noqa: ASYNC110  # several may come in one turn of the loop
            await asyncio.sleep(0)
        for connection in connections:
            connection.leave.set()
        await asyncio.gather(*asked)
        await faults.until_in_flight(0)

        assert sent == []
        assert faults.max_in_flight <= client.hub.federation.sources["annuaire_sante"].info.concurrency
