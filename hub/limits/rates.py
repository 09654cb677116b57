"""How much one client may ask: cost in a time, not a number of requests (see `hub.limits.cost`).

Each client has a bucket that holds what may be spent at once and fills steadily over the time (token bucket). Buckets
are kept in the process, a bounded number of them: the client unseen for longest is forgotten first. With Redis the
count is shared by all processes; while Redis does not answer each goes on counting by itself.
"""

import logging
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final, Protocol

from cachetools import LRUCache
from msgspec import Struct

from hub.limits.settings import RateLimits
from resolvers.accounts import Quota

log = logging.getLogger(__name__)

RATE_LIMITED: Final = "RATE_LIMITED"
POLICY: Final = "cost"
"""The policy's name in the header fields."""


class Allowance(Struct, frozen=True):
    """Whether a client may spend what it asked for.

    `quota`: what it may spend in `window` seconds, 0 for no bound. `remaining`: what is left of it, None when not
    known. `retry_after`: seconds until it may spend what it asked for; 0 when it may.
    """

    allowed: bool
    quota: int = 0
    window: int = 0
    remaining: int | None = None
    retry_after: int = 0

    def headers(self) -> dict[str, str]:
        """The header fields that tell it (Internet-Draft "RateLimit header fields for HTTP", revision 10).

        They are about one client: an answer that a shared cache may keep must not carry them.
        """
        if not self.quota:
            return {}
        told = {"ratelimit-policy": f'"{POLICY}";q={self.quota};w={self.window}'}
        if self.remaining is not None:
            told["ratelimit"] = f'"{POLICY}";r={self.remaining};t={self.retry_after}'
        if not self.allowed:
            told |= {"retry-after": str(self.retry_after), "access-control-expose-headers": "retry-after, ratelimit"}
        return told


UNBOUND: Final = Allowance(allowed=True)


class _Bucket(Struct):
    """What a client may spend: what was `held` of it at the time `since`."""

    held: float
    since: float


class Shared(Protocol):
    """A count that several processes share."""

    async def spend(self, who: str, cost: int, quota: int) -> Allowance:
        """See `Rates.spend`; ConnectionError when the count cannot be had."""
        ...

    async def left(self, who: str, quota: int) -> int:
        """What a client may spend still; ConnectionError when the count cannot be had."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class Rates:
    """What clients have spent. `clock`: seconds, steady."""

    def __init__(
        self, limits: RateLimits, shared: Shared | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limits = limits
        self._shared = shared
        self._clock = clock
        self._buckets: LRUCache[str, _Bucket] = LRUCache(limits.clients)

    async def spend(self, who: str, cost: int, *, key: bool = False) -> Allowance:
        """Spend for a client, or nothing when it has not enough left.

        `who`: the subscriber's address (`hub.limits.proxies.subscriber`), or with `key` whom its key stands for.
        """
        quota = self._limits.key if key else self._limits.address
        if not quota:
            return UNBOUND
        who = f"key {who}" if key else who
        if self._shared:
            try:
                return await self._shared.spend(who, cost, quota)
            except ConnectionError as error:
                log.warning("rates are counted in this process only: %s", error)
        return self._spend_here(who, cost, quota)

    def spend_now(self, address: str, cost: int) -> Allowance | None:
        """The same for an address without waiting; None, and nothing spent, where the count is shared with others."""
        if not self._limits.address:
            return UNBOUND
        return None if self._shared else self._spend_here(address, cost, self._limits.address)

    async def quota(self, account: str) -> Quota:
        """What an account may spend, and what is left of it."""
        quota, who = self._limits.key, f"key {account}"
        if quota and self._shared:
            try:
                return Quota(quota, self._limits.seconds, await self._shared.left(who, quota))
            except ConnectionError as error:
                log.warning("rates are counted in this process only: %s", error)
        bucket = self._buckets.get(who)
        return Quota(quota, self._limits.seconds, int(self._filled(bucket, quota)) if bucket else quota)

    def _filled(self, bucket: "_Bucket", quota: int) -> float:
        """What is in a bucket now."""
        now = self._clock()
        bucket.held = held = min(float(quota), bucket.held + (now - bucket.since) * quota / self._limits.seconds)
        bucket.since = now
        return held

    def _spend_here(self, who: str, cost: int, quota: int) -> Allowance:
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(float(quota), self._clock())
        held = self._filled(bucket, quota)
        window = self._limits.seconds
        wanted = min(cost, quota)
        if wanted > held:
            wait = max(1, ceil((wanted - held) * window / quota))
            return Allowance(allowed=False, quota=quota, window=window, remaining=int(held), retry_after=wait)
        bucket.held = held - wanted
        return Allowance(allowed=True, quota=quota, window=window, remaining=int(held - wanted))

    async def aclose(self) -> None:
        """Let go of what is shared."""
        if self._shared:
            await self._shared.aclose()
