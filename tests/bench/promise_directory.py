"""Scripted directories: JSON lists of fictitious places over loopback sockets, faults put in force at will, calls counted.

    python tests/bench/promise_directory.py SOURCE…

Each source has a port of its own; the first line printed is a JSON object of them. Then it takes one JSON object a
line, and answers each with one:

    {"source": "north", "plan": {"fault": "hang"}}   from now on north does this; {} is health
    {"forget": true}                                 the counters of all begin again
    {"tell": true}                                   what was counted, by source

A list is asked for with `?insee=21231` and has `PLACES` entries, whatever the commune; an entry by its key, `/21231-1`.
Faults that break HTTP or JSON are those of the guards' tests.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

sys.path.insert(0, str(Path(__file__).parents[1] / "connectors" / "guards"))

from broken_server import BAD_DATA, UNAVAILABLE, Answer, bomb, whole

PLACES: Final = 5
"""Entries in each commune."""

GOOD: Final = "good"
REFUSED: Final = "refused"
"""Nobody listens any more."""

ASKED_TO_WAIT: Final = "asked_to_wait"
"""429 with `retry_after`."""

ANSWERS: Final[Mapping[str, Answer]] = {
    **UNAVAILABLE,
    **BAD_DATA,
    "no_content": whole(b"", status="204 No Content"),
    "wrong_shape": whole(b'["not", "what", "was", "asked"]'),
    "forbidden": whole(b"{}", status="403 Forbidden"),
    "server_error": whole(b"oops", status="500 Oops", type_="text/plain"),
    "bad_gateway": whole(b"<html>", status="502 Bad Gateway", type_="text/html"),
}
"""What is answered instead of the list, by name."""

CODE: Final = re.compile(r"[?&]insee=(\w+)")
KEY: Final = re.compile(r"/(\w+)-(\d+)$")


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """What a source does. `share`: of its calls that meet the fault, the others are well. `latency`: seconds before
    each answer. `up`, `down`: seconds of health and of the fault in turn, when both are given."""

    fault: str = GOOD
    share: float = 1.0
    latency: float = 0.0
    retry_after: float = 0.0
    up: float = 0.0
    down: float = 0.0


class Told(Struct):
    """What was counted since it was last forgotten. `early`: calls before the time that a 429 had named."""

    calls: int = 0
    in_flight: int = 0
    most: int = 0
    most_for_one: int = 0
    early: int = 0


class Source:
    """One directory, on a port of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told = Told()
        self.port = 0
        self._plan = Plan()
        self._since = self._not_before = 0.0
        self._chance = random.Random(1)
        self._flying: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def follow(self, plan: Plan) -> None:
        """Do as the plan says from now on."""
        if plan.fault in {"gzip_bomb", "huge"}:
            await asyncio.to_thread(bomb)  # made before the clock of a question runs
        self._plan, self._since = plan, time.monotonic()
        if plan.fault == REFUSED:
            await self._close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
            self.port = self._server.sockets[0].getsockname()[1]

    def forget(self) -> None:
        """Count from zero; what is in flight still is."""
        self.told = Told(in_flight=self.told.in_flight)
        self._not_before = 0.0

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while not writer.is_closing():
                    head = await reader.readuntil(b"\r\n\r\n")
                    await self._counted(head.split(b" ", 2)[1].decode(), reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _counted(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told, flying = self.told, self._flying
        told.calls += 1
        told.early += time.monotonic() < self._not_before
        told.in_flight += 1
        flying[path] += 1
        told.most = max(told.most, told.in_flight)
        told.most_for_one = max(told.most_for_one, flying[path])
        try:
            if self._plan.latency:
                await asyncio.sleep(self._plan.latency)
            await self._answer(path)(reader, writer)
        finally:
            self.told.in_flight -= 1
            flying[path] -= 1
            if not flying[path]:
                del flying[path]

    def _answer(self, path: str) -> Answer:
        plan = self._plan
        is_well = plan.share < 1 and self._chance.random() >= plan.share
        if plan.up and plan.down:
            is_well = (time.monotonic() - self._since) % (plan.up + plan.down) < plan.up
        if plan.fault == GOOD or is_well:
            return whole(self._body(path))
        if plan.fault == ASKED_TO_WAIT:
            self._not_before = self._not_before or time.monotonic() + plan.retry_after
            return whole(b"{}", f"retry-after: {plan.retry_after:g}", status="429 Slow down")
        return ANSWERS[plan.fault]

    def _body(self, path: str) -> bytes:
        if key := KEY.search(path):
            return json.dumps(self._entry(key[1], int(key[2]))).encode()
        code = CODE.search(path)
        entries = [self._entry(code[1], n) for n in range(1, PLACES + 1)] if code else []
        return json.dumps({"items": entries, "total": len(entries), "pages": 1}).encode()

    def _entry(self, insee: str, n: int) -> dict[str, str]:
        return {"id": f"{insee}-{n}", "nom": f"Lieu {n} de {self.name}, {insee}", "code_insee": insee}


async def _obey(sources: Mapping[str, Source], order: Mapping[str, object]) -> object:
    if "source" in order:
        await sources[str(order["source"])].follow(msgspec.convert(order["plan"], Plan))
    elif "forget" in order:
        for source in sources.values():
            source.forget()
    return {name: source.told for name, source in sources.items()}


async def main(names: list[str]) -> None:
    """Serve until the standard input ends."""
    sources = {name: Source(name) for name in names}
    for source in sources.values():
        await source.follow(Plan())
    print(json.dumps({name: source.port for name, source in sources.items()}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(msgspec.json.encode(await _obey(sources, json.loads(line))).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
