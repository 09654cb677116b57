"""What is promised of directories that fail: each costs its own part only, in time, and is asked as little as can be."""

import asyncio
import time
from itertools import islice
from typing import Final

from promise_findings import Finding, Size, percentile
from promise_hub import BAR_SECONDS, ONE, OTHERS, SOURCES, Answer, Hub, directories, hub

DEAD: Final = ("hang", "refused", "reset", "drip")
"""Ways to be dead: silent, nobody listening, hanging up, a byte at a time."""

RETRY_AFTER: Final = 3.0
BACK_SECONDS: Final = 5.0
DEADLINE: Final = 1.0
AT_ONCE: Final = 4
"""Calls that the hub has in flight at one directory, unless it is configured otherwise."""


async def identical(size: Size) -> list[Finding]:
    """The same question by many clients at once, nothing held yet, each directory taking 300 ms."""
    clients = size.of(500, 50)
    async with directories() as there, hub(there) as asked:
        await asked.healed(*SOURCES)
        await there.plan(*SOURCES, latency=0.3)
        commune = next(asked.directories.fresh)
        answers = await asyncio.gather(*(asked.ask(commune) for _ in range(clients)))
        told = (await there.told()).values()
    at_once, calls = max(t.most_for_one for t in told), max(t.calls for t in told)
    complete = sum(answer.has(*SOURCES) for answer in answers)
    return [
        Finding(
            f"{clients} identical concurrent queries: upstream calls",
            "<= 1 in flight per key",
            f"{at_once} in flight, {calls} made per directory",
            at_once <= 1,
        ),
        Finding("… of which complete", f"{clients}", f"{complete}", complete == clients),
    ]


async def sources(size: Size) -> list[Finding]:
    """One directory of three dead in each way, different questions, 20 at a time."""
    count = size.of(200, 30)
    found = []
    async with directories() as there, hub(there) as asked:
        for fault in DEAD:
            await asked.healed(*SOURCES)
            await there.plan(ONE, fault=fault)
            answers = await asked.many(count, 20)
            found.append(_one_dead(f"one directory of three: {fault}", answers))
    return found


def _one_dead(promise: str, answers: list[Answer]) -> Finding:
    count = len(answers)
    late = percentile([answer.seconds for answer in answers], 0.99)
    others = sum(answer.has(*OTHERS) for answer in answers)
    coded = sum(answer.is_coded(ONE) for answer in answers)
    return Finding(
        promise,
        f"p99 <= {BAR_SECONDS} s; others complete {count}/{count}; coded",
        f"p99 {late:.2f} s; {others}/{count}; coded {coded}/{count}",
        late <= BAR_SECONDS and others == coded == count,
    )


async def outage(size: Size) -> list[Finding]:
    """One directory answers nothing but 503: how often it is asked all the same, retries included."""
    count = size.of(1000, 100)
    async with directories() as there, hub(there) as asked:
        await asked.healed(*SOURCES)
        await there.plan(ONE, fault="error")
        answers = await asked.many(count, 20)
        calls = (await there.told())[ONE].calls
    others = sum(answer.has(*OTHERS) for answer in answers)
    return [
        Finding(
            f"full outage, {count} queries: upstream calls per query",
            "<= 1.1",
            f"{calls / count:.2f}; others complete {others}/{count}",
            calls <= 1.1 * count and others == count,
        )
    ]


async def errors(size: Size) -> list[Finding]:
    """One call in fifty fails with 503, nothing is held: retries hide it."""
    count = size.of(500, 100)
    least = count - count * 2 // 500
    async with directories() as there, hub(there, answers=0) as asked:
        await asked.healed(*SOURCES)
        await there.plan(ONE, fault="error", share=0.02)
        answers = await asked.many(count, 10)
        calls = (await there.told())[ONE].calls
    complete = sum(answer.has(*SOURCES) for answer in answers)
    return [
        Finding(
            "2 % errors: complete answers",
            f">= {least} of {count}",
            f"{complete} of {count}, by {calls - count} retries",
            complete >= least and calls > count,
        )
    ]


