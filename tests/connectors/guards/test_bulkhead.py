"""Bulkheads: so many at once, so many in the queue, those first for whom somebody waits."""

import asyncio

import msgspec
import pytest
from scripted_directory import INFO, Directory, turns
from virtual_time import in_virtual_time, now

from connectors.contract import InDepartement, Kind, Query
from connectors.errors import Unavailable
from connectors.guards import bulkhead
from connectors.guards.bulkhead import WALK_SECONDS, Bulkhead
from connectors.guards.circuit import Circuit
from connectors.guards.ledger import Ledger

ONE = msgspec.structs.replace(INFO, concurrency=1)
WALK = Query(where=InDepartement("21"))


class Setting:
    """A bulkhead before a directory that is silent."""

    def __init__(self, inner: Directory) -> None:
        self.inner = inner
        self.ledger = Ledger("here")
        self.circuit = Circuit(inner.info, self.ledger, clock=now, jitter=lambda low, high: 1)
        self.guard = Bulkhead(inner, self.circuit, self.ledger)
        inner.gate.clear()


@in_virtual_time
async def test_so_many_at_once_and_the_others_in_order() -> None:
    here = Setting(Directory())
    calls = [asyncio.create_task(here.guard.get(Kind.STRUCTURE, [f"k{i}"])) for i in range(10)]
    await turns()
    assert here.inner.flying == INFO.concurrency

    here.inner.gate.set()
    await asyncio.gather(*calls)

    assert here.inner.most == INFO.concurrency
    assert here.inner.questions == [[f"k{i}"] for i in range(10)]
    here.inner.most = 0
    await asyncio.gather(*(here.guard.ping() for _ in range(10)))
    assert here.inner.most == INFO.concurrency, "every turn has been given back, none twice"


@in_virtual_time
async def test_walks_let_the_others_pass() -> None:
    here = Setting(Directory(ONE))
    calls = [asyncio.create_task(here.guard.ping())]
    await turns()
    calls += [asyncio.create_task(here.guard.search(WALK)) for _ in range(3)]
    await turns()
    calls.append(asyncio.create_task(here.guard.get(Kind.STRUCTURE, ["a"])))
    await turns()

    here.inner.gate.set()
    await asyncio.gather(*calls)

    assert here.inner.questions == ["ping", ["a"], WALK, WALK, WALK]


@in_virtual_time
async def test_a_queue_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "MOST_WAITING", 2)
    here = Setting(Directory(ONE))
    calls = [asyncio.create_task(here.guard.ping()) for _ in range(3)]
    await turns()

    with pytest.raises(Unavailable, match="too many questions wait"):
        await here.guard.ping()

    assert here.ledger.tally.held_back == {"queue": 1}
    walk = asyncio.create_task(here.guard.search(WALK))
    here.inner.gate.set()
    await asyncio.gather(walk, *calls)


@pytest.mark.parametrize("moment", ["before", "while it is passed on", "just after"])
@in_virtual_time
async def test_who_leaves_the_queue_gives_the_turn_on(moment: str) -> None:
    here = Setting(Directory(ONE))
    first, leaving, staying = (asyncio.create_task(here.guard.get(Kind.STRUCTURE, [k])) for k in "abc")
    await turns()
    if moment == "before":
        leaving.cancel()
        await turns()
        here.inner.gate.set()
    elif moment == "while it is passed on":
        here.inner.gate.set()
        leaving.cancel()
    else:
        here.inner.at_last = lambda: asyncio.get_running_loop().call_soon(leaving.cancel)
        here.inner.gate.set()

    await asyncio.gather(first, staying)

    assert leaving.cancelled()
    assert here.inner.questions == [["a"], ["c"]]
    await here.guard.ping()


@in_virtual_time
async def test_a_walk_does_not_keep_its_turn_for_ever() -> None:
    here = Setting(Directory(ONE))

    with pytest.raises(Unavailable, match="no answer within 30 s"):
        await here.guard.search(WALK)

    assert now() == WALK_SECONDS
    here.inner.gate.set()
    await here.guard.ping()


@in_virtual_time
async def test_what_waited_for_a_directory_that_is_found_down_does_not_leave() -> None:
    here = Setting(Directory(ONE))
    calls = [asyncio.create_task(here.guard.ping()) for _ in range(5)]
    await turns()
    here.circuit.failed(here.circuit.admit(), Unavailable("here", "asks us to slow down", retry_after=60))

    here.inner.gate.set()
    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(e) for e in ended].count(type(None)) == 1
    assert {str(e) for e in ended if e} == {"here: asks us to slow down"}
    assert len(here.inner.asked) == 1
