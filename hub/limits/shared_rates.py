"""Rates counted in Redis, by the sliding windows of the `limits` library: for several processes or machines.

Redis is one more thing that can fail: it gets a short time to answer, and after a failure is left alone for a while.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Any, Final

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from hub.limits.rates import Allowance
from hub.limits.settings import RateLimits

PATIENCE_SECONDS: Final = 0.25
"""How long Redis may take to answer."""
RETRY_SECONDS: Final = 10.0
"""How long it is not asked again after a failure."""
PREFIX: Final = "hub1000"


class RedisRates:
    """What clients have spent, in the Redis at `url` (redis://, rediss:// or redis+unix://)."""

    def __init__(self, url: str, limits: RateLimits, clock: Callable[[], float] = monotonic) -> None:
        self._storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=PREFIX,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        )
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._window = limits.seconds
        self._clock = clock
        self._failed_until = float("-inf")

    async def spend(self, who: str, cost: int, quota: int) -> Allowance:
        """Spend for a client; ConnectionError while Redis does not answer."""
        if self._clock() < self._failed_until:
            raise ConnectionError("Redis failed a moment ago")
        item = RateLimitItemPerSecond(quota, self._window)
        cost = min(cost, quota)
        try:
            if await self._limiter.hit(item, who, cost=cost):
                return Allowance(allowed=True, quota=quota, window=self._window)
            windows = await self._storage.get_sliding_window(item.key_for(who), self._window)
        except StorageError as error:
            self._failed_until = self._clock() + RETRY_SECONDS
            raise ConnectionError(f"Redis: {error}") from None
        return Allowance(
            allowed=False,
            quota=quota,
            window=self._window,
            remaining=0,
            retry_after=max(1, ceil(self.wait(windows, quota - cost))),
        )

    async def left(self, who: str, quota: int) -> int:
        """What a client may spend still; ConnectionError while Redis does not answer."""
        if self._clock() < self._failed_until:
            raise ConnectionError("Redis failed a moment ago")
        try:
            stats = await self._limiter.get_window_stats(RateLimitItemPerSecond(quota, self._window), who)
        except StorageError as error:
            self._failed_until = self._clock() + RETRY_SECONDS
            raise ConnectionError(f"Redis: {error}") from None
        return stats.remaining

    def wait(self, windows: tuple[int, float, int, float], wanted: int) -> float:
        """Seconds until what counts, a share of the window before and the current one, has sunk to `wanted`."""
        before, before_ends, current, current_ends = windows
        if current <= wanted and before:
            return before_ends - (wanted - current) * self._window / before
        ends = before_ends if before else current_ends % self._window
        return ends + self._window * (1 - wanted / max(current, 1))

    async def aclose(self) -> None:
        """Close the connections."""
        bridge: Any = self._storage.bridge
        await bridge.get_connection().aclose()
