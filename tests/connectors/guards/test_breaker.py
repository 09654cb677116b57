"""Breakers: when they open, what they say meanwhile, and how soon they close."""

import asyncio
from collections import Counter

import msgspec
import pytest
from scripted_directory import CALLS, INFO, Directory
from virtual_time import in_virtual_time, now

from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.guards.breaker import Breaker
from connectors.guards.bulkhead import Bulkhead
from connectors.guards.circuit import HALF, IN_A_ROW, PAUSE_SECONDS, WINDOW, Circuit, State
from connectors.guards.ledger import Ledger
from connectors.http import CALL_SECONDS
from connectors.rate import LONGEST_HOLD

LATE = 0.75
GONE = Unavailable("here", "gone")


class Setting:
    """A breaker before a directory, with the bulkhead between them."""

    def __init__(self, inner: Directory | None = None) -> None:
        self.inner = inner or Directory()
        self.ledger = Ledger("here")
        self.circuit = Circuit(self.inner.info, self.ledger, clock=now, jitter=lambda low, high: (low + high) / 2)
        calls = Bulkhead(self.inner, self.circuit, self.ledger)
        self.guard = Breaker(calls, self.circuit, late=LATE)

    @property
    def state(self) -> State:
        return self.circuit.state

    async def ask(self, call: str = "ping") -> SourceError | None:
        try:
            await CALLS[call](self.guard)  # type: ignore[misc]
        except SourceError as error:
            return error
        return None

    async def break_it(self, failure: SourceError = GONE) -> None:
        self.inner.failure = failure
        while self.state is State.CLOSED:
            assert await self.ask() is failure


@pytest.mark.parametrize("call", CALLS)
@in_virtual_time
async def test_failures_in_a_row_open_it(call: str) -> None:
    here = Setting()
    here.inner.failure = GONE
    for _ in range(IN_A_ROW):
        assert here.state is State.CLOSED
        assert await here.ask(call) is GONE
    assert here.state is State.OPEN

    error = await here.ask(call)

    assert isinstance(error, Unavailable)
    assert (error.message, error.retry_after) == ("gone", PAUSE_SECONDS)
    assert len(here.inner.asked) == IN_A_ROW
    assert here.ledger.tally.held_back == {"breaker": 1}
    assert (here.ledger.tally.breaker, here.ledger.tally.opened) == ("open", 1)


@in_virtual_time
async def test_an_answer_between_them_does_not() -> None:
    here = Setting()
    for _ in range(2):
        here.inner.failures = [GONE] * (IN_A_ROW - 1)
        for _ in range(IN_A_ROW - 1):
            await here.ask()
            assert here.circuit.failing
        assert await here.ask() is None
        assert not here.circuit.failing

    assert here.state is State.CLOSED


@in_virtual_time
async def test_half_of_the_last_calls_open_it() -> None:
    here = Setting()
    here.inner.failures = [GONE, None] * WINDOW

    asked = 0
    while here.state is State.CLOSED:
        asked += 1
        await here.ask()

    assert asked == 2 * HALF - 1


@pytest.mark.parametrize("failure", [BadData("here", "a page of nonsense"), GONE])
@in_virtual_time
async def test_nonsense_for_a_list_counts_and_for_single_keys_does_not(failure: SourceError) -> None:
    here = Setting()
    here.inner.failure = failure
    for _ in range(IN_A_ROW + 1):
        await here.ask("get")
    assert (here.state is State.OPEN) is isinstance(failure, Unavailable)

    here = Setting()
    here.inner.failure = failure
    for _ in range(IN_A_ROW):
        await here.ask("search")
    assert here.state is State.OPEN


@in_virtual_time
async def test_a_refusal_is_an_answer() -> None:
    here = Setting()
    here.inner.failure = Refused("here", "refuses our key")
    for _ in range(3 * WINDOW):
        await here.ask()

    assert here.state is State.CLOSED
    assert len(here.inner.asked) == 3 * WINDOW


@in_virtual_time
async def test_one_call_finds_out_whether_it_is_back() -> None:
    here = Setting()
    await here.break_it()
    await asyncio.sleep(PAUSE_SECONDS)
    here.inner.asked.clear()

    errors = await asyncio.gather(*(here.ask() for _ in range(10)))

    assert len(here.inner.asked) == 1
    assert here.state is State.OPEN
    assert all(error and error.message == "gone" for error in errors)
    here.inner.failure = None
    assert await here.ask() is not None, "the pause has begun again"
    await asyncio.sleep(PAUSE_SECONDS)
    assert await here.ask() is None
    assert here.state is State.CLOSED
    assert await asyncio.gather(*(here.ask() for _ in range(10))) == [None] * 10