async def retry_after(size: Size) -> list[Finding]:
    """A directory says 429 and for how long; questions go on. It is asked again afterwards."""
    async with directories() as there, hub(there) as asked:
        await asked.healed(*SOURCES)
        await there.plan(ONE, fault="asked_to_wait", retry_after=RETRY_AFTER)
        until, questions = time.monotonic() + RETRY_AFTER - 0.1, 0
        while time.monotonic() < until:
            await asked.ask()
            questions += 1
        early = (await there.told())[ONE]
        back = await asked.healed(ONE)
    return [
        Finding(
            f"429 with Retry-After: {RETRY_AFTER:g}, {questions} queries meanwhile",
            "0 early calls",
            f"{early.early} early; asked again and complete {back:.1f} s after the time",
            early.early == 0 < early.calls and questions > 20 and back <= BACK_SECONDS,
        )
    ]


async def stale(size: Size) -> list[Finding]:
    """Every directory dead after what it said has passed its time: by much, so that it is asked in vain, or by little."""
    count = 20
    found = []
    async with directories() as there:
        for fault, revalidate in (("error", 300), ("hang", 300), ("error", 0), ("hang", 0)):
            async with hub(there, ttl=1.0, revalidate=revalidate) as asked:
                await asked.healed(*SOURCES)
                places = list(islice(asked.directories.fresh, count))
                warm = [await asked.ask(commune) for commune in places]
                await asyncio.sleep(1.2)
                await there.plan(*SOURCES, fault=fault)
                answers = [await asked.ask(commune) for commune in places]
            served = sum(answer.has(*SOURCES, status="STALE") for answer in answers)
            slowest = max(answer.seconds for answer in answers)
            found.append(
                Finding(
                    f"all directories dead ({fault}), cache warm, {'long' if revalidate == 0 else 'just'} past its time",
                    f"{count}/{count} from cache, marked STALE",
                    f"{served}/{count}, slowest {slowest * 1e3:.0f} ms",
                    served == count == sum(answer.has(*SOURCES) for answer in warm) and slowest <= BAR_SECONDS,
                )
            )
    return found


async def recovery(size: Size) -> list[Finding]:
    """A directory that many found dead is well again: when an answer has its part."""
    found = []
    async with directories() as there, hub(there) as asked:
        for fault in DEAD:
            await asked.healed(*SOURCES)
            took = 0.0
            for _ in range(size.of(5, 1)):
                await there.plan(ONE, fault=fault)
                await asked.many(size.of(100, 40), 20)
                took = max(took, await asked.healed(ONE))
            found.append((fault, took))
    worst = max(took for _, took in found)
    told = ", ".join(f"{fault} {took:.1f}" for fault, took in found)
    return [
        Finding(
            "recovery: seconds until a directory that is back is used",
            f"<= {BACK_SECONDS:g} s",
            f"{worst:.1f} s at worst ({told})",
            worst <= BACK_SECONDS,
        )
    ]


async def disconnect(size: Size) -> list[Finding]:
    """Clients that go away while every directory is silent: what was begun for them ends."""
    clients = size.of(50, 20)
    async with directories() as there, hub(there) as asked:
        await asked.healed(*SOURCES)
        await there.plan(*SOURCES, fault="hang")
        tasks = [asyncio.create_task(asked.ask()) for _ in range(clients)]
        began, before = time.monotonic(), 0
        while before < len(SOURCES) * AT_ONCE and time.monotonic() - began < 0.7:  # no deadline is over yet
            before = await _in_flight(asked)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        gone = time.monotonic()
        while (left := await _in_flight(asked)) and time.monotonic() - gone < DEADLINE:
            pass  # the directories are asked each time
        took = time.monotonic() - gone
    return [
        Finding(
            f"{clients} clients gone: upstream calls left",
            "0 within the deadline",
            f"{left} of {before}, after {took * 1e3:.0f} ms",
            left == 0 < before,
        )
    ]


async def _in_flight(asked: Hub) -> int:
    return sum(told.in_flight for told in (await asked.directories.told()).values())
