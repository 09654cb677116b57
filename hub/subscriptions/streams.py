"""What stays open in this process, so many at a time; all of it can be ended at once, when the process stops."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

from starlette.types import Scope

from hub.limits.spending import whence
from hub.subscriptions.settings import SubscriptionsConfig

GOING_AWAY: Final = 1001
"""Close code of a server that stops (RFC 6455 §7.4.1)."""

SERVICE_RESTART: Final = 1012
"""Close code of one that is there again at once (IANA, WebSocket Close Code Number Registry)."""

Ended: TypeAlias = asyncio.Future[int]
"""Done once a stream is to end, with the close code that says why."""


class TooManyStreams(Exception):
    """No more may be opened now."""


class Streams:
    """The streams that are open. It belongs to one event loop."""

    def __init__(self) -> None:
        self._open: set[Ended] = set()
        self._by_address: Counter[str] = Counter()
        self._ending: int | None = None

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def opened(self, scope: Scope, bounds: SubscriptionsConfig) -> Iterator[Ended]:
        """A place for the stream of a client, until the block ends. Raises TooManyStreams."""
        address = whence(scope)
        if len(self._open) >= bounds.connections or self._by_address[address] >= bounds.per_address:
            raise TooManyStreams
        ended: Ended = asyncio.get_running_loop().create_future()
        if self._ending is not None:
            ended.set_result(self._ending)
        self._open.add(ended)
        self._by_address[address] += 1
        try:
            yield ended
        finally:
            self._open.discard(ended)
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def restart(self) -> None:
        """End all that are open: what serves has changed, and they are to come again."""
        self._end(SERVICE_RESTART)

    def stop(self) -> None:
        """End all that are open, and each that is opened from now on."""
        self._ending = GOING_AWAY
        self._end(GOING_AWAY)

    def _end(self, code: int) -> None:
        for ended in self._open:
            if not ended.done():
                ended.set_result(code)
