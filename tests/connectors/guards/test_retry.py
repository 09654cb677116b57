"""Retries: of what a moment may mend, after a pause, within a budget."""

from collections.abc import Callable

import pytest
from scripted_directory import CALLS, Directory
from virtual_time import in_virtual_time, now

from connectors.contract import Kind
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.guards.ledger import Ledger
from connectors.guards.retry import MOST_SAVED, RESERVE, SHARE, TRIES, Retry


def momentary(retry_after: float | None = None) -> Unavailable:
    return Unavailable("here", "gone", momentary=True, retry_after=retry_after)


def retrying(inner: Directory, *, jitter: Callable[[float, float], float] = lambda low, high: high) -> Retry:
    return Retry(inner, Ledger("here"), within=1.0, clock=now, jitter=jitter)


@pytest.mark.parametrize("call", CALLS)
@in_virtual_time
async def test_a_moment_is_waited_and_longer_the_next_time(call: str) -> None:
    inner = Directory()
    inner.failures = [momentary(), momentary()]

    await CALLS[call](retrying(inner))

    assert inner.moments == pytest.approx([0, 0.1, 0.3])


@in_virtual_time
async def test_pauses_are_drawn_from_their_whole_length() -> None:
    drawn: list[tuple[float, float]] = []

    def half(low: float, high: float) -> float:
        drawn.append((low, high))
        return (low + high) / 2

    inner = Directory()
    inner.failures = [momentary(), momentary()]
    await retrying(inner, jitter=half).ping()

    assert drawn == [(0, 0.1), (0, 0.2)]
    assert inner.moments == pytest.approx([0, 0.05, 0.15])


@in_virtual_time
async def test_the_last_failure_is_told() -> None:
    inner = Directory()
    inner.failure = momentary()
    ledger = Ledger("here")

    with pytest.raises(Unavailable, match="gone"):
        await Retry(inner, ledger, within=1, clock=now).ping()

    assert len(inner.asked) == TRIES
    assert ledger.tally.retries == TRIES - 1


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("here", "500 or 429"),
        Refused("here", "no"),
        BadData("here", "nonsense"),
        momentary(retry_after=3),
    ],
)
@in_virtual_time
async def test_what_time_alone_or_nothing_mends_is_not_tried_again(failure: SourceError) -> None:
    inner = Directory()
    inner.failure = failure

    with pytest.raises(type(failure)):
        await retrying(inner).get(Kind.STRUCTURE, ["a"])

    assert len(inner.asked) == 1


@in_virtual_time
async def test_a_short_wish_to_wait_is_granted() -> None:
    inner = Directory()
    inner.failures = [momentary(retry_after=0.08)]

    await retrying(inner, jitter=lambda low, high: low).ping()

    assert inner.moments == pytest.approx([0, 0.08])


@in_virtual_time
async def test_a_call_that_took_the_whole_deadline_is_not_repeated() -> None:
    inner = Directory()
    inner.seconds = 0.95
    inner.failure = momentary()

    with pytest.raises(Unavailable):
        await retrying(inner).ping()

    assert len(inner.asked) == 1


@in_virtual_time
async def test_an_outage_is_not_made_worse() -> None:
    inner = Directory()
    inner.failure = momentary()
    guard = retrying(inner)

    for _ in range(1000):
        with pytest.raises(Unavailable):
            await guard.ping()

    assert len(inner.asked) - 1000 == pytest.approx(1000 * SHARE + RESERVE, abs=1)


@in_virtual_time
async def test_calls_without_trouble_save_up_so_much_and_no_more() -> None:
    inner = Directory()
    guard = retrying(inner)
    for _ in range(1000):
        await guard.ping()
    inner.asked.clear()
    inner.failure = momentary()

    for _ in range(100):
        with pytest.raises(Unavailable):
            await guard.ping()

    assert len(inner.asked) - 100 == pytest.approx(MOST_SAVED + 100 * SHARE, abs=1)
