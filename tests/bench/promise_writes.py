"""What is promised of writes: what was acknowledged is there, once and as it was, and what is not is refused in words."""

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import durability
from promise_findings import Finding, Size
from promise_hub import SOURCES, CannotServe, Hub, directories, hub

from connectors.links import FILE, LinkState, open_links

LINK: Final = """mutation ($a: ID!, $b: ID!) {
  linkRecords(input: { a: $a, b: $b }) {
    ... on LinkDecided { link { id } }
    ... on LinkRefused { code }
  }
}"""
CLEAN: Final = frozenset({"SOURCE_UNAVAILABLE", "SOURCE_BAD_DATA"})
"""What a write is told that cannot be made."""

RECOVERY_SECONDS: Final = 5.0
BAR: Final = f"0 false acknowledgements, clean refusals, reads go on, recovery <= {RECOVERY_SECONDS:g} s"
DISK_MEGABYTES: Final = 6


@dataclass
class Writes:
    """Links between two records that were asked for, and how each write was told to have ended."""

    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    unclear: int = 0
    reads: int = 0
    lost_reads: int = 0

    async def one(self, asked: Hub) -> None:
        """Ask for one, of two records never linked before."""
        commune = next(asked.directories.fresh)
        pair = (f"{SOURCES[0]}--{commune}-1", f"{SOURCES[1]}--{commune}-1")
        body = {"query": LINK, "variables": dict(zip("ab", pair, strict=True))}
        told = (await asked.post(body, authorization=f"Bearer {asked.key}")).body
        codes = {error["extensions"]["code"] for error in told.get("errors", ())}
        if codes and codes <= CLEAN:
            self.refused.append(pair)
        elif not codes and ((told.get("data") or {}).get("linkRecords") or {}).get("link"):
            self.acknowledged.append(pair)
        else:
            self.unclear += 1

    async def some(self, asked: Hub, count: int) -> None:
        """Ask for so many, one after the other."""
        for _ in range(count):
            await self.one(asked)

    async def read(self, asked: Hub, commune: str | None = None) -> None:
        """Read what there is in a commune."""
        self.reads += 1
        self.lost_reads += not (await asked.ask(commune)).has(*SOURCES)

    async def false(self, folder: Path) -> int:
        """How many acknowledged writes are not there once, as they were, and how many refused ones are."""
        asked = self.acknowledged + self.refused
        with tempfile.TemporaryDirectory() as copy:  # SQLite follows /proc/PID/root to where the hub is not
            shutil.copytree(folder, copy, dirs_exist_ok=True)
            links = open_links(Path(copy) / FILE)
            states = {pair: [link.state for link in await links.history(*pair)] for pair in asked}
            await links.aclose()
        kept = sum(states[pair] == [LinkState.LINKED] for pair in self.acknowledged)
        return len(self.acknowledged) - kept + sum(bool(states[pair]) for pair in self.refused)

    def finding(self, promise: str, false: int, recovered: float) -> Finding:
        """What came of them; `recovered`: seconds that the first write took once nothing was wrong any more."""
        return Finding(
            promise,
            BAR,
            f"{len(self.refused)} refused, {self.unclear} unclear; {false} of {len(self.acknowledged)} acknowledged false; "
            f"{self.reads - self.lost_reads}/{self.reads} reads; first write after {recovered * 1e3:.0f} ms",
            false == self.unclear == self.lost_reads == 0 < len(self.refused) and recovered <= RECOVERY_SECONDS,
        )


async def kill(size: Size) -> list[Finding]:
    """Writers of the registry and of links, killed after a random number of writes."""
    told = await asyncio.to_thread(durability.kills, size.of(200, 5), 1)
    return [Finding("SIGKILL under writes", "0 acknowledged lost, doubled or altered", told.words, told.kept)]


async def fsync(size: Size) -> list[Finding]:
    """The fsyncs of a writer, counted by strace."""
    told = await asyncio.to_thread(durability.syncs, size.of(200, 40))
    return [Finding("fsync per acknowledgement", ">= 1", told.words, told.kept)]


async def disk(size: Size) -> list[Finding]:
    """A hub whose database another process locks, whose disk is full, whose database has damaged pages."""
    async with directories() as there:
        async with hub(there) as asked:
            found = [await _locked(asked, size.of(20, 7))]
        try:
            async with hub(there, disk=DISK_MEGABYTES) as asked:
                found.append(await _full(asked))
        except CannotServe as error:
            found.append(Finding("disk full", BAR, f"not measured: {error}", kept=False))
        with tempfile.TemporaryDirectory() as folder:
            writes = Writes()
            async with hub(there, folder=Path(folder)) as asked:
                await writes.some(asked, 200)
            linked = [a.partition("--")[2].partition("-")[0] for a, _ in writes.acknowledged[::20]]
            with damaged(Path(folder) / FILE):
                async with hub(there, folder=Path(folder)) as asked:
                    await asyncio.gather(
                        *(writes.one(asked) for _ in range(20)),
                        *(writes.read(asked) for _ in range(10)),
                        *(writes.read(asked, commune) for commune in linked),
                    )
            async with hub(there, folder=Path(folder)) as asked:
                took = await _recovered(asked, writes)
                found.append(
                    writes.finding("damaged pages, until they are mended", await writes.false(asked.folder), took)
                )
    return found


async def _locked(asked: Hub, seconds: float) -> Finding:
    writes = Writes()
    await writes.some(asked, 5)
    with closing(sqlite3.connect(asked.folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until, under_way = time.monotonic() + seconds, []
        while time.monotonic() < until:
            under_way.append(asyncio.create_task(writes.one(asked)))
            await writes.read(asked)
            await asyncio.sleep(0.2)
        other.execute("COMMIT")
    took = await _recovered(asked, writes)
    await asyncio.gather(*under_way)
    return writes.finding(f"database locked {seconds:g} s", await writes.false(asked.folder), took)


async def _full(asked: Hub) -> Finding:
    writes = Writes()
    await writes.some(asked, 5)
    filler = asked.folder / "filler"
    _fill(filler)
    for _ in range(100):
        await asyncio.gather(*(writes.one(asked) for _ in range(4)), writes.read(asked))
        if len(writes.refused) >= 20:
            break
    filler.unlink()
    took = await _recovered(asked, writes)
    return writes.finding("disk full", await writes.false(asked.folder), took)


def _fill(file: Path) -> None:
    """Take all the room that is left."""
    with file.open("wb", buffering=0) as out:
        for piece in (2**16, 1):
            try:
                while out.write(bytes(piece)):
                    pass
            except OSError:
                continue


async def _recovered(asked: Hub, writes: Writes) -> float:
    """Seconds until a write is acknowledged again."""
    began, before = time.monotonic(), len(writes.acknowledged)
    while len(writes.acknowledged) == before and time.monotonic() - began < 30:
        await writes.one(asked)
    return time.monotonic() - began


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Overwrite the leaves of every table but the schema's; mended in the end."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        leaves = connection.execute("SELECT pageno FROM dbstat WHERE name = 'link' AND pagetype = 'leaf'").fetchall()
    sound = path.read_bytes()
    with path.open("r+b") as file:
        for (page,) in leaves[len(leaves) // 2 :]:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
    yield
    path.write_bytes(sound)
