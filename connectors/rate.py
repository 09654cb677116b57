"""A token bucket: how a directory's published rate is respected."""

import asyncio
from collections.abc import Callable


class TokenBucket:
    """Lets `per_second` calls through a second, spread evenly, with bursts of at most `burst`.

    `clock` returns seconds and never goes back. Waiters are served in order; one that is cancelled gives its turn
    back.
    """

    def __init__(self, per_second: float, *, burst: int = 1, clock: Callable[[], float] | None = None) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a rate and a burst are positive")
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval
        self._clock = clock
        self._next = float("-inf")
        self._lock = asyncio.Lock()

    async def take(self) -> None:
        """Return when the next call may be made."""
        async with self._lock:
            clock = self._clock or asyncio.get_running_loop().time
            wait = self._next - self._slack - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            self._next = max(self._next, clock()) + self._interval
