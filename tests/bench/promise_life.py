"""What is promised of a hub that lives long and of one that is stopped: nobody goes without an answer."""

import asyncio
import json
import signal
import time
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from statistics import mean
from typing import Final

from promise_findings import Finding, Size, percentile
from promise_hub import QUESTION, SOURCES, Answer, Hub, communes, directories, hub

GROWTH: Final = 10
EXIT_SECONDS: Final = 15
CLIENTS: Final = 16
OFTEN: Final = 400
SELDOM: Final = 6_000
"""Places: every other question is about one of few, the others go round those that are far too many to be held."""

FLAPS: Final = dict(zip(SOURCES, ("error", "hang", "truncated"), strict=True))
"""What each directory does for two seconds of five."""


async def soak(size: Size) -> list[Finding]:
    """Directories that come and go under steady questions. What is held of them is bounded low, so that it is soon full."""
    seconds = 15.0 if size.quick else size.minutes * 60
    answers: list[tuple[float, bool]] = []
    memory: list[float] = []
    async with directories() as there, hub(there, answers=4, megabytes=4, ttl=60) as asked:
        await asked.healed(*SOURCES)
        for source, fault in FLAPS.items():
            await there.plan(source, fault=fault, up=3, down=2)
        until = time.monotonic() + seconds
        await asyncio.gather(
            _weigh(asked, until, memory), *(_keep_asking(asked, n, until, answers) for n in range(CLIENTS))
        )
    half = memory[len(memory) // 2 :]
    fifth = max(1, len(half) // 5)
    growth = mean(half[-fifth:]) - mean(half[:fifth])
    answered, late = sum(ok for _, ok in answers), percentile([took for took, _ in answers], 0.99)
    return [
        Finding(
            f"soak of {seconds / 60:g} min, flapping directories: answered",
            "every query",
            f"{answered:,} of {len(answers):,}; p99 {late:.2f} s",
            answered == len(answers),
        ),
        Finding(
            "… growth of memory in the second half",
            f"<= {GROWTH} MB",
            f"{growth:+.1f} MB, of {half[-1]:.0f}",
            growth <= GROWTH,
        ),
    ]


async def _keep_asking(asked: Hub, n: int, until: float, answers: list[tuple[float, bool]]) -> None:
    places = list(islice(communes(), OFTEN + SELDOM))
    often, seldom = cycle(places[n:OFTEN:CLIENTS]), cycle(places[OFTEN + n :: CLIENTS])
    for place in chain.from_iterable(zip(often, seldom, strict=False)):
        if time.monotonic() > until:
            return
        answer = await asked.ask(place)
        answers.append((answer.seconds, _is_whole(answer)))
        await asyncio.sleep(0.05)


def _is_whole(answer: Answer) -> bool:
    """Whether it is an answer that tells of every directory what it gave."""
    return answer.is_answer and all(answer.status(source) for source in SOURCES)


async def _weigh(asked: Hub, until: float, memory: list[float]) -> None:
    while time.monotonic() < until:
        memory.append(asked.megabytes())
        await asyncio.sleep(1)


@dataclass
class Tally:
    """What became of requests around a SIGTERM: those whose connection was refused were never sent."""

    answered: int = 0
    unanswered: int = 0
    refused: int = 0
    after: int = 0
    """Answered after the signal."""
    longest: float = 0.0
    statuses: set[int] = field(default_factory=set)
    signalled: bool = False


async def sigterm(size: Size) -> list[Finding]:
    """SIGTERM while many ask, over connections kept and new, each directory taking 100 ms; with one worker and with two."""
    rounds = size.of(20, 1)
    found = []
    async with directories() as there:
        await there.plan(*SOURCES, latency=0.1)
        for workers in (1, 2):
            tally = Tally()
            for _ in range(rounds):
                async with hub(there, workers=workers) as asked:
                    await _stop_under_load(asked, tally)
            found.append(_stopped(f"SIGTERM under load, {workers} worker{'s'[: workers - 1]}, {rounds} rounds", tally))
    return found


def _stopped(promise: str, tally: Tally) -> Finding:
    return Finding(
        promise,
        f"0 requests unanswered; exit within {EXIT_SECONDS} s, status 0",
        f"{tally.unanswered} of {tally.answered:,}, {tally.after:,} of them after the signal; {tally.longest:.1f} s",
        tally.unanswered == 0 < tally.after and tally.longest <= EXIT_SECONDS and tally.statuses == {0},
    )


async def _stop_under_load(asked: Hub, tally: Tally) -> None:
    tally.signalled = False
    port = int(asked.url.rpartition(":")[2])
    clients = [asyncio.create_task(_client(port, n, tally)) for n in range(CLIENTS * 2)]
    await asyncio.sleep(0.8)
    asked.process.send_signal(signal.SIGTERM)
    began, tally.signalled = time.monotonic(), True
    async with asyncio.timeout(4 * EXIT_SECONDS):
        tally.statuses.add(await asked.process.wait())
    tally.longest = max(tally.longest, time.monotonic() - began)
    await asyncio.gather(*clients)


async def _client(port: int, n: int, tally: Tally) -> None:
    """Ask until nobody listens any more; those of an odd number open a connection for each question."""
    places = communes(seed=n)
    kept: tuple[StreamReader, StreamWriter] | None = None
    while True:
        if kept is None:
            try:
                kept = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                tally.refused += 1
                return
        reader, writer = kept
        try:
            closes = await _asked(reader, writer, next(places))
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            tally.unanswered += 1
            closes = True
        else:
            tally.answered += 1
            tally.after += tally.signalled
        if closes or n % 2:
            writer.close()
            kept = None


async def _asked(reader: StreamReader, writer: StreamWriter, commune: str) -> bool:
    """Ask over a connection; whether it is closed after the answer. ValueError on one that is no answer."""
    body = json.dumps({"query": QUESTION, "variables": {"commune": commune}}).encode()
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n")
    writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    told = json.loads(await reader.readexactly(length))
    if b" 200 " not in head[:20] or not Answer(0.0, told).is_answer:
        raise ValueError("not an answer")
    return b"connection: close" in head
