"""Whether an acknowledged write is kept: writers killed many times, fsyncs counted, a database locked for long.

    python tests/bench/durability.py [--kills 200] [--locked 20] [--seed 1]

Writers put registrations and links, several at once, and say when each was acknowledged; each is killed (SIGKILL) after a
random number of writes, and all that was ever acknowledged is then read again. fsyncs are counted by strace, when it is
there. The last part holds the write lock for `--locked` seconds while writes and reads go on.
"""

import argparse
import asyncio
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "connectors" / "sqlite"))

import acknowledged_writes
from acknowledged_writes import Acknowledged, killed_after, structure, writers, wrong

from connectors.contract import Kind, Record
from connectors.errors import Unavailable
from connectors.registry import open_registry

SYNCS = ("fsync", "fdatasync")


@dataclass(frozen=True)
class Told:
    """What was measured, in words, and whether it is as promised."""

    words: str
    kept: bool


def kills(times: int, seed: int) -> Told:
    """Kill writers, and tell what they lost."""
    so_far, chance = Acknowledged(), random.Random(seed)
    found: list[str] = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, writers() as process:
        for number in range(1, times + 1):
            killed_after(process, Path(folder), so_far, chance.randint(1, 40))
            if number % 20 == 0 or number == times:
                found += asyncio.run(wrong(Path(folder), so_far))
    count = len(so_far.registered) + len(so_far.linked)
    words = (
        f"SIGKILL {times} times under writes: {count} writes acknowledged, {len(found)} lost, doubled or altered "
        f"({time.perf_counter() - start:.0f} s)"
    )
    return Told("; ".join([words, *found[:10]]), not found)


def syncs(writes: int) -> Told:
    """Count the fsyncs of a writer, and tell them by acknowledged write."""
    strace = shutil.which("strace")
    if strace is None:
        return Told("fsyncs were not counted: there is no strace", kept=False)
    program = [sys.executable, acknowledged_writes.__file__]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        asyncio.run(wrong(Path(folder), Acknowledged()))  # makes the databases
        command = [strace, "-f", "-e", "trace=fsync,fdatasync,write", "-o", str(log), *program]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            killed_after(process, Path(folder), Acknowledged(), writes)
            assert process.stdin is not None
            process.stdin.close()
        calls = log.read_text(encoding="utf-8", errors="replace")
    _, _, after = calls.partition('"born ')
    before_last, last, _ = after.rpartition('write(1, "')
    acknowledged = len(re.findall(r'write\(1, "(?:registered|linked)', before_last + last)) or 1
    synced = sum(len(re.findall(rf"\b{name}\(", before_last)) for name in SYNCS)
    words = f"fsyncs: {synced} for {acknowledged} acknowledged writes, {synced / acknowledged:.2f} each"
    return Told(words, synced >= acknowledged)


async def locked(seconds: float) -> Told:
    """Hold the write lock, and tell what writes and reads are told meanwhile and afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.sqlite"
        registry = open_registry(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            end = time.perf_counter() + seconds
            told, slowest = await asyncio.gather(_writes(registry.add, end), _reads(registry.get, end))
            other.execute("COMMIT")
        start = time.perf_counter()
        await registry.add([structure(0)])
        recovered = time.perf_counter() - start
        refused = sum(isinstance(t, Unavailable) for t in told)
        found = await registry.get(Kind.STRUCTURE, [f"k{n}" for n in range(1, len(told) + 1)])
        await registry.aclose()
    false = sum(t is None for t in told) - len(found)
    words = (
        f"locked {seconds:g} s: {len(told)} writes, {refused} refused, {false} falsely acknowledged; slowest read "
        f"{slowest * 1e3:.1f} ms; first write after it {recovered * 1e3:.0f} ms"
    )
    return Told(words, refused == len(told) and not found)


async def _writes(add: Callable[[Sequence[Record]], Awaitable[None]], end: float) -> Sequence[BaseException | None]:
    """Ask for ten writes a second, and tell how each ended."""
    asked: list[asyncio.Task[None]] = []
    while time.perf_counter() < end - 6:  # the last ones are to be told before the lock is let go
        asked.append(asyncio.ensure_future(add([structure(len(asked) + 1)])))
        await asyncio.sleep(0.1)
    return await asyncio.gather(*asked, return_exceptions=True)


async def _reads(get: Callable[[Kind, Sequence[str]], Awaitable[object]], end: float) -> float:
    """Read a hundred times a second, and tell the longest time that a read took."""
    slowest = 0.0
    while time.perf_counter() < end:
        start = time.perf_counter()
        await get(Kind.STRUCTURE, ["cove"])
        slowest = max(slowest, time.perf_counter() - start)
        await asyncio.sleep(0.01)
    return slowest


def main() -> int:
    """All three; 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--locked", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    kept = True
    for run in (
        lambda: syncs(200),
        lambda: asyncio.run(locked(asked.locked)),
        lambda: kills(asked.kills, asked.seed),
    ):
        told = run()
        print(told.words, flush=True)
        kept = kept and told.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
