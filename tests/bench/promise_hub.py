"""The hub under test: `hub1000 serve` in a process of its own, over three scripted directories in another."""

import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
import msgspec
from promise_directory import PLACES, Told

from connectors.gazetteer import gazetteer

SOURCES: Final = ("north", "south", "west")
ONE: Final = SOURCES[0]
"""The one that faults are put on."""
OTHERS: Final = SOURCES[1:]

BAR_SECONDS: Final = 1.5
"""Within which an answer comes, the deadline of each directory being the default of one second."""
PATIENCE: Final = 20.0
"""Seconds that a client waits."""
CLI: Final = (sys.executable, "-m", "hub.cli")
WITH_A_KEY: Final = '"$1" -m hub.cli admin create-key --data "$0" --role moderator --name promises && exec "$@"'
"""Makes a key of a moderator, which is printed, and then does what else it is told."""

QUESTION: Final = """query ($commune: InseeCode!) {
  structures(filter: { place: { commune: $commune } }, first: 20) {
    nodes { id name }
    coverage { source { id } status message recordCount }
  }
}"""

SETTINGS: Final = """
[server]
answer_cache_megabytes = {answers}
[limits.rates]
address = 0   # one address stands for many clients
[guards]
allowed_hosts = ["127.0.0.1"]
megabytes = {megabytes}
stale_while_revalidate = {revalidate}
[sources.annuaire_sante]
enabled = false
[sources.monenfant]
enabled = false
"""
SOURCE: Final = """
[sources.{name}]
connector = "declared"
url = "http://127.0.0.1:{port}/places"
entry_url = "http://127.0.0.1:{port}/places/{{key}}"
by_commune = {{ insee = "{{insee}}" }}
ttl = {ttl}
results = "items"
total = "total"
paging = {{ style = "page", pages = "pages" }}
category = "CULTURE"
fields = {{ key = "id", name = "nom", insee = "code_insee" }}
"""


def communes(seed: int = 1) -> Iterator[str]:
    """INSEE codes, each once, in an order of their own: no two questions are about the same place."""
    known = [c.insee for c in gazetteer().communes.values() if c.postal_codes and not c.parent]
    yield from Random(seed).sample(known, len(known))


class CannotServe(Exception):
    """A hub does not start."""


@dataclass(frozen=True)
class Answer:
    """What a client got: after so many seconds, and {} when it was no answer to a GraphQL question."""

    seconds: float
    body: dict[str, Any]

    @property
    def is_answer(self) -> bool:
        """Whether there is data in it."""
        return bool(self.body.get("data")) and "errors" not in self.body

    def status(self, source: str) -> str:
        """The coverage of a source; "" in what is no answer."""
        return self._coverage(source).get("status", "")

    def is_coded(self, source: str) -> bool:
        """Whether it says that this source gave nothing, or not all, and why."""
        told = self._coverage(source)
        return told.get("status") in {"UNAVAILABLE", "PARTIAL"} and bool(told.get("message"))

    def has(self, *sources: str, status: str = "COMPLETE") -> bool:
        """Whether all that these sources have is in it, with this status."""
        told = [self._coverage(source) for source in sources]
        return all((t.get("status"), t.get("recordCount")) == (status, PLACES) for t in told)

    def _coverage(self, source: str) -> dict[str, Any]:
        if not self.is_answer:
            return {}
        return next((c for c in self.body["data"]["structures"]["coverage"] if c["source"]["id"] == source), {})


class Directories:
    """The process of `promise_directory.py`. `fresh` gives communes that nobody asked about yet."""

    def __init__(self, process: asyncio.subprocess.Process, ports: dict[str, int]) -> None:
        self.ports = ports
        self.fresh = communes()
        self._process = process

    async def plan(self, *sources: str, **plan: Any) -> None:
        """Have these sources do something from now on; without a plan they are well."""
        for source in sources:
            await self._order({"source": source, "plan": plan})

    async def forget(self) -> None:
        """Begin to count again."""
        await self._order({"forget": True})

    async def told(self) -> dict[str, Told]:
        """What was counted."""
        return await self._order({"tell": True})

    async def _order(self, order: dict[str, Any]) -> dict[str, Told]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        return msgspec.json.decode(await self._process.stdout.readline(), type=dict[str, Told])