@in_virtual_time
async def test_a_wish_to_wait_is_granted_to_the_second() -> None:
    here = Setting()
    here.inner.failures = [Unavailable("here", "asks us to slow down", retry_after=30)]
    await here.ask()
    assert here.state is State.OPEN

    while now() < 29.9:
        error = await here.ask()
        assert isinstance(error, Unavailable)
        assert error.retry_after == pytest.approx(30 - now())
        await asyncio.sleep(0.5)
    await asyncio.sleep(30 - now())

    assert await here.ask() is None
    assert here.inner.moments == pytest.approx([0, 30])


@in_virtual_time
async def test_a_wish_is_granted_although_another_call_is_answered() -> None:
    here = Setting()
    here.inner.seconds = 0.5
    first = asyncio.create_task(here.ask())
    await asyncio.sleep(0.1)
    here.inner.seconds = 0
    here.inner.failures = [Unavailable("here", "asks us to slow down", retry_after=10**9)]
    await here.ask()

    assert await first is None
    assert here.state is State.OPEN
    await asyncio.sleep(LONGEST_HOLD)
    assert await here.ask() is None


@in_virtual_time
async def test_silence_opens_it_before_any_call_has_ended() -> None:
    here = Setting()
    here.inner.gate.clear()
    calls = [asyncio.create_task(here.ask()) for _ in range(10)]
    await asyncio.sleep(LATE)
    await asyncio.sleep(0)
    assert here.state is State.OPEN
    assert here.circuit.failing

    error = await here.ask()
    here.inner.gate.set()
    ended = Counter(type(e) for e in await asyncio.gather(*calls))

    assert error
    assert error.message == "no answer in time"
    assert now() == LATE
    # those that had left are answered, and that closes it; what waited behind them until it was found to be down may go
    assert ended[type(None)] >= INFO.concurrency
    assert here.state is State.CLOSED


@in_virtual_time
async def test_one_slow_call_is_no_silence() -> None:
    here = Setting()
    here.inner.seconds = 5
    slow = asyncio.create_task(here.ask())
    await asyncio.sleep(1)
    assert (here.state, here.circuit.failing) == (State.CLOSED, True)
    here.inner.seconds = 0

    assert await here.ask() is None
    assert not here.circuit.failing
    assert await slow is None


@in_virtual_time
async def test_a_long_queue_before_a_directory_that_is_well_is_no_failure_of_it() -> None:
    here = Setting(Directory(msgspec.structs.replace(INFO, concurrency=1)))
    here.inner.seconds = 0.5

    assert await asyncio.gather(*(here.ask() for _ in range(20))) == [None] * 20

    assert now() == 10
    assert here.ledger.tally.opened == 0


@in_virtual_time
async def test_a_trial_that_is_late_or_left_gives_way_to_another() -> None:
    here = Setting()
    await here.break_it()
    here.inner.failure = None
    here.inner.gate.clear()
    await asyncio.sleep(PAUSE_SECONDS)

    left = asyncio.create_task(here.ask())
    await asyncio.sleep(0.1)
    assert here.state is State.HALF_OPEN
    assert await here.ask() is not None
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    late = asyncio.create_task(here.ask())
    await asyncio.sleep(LATE + 0.1)
    assert here.state is State.OPEN
    await asyncio.sleep(PAUSE_SECONDS)
    third = asyncio.create_task(here.ask())
    await asyncio.sleep(0.1)
    here.inner.gate.set()

    assert await asyncio.gather(late, third) == [None, None]
    assert here.state is State.CLOSED


@in_virtual_time
async def test_it_is_back_within_five_seconds_whatever_was_lost() -> None:
    """Calls that were lost stay in flight for the longest that one may last; then, and not later, it is asked again."""
    here = Setting()
    here.inner.gate.clear()
    lost = [asyncio.create_task(asyncio.wait_for(here.ask(), CALL_SECONDS)) for _ in range(INFO.concurrency)]
    await asyncio.sleep(0.01)
    back = now()
    here.inner.gate = asyncio.Event()  # those in flight go on waiting for the one before
    here.inner.gate.set()

    while await here.ask() is not None:  # noqa: ASYNC110  # it is asked again and again, as clients do
        await asyncio.sleep(0.05)

    assert CALL_SECONDS - 0.1 <= now() - back <= 5
    assert here.state is State.CLOSED
    await asyncio.gather(*lost, return_exceptions=True)


@in_virtual_time
async def test_a_full_outage_costs_hardly_a_call() -> None:
    here = Setting()
    here.inner.failure = GONE
    for _ in range(1000):
        await here.ask()
        await asyncio.sleep(0.01)

    assert len(here.inner.asked) <= IN_A_ROW + 10 / (0.9 * PAUSE_SECONDS)
