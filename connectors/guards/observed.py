"""A connector whose calls are noted, each with its time and how it ended; failures are logged with their detail."""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import SourceError
from connectors.guards.ledger import Ledger

T = TypeVar("T")

log = logging.getLogger(__name__)


class Observed:
    """Notes each call of the directory in the source's ledger; a retry is a call too."""

    def __init__(self, inner: Connector, ledger: Ledger) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._ledger = ledger

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's."""
        return await self._note("get", self._inner.get(kind, keys))

    async def search(self, query: Query) -> Page:
        """Like the directory's."""
        return await self._note("search", self._inner.search(query))

    async def ping(self) -> None:
        """Like the directory's."""
        await self._note("ping", self._inner.ping())

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _note(self, operation: str, call: Awaitable[T]) -> T:
        try:
            with self._ledger.calling(operation):
                return await call
        except SourceError as error:
            log.warning("source failed: %s (%s): %s", error, type(error).__name__, error.detail)
            raise