@asynccontextmanager
async def directories() -> AsyncIterator[Directories]:
    """Three of them."""
    program = Path(__file__).with_name("promise_directory.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), *SOURCES, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Directories(process, msgspec.json.decode(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True)
class Hub:
    """One that serves. `key`: that of a moderator. `folder`: where its databases are."""

    process: asyncio.subprocess.Process
    url: str
    key: str
    folder: Path
    directories: Directories
    session: aiohttp.ClientSession

    async def ask(self, commune: str | None = None) -> Answer:
        """The answer about a commune, by default one that nobody asked about yet."""
        variables = {"commune": commune or next(self.directories.fresh)}
        return await self.post({"query": QUESTION, "variables": variables})

    async def post(self, body: dict[str, Any], **headers: str) -> Answer:
        """The answer to any question; without data when the connection broke or the body is none."""
        began, told = time.perf_counter(), {}
        with suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
                told = await response.json()
        return Answer(time.perf_counter() - began, told)

    async def many(self, count: int, width: int) -> list[Answer]:
        """So many different questions, `width` at a time."""
        gate = asyncio.Semaphore(width)

        async def one() -> Answer:
            async with gate:
                return await self.ask()

        return await asyncio.gather(*(one() for _ in range(count)))

    async def healed(self, *sources: str) -> float:
        """Have sources be well again; the seconds until an answer has all of them."""
        began = time.perf_counter()
        await self.directories.plan(*sources)
        while not (await self.ask()).has(*sources):
            if time.perf_counter() - began > PATIENCE:
                return float("inf")
            await asyncio.sleep(0.05)
        took = time.perf_counter() - began
        await self.directories.forget()
        return took

    def megabytes(self) -> float:
        """Memory that its processes hold."""
        return sum(_resident(pid) for pid in (self.process.pid, *_children(self.process.pid)))


class Peak:
    """The most memory that a hub holds while a block runs, beyond what it held before."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.megabytes = 0.0

    async def __aenter__(self) -> "Peak":
        self._before = self._hub.megabytes()
        self._task = asyncio.create_task(self._watch())
        return self

    async def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, self._hub.megabytes() - self._before)
            await asyncio.sleep(0.01)

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def hub(
    there: Directories,
    *,
    folder: Path | None = None,
    ttl: float = 600.0,
    revalidate: float = 300.0,
    answers: int = 32,
    megabytes: int = 128,
    workers: int = 1,
    disk: int | None = None,
) -> AsyncIterator[Hub]:
    """A hub over these directories, its databases in `folder`, else in one of its own; on a `disk` of so many megabytes.

    `ttl`: seconds for which it may hold what they say, `revalidate`: for how much longer it may serve that while it asks
    again. `answers`, `megabytes`: room for answers, and for what each directory says.
    """
    with tempfile.TemporaryDirectory() as own:
        file, home = Path(own) / "hub.toml", folder or Path(own) / "data"
        home.mkdir(exist_ok=True)
        told = "".join(SOURCE.format(name=name, port=port, ttl=ttl) for name, port in there.ports.items())
        general = SETTINGS.format(answers=answers, megabytes=megabytes, revalidate=revalidate)
        file.write_text(general + told)
        process, url, key = await _started(file, home, workers, _on_a_disk(home, disk) if disk else ())
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            try:
                seen = Path(f"/proc/{process.pid}/root{home}") if disk else home
                yield Hub(process, url, key, seen, there, session)
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                await process.wait()


async def _started(
    file: Path, folder: Path, workers: int, before: tuple[str, ...]
) -> tuple[asyncio.subprocess.Process, str, str]:
    """`hub1000 serve` as this file says, behind other words of the command line; its address, and a moderator's key."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB1000_")}
    options = ("--config", str(file), "--data", str(folder), "--port", "0", "--workers", str(workers))
    process = await asyncio.create_subprocess_exec(
        *(*before, "sh", "-c", WITH_A_KEY, str(folder), *CLI, "serve", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    assert process.stdout
    key = (await process.stdout.readline()).decode().strip()
    found = None
    while found is None:
        line = (await process.stdout.readline()).decode()
        if not line:
            raise CannotServe(f"hub1000 serve does not start{', behind ' + before[0] if before else ''}")
        found = re.search(r"http://[\d.:]+", line)
    return process, found[0], key


def _on_a_disk(folder: Path, megabytes: int) -> tuple[str, ...]:
    """What mounts a small file system on a folder, for one command and what it starts (util-linux, no rights needed)."""
    mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$1" && shift && exec "$@"'
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(folder))


def _resident(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
