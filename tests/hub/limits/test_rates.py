"""What clients may spend: by cost, by address or key, in bounded memory."""

import tracemalloc

import pytest
from clocks import Clock

from hub.limits.rates import Rates
from hub.limits.settings import RateLimits
from resolvers.accounts import Quota


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rates(clock: Clock, **limits: int) -> Rates:
    return Rates(RateLimits(**({"address": 1000, "key": 5000, "seconds": 100} | limits)), clock=clock)


async def test_cost_is_spent_not_requests(clock: Clock) -> None:
    spending = rates(clock)

    assert [(await spending.spend("a", 300)).remaining for _ in range(3)] == [700, 400, 100]
    refused = await spending.spend("a", 300)
    assert (refused.allowed, refused.remaining) == (False, 100)
    assert (await spending.spend("a", 100)).allowed
    assert (await spending.spend("b", 1000)).allowed


async def test_retry_after_is_the_first_moment_that_will_do(clock: Clock) -> None:
    spending = rates(clock)
    await spending.spend("a", 900)
    refused = await spending.spend("a", 250)

    assert refused.retry_after == 15  # 150 short, 10 a second
    clock.now += 14
    assert not (await spending.spend("a", 250)).allowed
    clock.now += 1
    assert (await spending.spend("a", 250)).allowed


async def test_nobody_saves_up_more_than_the_quota(clock: Clock) -> None:
    spending = rates(clock)
    await spending.spend("a", 1000)
    clock.now += 10_000

    assert (await spending.spend("a", 1)).remaining == 999


async def test_a_cost_beyond_the_quota_takes_all_of_it(clock: Clock) -> None:
    spending = rates(clock)

    assert (await spending.spend("a", 10**9)).remaining == 0
    assert (await spending.spend("a", 10**9)).retry_after == 100


async def test_a_key_has_a_quota_of_its_own_whatever_it_is_called(clock: Clock) -> None:
    spending = rates(clock)
    await spending.spend("a", 1000)

    assert (await spending.spend("a", 5000, key=True)).allowed
    assert not (await spending.spend("a", 1)).allowed


async def test_without_a_quota_there_is_no_bound_and_nothing_is_told(clock: Clock) -> None:
    spending = rates(clock, address=0)

    allowance = await spending.spend("a", 10**9)
    assert allowance.allowed
    assert allowance.headers() == {}
    await spending.aclose()


async def test_headers(clock: Clock) -> None:
    spending = rates(clock)

    assert (await spending.spend("a", 400)).headers() == {
        "ratelimit-policy": '"cost";q=1000;w=100',
        "ratelimit": '"cost";r=600;t=0',
    }
    refused = (await spending.spend("a", 700)).headers()
    assert refused["retry-after"] == "10"
    assert refused["ratelimit"] == '"cost";r=600;t=10'
    assert "retry-after" in refused["access-control-expose-headers"]


async def test_memory_is_bounded_whatever_addresses_there_are(clock: Clock) -> None:
    spending = rates(clock, clients=1000)
    for i in range(1000):
        await spending.spend(f"198.51.{i // 256}.{i % 256}", 900)

    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for i in range(10_000):
        await spending.spend(f"2001:db8:{i:x}::/64", 900)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert after - before < 500_000
    # who is remembered is still counted, who was forgotten begins anew
    assert not (await spending.spend("2001:db8:270f::/64", 900)).allowed
    assert (await spending.spend("198.51.0.1", 900)).allowed


async def test_what_is_left_is_told_and_not_spent(clock: Clock) -> None:
    spending = rates(clock)
    assert await spending.quota("a") == Quota(5000, 100, 5000)
    await spending.spend("a", 3000, key=True)
    assert [await spending.quota("a") for _ in range(2)] == [Quota(5000, 100, 2000)] * 2
    clock.now += 10
    assert (await spending.quota("a")).left == 2500
    assert (await spending.quota("b")).left == 5000
    assert await rates(clock, key=0).quota("a") == Quota(0, 100, 0)
