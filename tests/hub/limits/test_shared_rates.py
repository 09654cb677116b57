"""Rates counted in a real Redis, and what happens when it is gone, hangs, or comes back."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from clocks import Clock

from hub.limits.rates import Rates
from hub.limits.settings import RateLimits
from hub.limits.shared_rates import RETRY_SECONDS, RedisRates

SERVER = shutil.which("redis-server")

if SERVER is None and not os.environ.get("CI"):
    pytest.skip("needs Redis (Debian package redis-server)", allow_module_level=True)

LIMITS = RateLimits(address=1000, seconds=3600)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def redis(port: int) -> Iterator[str]:
    """The address of a Redis of its own, which answers."""
    assert SERVER, "Redis is not installed"
    command = [SERVER, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert any("Ready to accept connections" in line for line in process.stdout)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


async def test_several_processes_share_the_count() -> None:
    with redis(free_port()) as url:
        one, other = (Rates(LIMITS, RedisRates(url, LIMITS)) for _ in range(2))
        first = await one.spend("a", 600)
        refused = await other.spend("a", 600)
        small = await other.spend("a", 400)
        somebody_else = await other.spend("b", 600)
        await one.aclose()
        await other.aclose()

    assert (first.allowed, small.allowed, somebody_else.allowed) == (True, True, True)
    assert not refused.allowed
    assert 3600 < refused.retry_after < 3600 * 2
    assert refused.headers()["retry-after"] == str(refused.retry_after)
    assert first.headers() == {"ratelimit-policy": '"cost";q=1000;w=3600'}


async def test_a_cost_beyond_the_quota_takes_all_of_it() -> None:
    with redis(free_port()) as url:
        rates = Rates(LIMITS, RedisRates(url, LIMITS))
        assert (await rates.spend("a", 10**9)).allowed
        assert not (await rates.spend("a", 1)).allowed
        await rates.aclose()


@pytest.mark.parametrize(
    ("windows", "wanted", "seconds"),
    [
        # the window before counts by what is left of it: 600 must sink to 300
        ((1000, 2160.0, 0, 0.0), 300, 1080),
        ((1000, 1800.0, 200, 5400.0), 400, 1080),
        # the current window alone is too much: it must end, and then sink
        ((1000, 1800.0, 800, 5400.0), 400, 1800 + 1800),
        ((0, 0.0, 800, 5400.0), 400, 1800 + 1800),
    ],
)
async def test_how_long_to_wait(windows: tuple[int, float, int, float], wanted: int, seconds: float) -> None:
    shared = RedisRates("redis://127.0.0.1:1/0", LIMITS)
    assert shared.wait(windows, wanted) == pytest.approx(seconds)
    await shared.aclose()


async def test_without_redis_each_process_counts_and_asks_again_later(caplog: pytest.LogCaptureFixture) -> None:
    port, clock = free_port(), Clock(0.0)
    rates = Rates(LIMITS, RedisRates(f"redis://127.0.0.1:{port}/0", LIMITS, clock))

    assert (await rates.spend("a", 600)).remaining == 400
    assert "in this process only" in caplog.text
    with redis(port):
        assert (await rates.spend("a", 400)).remaining == 0  # still left alone
        clock.now += RETRY_SECONDS
        assert (await rates.spend("a", 600)).remaining is None  # and asked again: it has counted nothing
        assert not (await rates.spend("a", 600)).allowed
    await rates.aclose()


async def test_a_redis_that_hangs_is_not_waited_for() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    rates = Rates(LIMITS, RedisRates(f"redis://{host}:{port}/0", LIMITS))
    async with asyncio.timeout(30):
        assert (await rates.spend("a", 600)).remaining == 400
    await rates.aclose()
    server.close()
    await server.wait_closed()


async def test_what_is_left_is_told_by_redis_or_by_the_process() -> None:
    limits = RateLimits(key=1000, seconds=3600)
    with redis(free_port()) as url:
        one, other = (Rates(limits, RedisRates(url, limits)) for _ in range(2))
        await one.spend("a", 600, key=True)
        assert [(await rates.quota("a")).left for rates in (one, other)] == [400, 400]
    for _ in range(2):  # the second time it is not even asked
        assert (await one.quota("a")).left == 1000
    await one.aclose()
    await other.aclose()
