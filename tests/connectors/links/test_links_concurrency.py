"""Several who decide at once, in one process and in two, and a process that dies in between."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from links_decisions import AT, by_person, decided

from connectors.links import LinkState, Verdict, deciding, open_links
from connectors.links.errors import AlreadyDecided, LinkRefused

SAYS = Verdict(by="moderator", at=AT)

OTHER_PROCESS = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from links_decisions import decided
from connectors.links import deciding, open_links

async def main():
    store = open_links(Path(sys.argv[1]))
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(40):
        await store.apply([decided(f"a--{n}", f"b--{n}"), decided(f"b--{n}", f"c--{n}")])
    if sys.argv[3:] == ["dies"]:
        write = deciding.write_decision
        left = [5]
        def die(*args):
            left[0] -= 1
            if not left[0]:
                os._exit(9)
            return write(*args)
        deciding.write_decision = die
        await store.apply([decided(f"x--{n}", f"y--{n}") for n in range(10)])
    await store.aclose()

asyncio.run(main())
"""


def other_process(path, *arguments):
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(path), here, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_two_runs_of_one_process_end_as_one(store):
    decisions = [decided(f"a--{n}", f"b--{n}") for n in range(50)]
    told = await asyncio.gather(*(store.apply(decisions) for _ in range(6)))
    assert sorted(len(changes) for changes in told) == [0, 0, 0, 0, 0, 50]
    assert len(await store.links_of(d.a for d in decisions)) == 50


async def test_two_processes_end_as_one(store, path):
    decisions = [[decided(f"a--{n}", f"b--{n}"), decided(f"b--{n}", f"c--{n}")] for n in range(40)]
    with other_process(path) as other:
        await asyncio.to_thread(other.stdout.readline)
        other.stdin.write("go\n")
        other.stdin.flush()
        for some in decisions:
            await store.apply(some)
        other.stdin.close()
        assert await asyncio.to_thread(other.wait, 30) == 0
    links = await store.links_of(f"b--{n}" for n in range(40))
    assert [len(await store.history(*link.pair)) for link in links] == [1] * 80


async def test_a_process_that_dies_leaves_whole_calls_only(store, path):
    with other_process(path, "dies") as other:
        other.stdin.write("go\n")
        other.stdin.close()
        assert await asyncio.to_thread(other.wait, 30) == 9
    assert len(await store.links_of(f"b--{n}" for n in range(40))) == 80
    assert await store.links_of(f"x--{n}" for n in range(10)) == []
    assert len(await store.apply([decided(f"x--{n}", f"y--{n}") for n in range(10)])) == 10


async def test_a_failure_half_way_undoes_the_whole_call(store, monkeypatch):
    write, left = deciding.write_decision, iter([True, True, False])

    def fails(*arguments):
        if not next(left):
            raise MemoryError
        return write(*arguments)

    monkeypatch.setattr(deciding, "write_decision", fails)
    with pytest.raises(MemoryError):
        await store.apply([decided(f"a--{n}", f"b--{n}") for n in range(3)])
    monkeypatch.undo()
    assert await store.links_of(f"a--{n}" for n in range(3)) == []


async def test_of_two_who_decide_a_suggestion_one_is_refused(store, path):
    await store.apply([decided("a--1", "b--1", LinkState.SUGGESTED)])
    other = open_links(path)
    told = await asyncio.gather(
        store.decide(1, SAYS, same=True), other.decide(1, SAYS, same=False), return_exceptions=True
    )
    await other.aclose()
    assert sum(isinstance(t, AlreadyDecided) for t in told) == 1
    assert len(await store.history("a--1", "b--1")) == 2


async def test_links_that_contradict_each_other_never_both_stand(store, path):
    other = open_links(path)
    for n in range(20):
        one, two = decided(f"a--{n}", f"b--{n}"), decided(f"a--{n}", f"b--x{n}")
        told = await asyncio.gather(store.apply([one]), other.apply([two]), return_exceptions=True)
        assert sum(isinstance(t, LinkRefused) for t in told) == 1
    circle = [by_person("a--c", "b--c"), by_person("b--c", "c--c"), by_person("a--c", "c--c")]
    told = await asyncio.gather(
        *(s.apply([d]) for s, d in zip((store, other, store), circle, strict=True)), return_exceptions=True
    )
    assert sum(isinstance(t, LinkRefused) for t in told) == 1
    await other.aclose()


async def test_readers_see_whole_calls_while_one_decides(store):
    done = asyncio.Event()

    async def decide():
        for n in range(30):
            state = (LinkState.LINKED, LinkState.APART)[n % 2]
            await store.apply([by_person(f"a--{k}", f"b--{k}", state) for k in range(5)])
        done.set()

    async def read():
        while not done.is_set():
            for ask in (store.links_of, store.links_around):
                states = {link.state for link in await ask([f"a--{k}" for k in range(5)])}
                assert len(states) <= 1

    await asyncio.gather(decide(), read(), read())
