"""A directory that does what a test tells it, and remembers what it was asked."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from virtual_time import now

from connectors.contract import (
    Connector,
    Everywhere,
    InDepartement,
    Kind,
    Page,
    Query,
    Record,
    SourceInfo,
    SourceKind,
)
from connectors.errors import SourceError
from connectors.nomenclature import CategoryCode, StructureKind
from connectors.records import StructureRecord

INFO = SourceInfo(
    id="here",
    name="Here",
    kind=SourceKind.PARTNER_DIRECTORY,
    asks=frozenset({Everywhere, InDepartement}),
    concurrency=4,
    ttl=300,
)

CALLS: dict[str, Callable[[Connector], object]] = {
    "get": lambda c: c.get(Kind.STRUCTURE, ["a"]),
    "search": lambda c: c.search(Query(where=Everywhere())),
    "ping": lambda c: c.ping(),
}


def record(key: str, name: str = "") -> StructureRecord:
    return StructureRecord(
        source="here", key=key, name=name or key, kind=StructureKind.ESTABLISHMENT, category=CategoryCode.PMI
    )


class Directory:
    """Knows every key that does not begin with "no". Silent while `gate` is closed; fails with `failure`, or with
    those of `failures` first. `asked`: what and when. `at_last` is called when a call ends."""

    def __init__(self, info: SourceInfo = INFO) -> None:
        self.info = info
        self.failure: SourceError | None = None
        self.failures: list[SourceError | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.seconds = 0.0
        self.at_last: Callable[[], object] = lambda: None
        self.name = ""
        self.asked: list[tuple[float, object]] = []
        self.flying = self.most = self.cancelled = self.closed = 0

    @property
    def questions(self) -> list[object]:
        return [what for _, what in self.asked]

    @property
    def moments(self) -> list[float]:
        return [when for when, _ in self.asked]

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        await self._answer(list(keys))
        return {key: record(key, self.name) for key in keys if not key.startswith("no")}

    async def search(self, query: Query) -> Page:
        await self._answer(query)
        return Page(records=(record("found", self.name),), total=1)

    async def ping(self) -> None:
        await self._answer("ping")

    async def aclose(self) -> None:
        self.closed += 1

    async def _answer(self, what: object) -> None:
        self.asked.append((now(), what))
        failure = self.failures.pop(0) if self.failures else self.failure
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(self.seconds)
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.flying -= 1
            self.at_last()
        if failure:
            raise failure


async def turns(number: int = 20) -> None:
    """Let the loop go round: what can go on without time passing has gone on then."""
    for _ in range(number):
        await asyncio.sleep(0)
