"""A guard against regressions that counts work instead of seconds: calls of directories, programs made, answers made."""

from pathlib import Path

import pytest
from hubs import Client, in_process

from hub.engine import CompiledExecutor
from hub.execution import Engine

QUERY = """query Around($radius: Int!, $first: Int!) {
  structures(filter: { place: { near: { latitude: 47.322, longitude: 5.041, radiusMeters: $radius } } }, first: $first) {
    totalCount
    nodes { name category { text } priorities { basis priority { code } } actions { nodes { title } } records { key } }
    facets { sources { count } }
  }
}"""


class Work:
    """What a hub has done since it was last asked."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self._faults = [server.faults for server in (client.sandbox.annuaire_sante, client.sandbox.data_inclusion)]
        self._arrived = 0
        self.executed = 0
        self.programs: list[str] = []
        execute, made = Engine.execute, CompiledExecutor._program

        async def counted(*given):
            self.executed += 1
            return await execute(*given)

        def noted(executor, program):
            before = executor.programs_made
            run = made(executor, program)
            if executor.programs_made > before:
                self.programs.append(program.text)
            return run

        monkeypatch.setattr(Engine, "execute", counted)
        monkeypatch.setattr(CompiledExecutor, "_program", noted)

    def calls(self) -> int:
        """Calls of directories over HTTP since the last time."""
        before, self._arrived = self._arrived, sum(faults.arrived for faults in self._faults)
        return self._arrived - before


async def test_work_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with in_process(tmp_path) as client:
        work = Work(client, monkeypatch)
        first = await client.ask(QUERY, radius=4000, first=5)
        assert first["structures"]["totalCount"] > 100
        cold = work.calls()
        assert 0 < cold <= 30, "the communes are asked by lists"
        assert (work.executed, len(work.programs)) == (1, 1)

        for _ in range(3):
            again = await client.ask(QUERY, radius=4000, first=5)
            assert again == first
        assert (work.calls(), work.executed) == (0, 2), "links were made with the first; the second was kept"

        page = await client.ask(QUERY, radius=4000, first=20)
        assert len(page["structures"]["nodes"]) == 20
        assert (work.calls(), work.executed) == (0, 3), "the rows are warm"
        nearer = await client.ask(QUERY, radius=3000, first=5)
        assert nearer["structures"]["totalCount"] < first["structures"]["totalCount"]
        assert work.calls() == 0, "its communes are among those that are held"
        await client.ask(QUERY.replace("Around", "Elsewhere").replace("47.322", "47.323"), radius=3000, first=5)
        assert len(work.programs) == 1, "documents that differ by names and literals share a program"
