"""A connector that gives up: no call lasts longer than the source's deadline."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger

T = TypeVar("T")


class Deadline:
    """Ends each call after `seconds` with Unavailable."""

    def __init__(self, inner: Connector, seconds: float, ledger: Ledger) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._seconds = seconds
        self._ledger = ledger

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's, in time or Unavailable."""
        return await self._in_time(self._inner.get(kind, keys))

    async def search(self, query: Query) -> Page:
        """Like the directory's, in time or Unavailable."""
        return await self._in_time(self._inner.search(query))

    async def ping(self) -> None:
        """Like the directory's, in time or Unavailable."""
        await self._in_time(self._inner.ping())

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _in_time(self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await call
        except TimeoutError as error:
            self._ledger.held_back("deadline")
            raise Unavailable(self.info.id, f"no answer within {self._seconds:g} s") from error
