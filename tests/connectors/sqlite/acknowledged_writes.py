"""Processes that write until they are killed, and tell each write when it was acknowledged; what they must leave behind.

Run as a program it is a nursery: for each line "FOLDER FIRST" it forks a writer, and says "dead" when that one is. Writers
say "born PID", "registered N" and "linked N". The next one begins at the first write that was not acknowledged and does
it again under the same key, as a client would.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Kind
from connectors.links import FILE, Decision, LinkMethod, LinkState, open_links
from connectors.nomenclature import CategoryCode, PriorityBasis, PriorityCode, StructureKind
from connectors.records import ActionRecord, RecordPriority, StructureRecord
from connectors.registry import open_registry
from connectors.sqlite.connections import connect
from connectors.sqlite.integrity import faults
from connectors.sqlite.once import Once

AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
TOGETHER = 4
"""Writes asked for at once."""


def structure(n: int) -> StructureRecord:
    return StructureRecord(
        source="registry",
        key=f"k{n}",
        name=f"Structure {n}",
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.CULTURE,
        description=f"{n} " * 200,
        priorities=(RecordPriority(PriorityCode.EVEILLER, PriorityBasis.BY_ACTION, f"k{n}"),),
    )


def action(n: int) -> ActionRecord:
    return ActionRecord(
        source="registry", key=f"k{n}", title=f"Action {n}", carrier=f"k{n}", priorities=(PriorityCode.EVEILLER,)
    )


def decision(n: int) -> Decision:
    return Decision(
        a=f"a--{n}",
        b=f"b--{n}",
        state=LinkState.LINKED,
        method=LinkMethod.PERSON,
        fingerprints=("aaaa", "bbbb"),
        decided_by=f"person {n}",
        decided_at=AT,
        comment=f"{n} " * 100,
    )


def once(n: int) -> Once:
    return Once(owner="client", key=f"write {n}", request=b"%d" % n, at=AT)


async def write(folder: Path, first: int) -> None:
    """Write for ever."""
    registry, links = open_registry(folder / "registry.sqlite"), open_links(folder / FILE)
    _say(f"born {os.getpid()}")

    async def one(n: int) -> None:
        await registry.add([structure(n), action(n)], once=once(n))
        _say(f"registered {n}")
        await links.apply([decision(n)], once=once(n))
        _say(f"linked {n}")

    while True:
        await asyncio.gather(*(one(n) for n in range(first, first + TOGETHER)))
        first += TOGETHER


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def nursery() -> None:
    """Fork a writer for each line of the standard input."""
    for line in sys.stdin:
        folder, first = line.rsplit(maxsplit=1)
        child = os.fork()
        if child == 0:
            asyncio.run(write(Path(folder), int(first)))
        os.waitpid(child, 0)
        _say("dead")


@dataclass
class Acknowledged:
    """What was acknowledged so far."""

    registered: set[int] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)

    @property
    def first(self) -> int:
        """The first write that was not acknowledged whole."""
        done = self.registered & self.linked
        return next(n for n in range(len(done) + 1) if n not in done)


@contextmanager
def writers() -> Iterator[subprocess.Popen[str]]:
    """A nursery, ended in the end."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def killed_after(process: subprocess.Popen[str], folder: Path, so_far: Acknowledged, writes: int) -> int:
    """Have a writer write, kill it when so many writes were acknowledged, note all that it said, and count it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{folder} {so_far.first}\n")
    process.stdin.flush()
    pid = heard = 0
    for line in process.stdout:
        match line.split():
            case ["born", number]:
                pid = int(number)
            case ["registered", number]:
                so_far.registered.add(int(number))
                heard += 1
            case ["linked", number]:
                so_far.linked.add(int(number))
                heard += 1
            case ["dead"]:
                break
        if pid and heard >= writes:
            os.kill(pid, signal.SIGKILL)
            pid = 0
    return heard


async def wrong(folder: Path, so_far: Acknowledged) -> list[str]:
    """What was lost, doubled, altered or left half done."""
    registry, links = open_registry(folder / "registry.sqlite"), open_links(folder / FILE)
    most = max((*so_far.registered, *so_far.linked, 0)) + 2 * TOGETHER
    found = []
    for n in range(most):
        records = [(await registry.get(kind, [f"k{n}"])).get(f"k{n}") for kind in Kind]
        if records != [structure(n), action(n)] and (n in so_far.registered or records != [None, None]):
            found.append(f"registration {n}: {records}")
        taken = [link.decided_by for link in await links.history(f"a--{n}", f"b--{n}")]
        if taken != [f"person {n}"] and (n in so_far.linked or taken):
            found.append(f"link {n}: {taken}")
    await registry.aclose()
    await links.aclose()
    for name in ("registry.sqlite", FILE):
        connection = connect(folder / name)
        found += [f"{name}: {fault}" for fault in faults(connection)]
        connection.close()
    return found


if __name__ == "__main__":
    nursery()
