"""A connector that tries once more what a moment may mend, without ever making an outage worse.

Every call of the contract only reads, so that doing it twice does no harm.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import Final, ParamSpec, TypeVar

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 3
"""Of one call, the first included."""

PAUSE_SECONDS: Final = 0.1
"""The longest pause before the second try; it doubles with each further one."""

SHARE: Final = 0.1
"""Further tries per call."""

RESERVE: Final = 3.0
"""Further tries that a source has to begin with."""

MOST_SAVED: Final = 10.0
"""Further tries that calls without any can save up."""


class Budget:
    """Further tries that a source may be asked for: a tenth of its calls, and `RESERVE` to begin with."""

    def __init__(self) -> None:
        self._saved = RESERVE

    def earn(self) -> None:
        """A call is made."""
        self._saved = min(MOST_SAVED, self._saved + SHARE)

    def spend(self) -> bool:
        """Take one further try, if there is one."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True


class Retry:
    """Tries again on failures that are `momentary`, after a pause drawn from its whole length (full jitter).

    A directory that asks us to wait longer than such a pause is not tried again here, nor is a call that has taken as
    long as `within` (seconds; the source's deadline): who asked has had an answer without it.
    """

    def __init__(
        self,
        inner: Connector,
        ledger: Ledger,
        *,
        within: float,
        clock: Callable[[], float] = monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._ledger = ledger
        self._within = within
        self._clock = clock
        self._jitter = jitter
        self._budget = Budget()

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's."""
        return await self._tried(self._inner.get, kind, keys)

    async def search(self, query: Query) -> Page:
        """Like the directory's."""
        return await self._tried(self._inner.search, query)

    async def ping(self) -> None:
        """Like the directory's."""
        await self._tried(self._inner.ping)

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _tried(self, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        self._budget.earn()
        until = self._clock() + self._within
        for tries in range(1, TRIES):
            longest = PAUSE_SECONDS * 2 ** (tries - 1)
            try:
                return await call(*args, **kwargs)
            except Unavailable as error:
                pause = max(error.retry_after or 0.0, self._jitter(0, longest))
                useful = error.momentary and pause <= longest and self._clock() + pause < until
                if not useful or not self._budget.spend():
                    raise
            await asyncio.sleep(pause)
            self._ledger.retried()
        return await call(*args, **kwargs)
