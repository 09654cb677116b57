"""The token bucket, on a clock of the test's own."""

import asyncio

import pytest

from connectors.rate import TokenBucket


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_rate_and_a_burst_are_positive(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate, burst=burst)


async def departures(bucket: TokenBucket, calls: int) -> list[float]:
    loop = asyncio.get_running_loop()
    moments = []
    for _ in range(calls):
        await bucket.take()
        moments.append(loop.time())
    return moments


async def test_calls_leave_no_faster_than_the_rate() -> None:
    moments = await departures(TokenBucket(200), 10)

    assert moments[-1] - moments[0] >= 9 / 200 - 0.001


async def test_a_burst_leaves_at_once_then_the_rate_holds() -> None:
    moments = await departures(TokenBucket(100, burst=5), 8)

    assert moments[-1] - moments[0] >= 3 / 100 - 0.001
    assert moments[4] - moments[0] < moments[-1] - moments[0]


async def test_time_passed_is_not_saved_up_beyond_the_burst() -> None:
    now = 0.0
    bucket = TokenBucket(10, clock=lambda: now)
    await bucket.take()
    now = 100.0
    await bucket.take()
    waiting = asyncio.create_task(bucket.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_waiter_that_gives_up_gives_its_turn_back() -> None:
    now = 0.0
    bucket = TokenBucket(10, clock=lambda: now)
    await bucket.take()
    waiting = asyncio.create_task(bucket.take())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    now = 0.1
    async with asyncio.timeout(60):
        await bucket.take()
