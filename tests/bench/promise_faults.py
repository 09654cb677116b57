"""What is promised of every fault there is: it stays where it is, costs little memory, and no more time than allowed."""

import asyncio
from itertools import cycle

from promise_directory import ANSWERS, ASKED_TO_WAIT, REFUSED
from promise_findings import Finding, Size
from promise_hub import BAR_SECONDS, SOURCES, Answer, Hub, Peak, directories, hub

MEGABYTES = 64
QUESTIONS = 8
"""About each fault, four at a time."""

FAULTS = {
    **{name: {"fault": name} for name in ANSWERS if name != "status_429"},  # it asks to be left alone for long
    REFUSED: {"fault": REFUSED},
    ASKED_TO_WAIT: {"fault": ASKED_TO_WAIT, "retry_after": 1},
    "latency": {"latency": 2.5},
}
"""What is put in force, by name."""


async def faults(size: Size) -> list[Finding]:
    """Each fault in turn, on each directory in turn."""
    names = list(FAULTS)[:: size.of(1, 6)]
    found = []
    async with directories() as there, hub(there) as asked:
        for name, broken in zip(names, cycle(SOURCES), strict=False):
            await asked.healed(*SOURCES)
            await there.plan(broken, **FAULTS[name])
            async with Peak(asked) as peak:
                answers = await asked.many(QUESTIONS, 4)
            await _over(asked)
            found.append((name, *_judged(answers, broken), peak.megabytes))
    return [_finding(found)]


def _judged(answers: list[Answer], broken: str) -> tuple[int, float]:
    """How many answers have what the other directories have and say what this one lacks; the slowest in seconds."""
    others = [source for source in SOURCES if source != broken]
    isolated = sum(answer.has(*others) and answer.is_coded(broken) for answer in answers)
    return isolated, max(answer.seconds for answer in answers)


async def _over(asked: Hub) -> None:
    """Heal, and wait until nothing of the fault goes on any more."""
    await asked.directories.plan(*SOURCES)
    for _ in range(200):
        if not any(told.in_flight for told in (await asked.directories.told()).values()):
            return
        await asyncio.sleep(0.05)


def _finding(found: list[tuple[str, int, float, float]]) -> Finding:
    bad = [
        f"{name} ({isolated}/{QUESTIONS}, {slowest:.2f} s, {megabytes:.0f} MB)"
        for name, isolated, slowest, megabytes in found
        if isolated < QUESTIONS or slowest > BAR_SECONDS or megabytes > MEGABYTES
    ]
    slowest, most = max(found, key=lambda f: f[2]), max(found, key=lambda f: f[3])
    told = f"{len(found) - len(bad)}/{len(found)}; slowest {slowest[2]:.2f} s ({slowest[0]}); most {most[3]:.0f} MB ({most[0]})"
    return Finding(
        f"{len(found)} fault modes, each isolated and coded",
        f"all; <= {MEGABYTES} MB more; <= {BAR_SECONDS} s",
        told + (f"; not: {', '.join(bad)}" if bad else ""),
        not bad,
    )
