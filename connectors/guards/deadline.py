"""A connector that gives up: no call lasts longer than the source's deadline."""

import asyncio
from collections.abc import Mapping, Sequence

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger


class Deadline:
    """Ends each call after `seconds` with Unavailable."""

    def __init__(self, inner: Connector, seconds: float, ledger: Ledger) -> None:
        self._inner = inner
        self._seconds = seconds
        self._ledger = ledger

    @property
    def info(self) -> SourceInfo:
        """That of the directory."""
        return self._inner.info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's, in time or Unavailable."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._inner.get(kind, keys)
        except TimeoutError as error:
            raise self._late() from error

    async def search(self, query: Query) -> Page:
        """Like the directory's, in time or Unavailable."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._inner.search(query)
        except TimeoutError as error:
            raise self._late() from error

    async def ping(self) -> None:
        """Like the directory's, in time or Unavailable."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._inner.ping()
        except TimeoutError as error:
            raise self._late() from error

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    def _late(self) -> Unavailable:
        self._ledger.held_back("deadline")
        return Unavailable(self._inner.info.id, f"no answer within {self._seconds:g} s")
