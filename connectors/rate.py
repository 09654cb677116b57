"""How a directory's published rate is respected (a token bucket), and its wish that we wait (Retry-After)."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_HOLD: Final = 3600.0
"""Seconds: a longer wish to wait is taken for this much."""


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
            # a sleep may end a little early
            while (wait := self._next - self._slack - clock()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(wait)
            self._next = max(self._next, clock()) + self._interval


class Hold:
    """The moment before which a directory does not want to be called."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def left(self) -> float:
        """Seconds still to wait, 0 for none."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    def set(self, seconds: float) -> float:
        """Wait so long from now, or the longest that any wish is granted; gives what it is."""
        seconds = min(seconds, LONGEST_HOLD)
        self._until = max(self._until, asyncio.get_running_loop().time() + seconds)
        return seconds


def seconds_to_wait(retry_after: str) -> float | None:
    """What a Retry-After says (RFC 9110 §10.2.3: a number of seconds or a date); None when it cannot be read."""
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
