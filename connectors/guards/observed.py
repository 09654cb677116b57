"""A connector that remembers how its last calls went: what `sources { status lastAnswerAt }` tells."""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import SourceError

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Observations:
    """How a source has answered since the start: its last answer, and the failure that came after it, if any."""

    last_answer_at: datetime | None = None
    failure: SourceError | None = None


class Observed:
    """Notes each answer and failure in `observations`, and logs failures with their detail."""

    def __init__(self, inner: Connector) -> None:
        self._inner = inner
        self.observations = Observations()

    @property
    def info(self) -> SourceInfo:
        """That of the directory."""
        return self._inner.info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's."""
        return await self._note(self._inner.get(kind, keys))

    async def search(self, query: Query) -> Page:
        """Like the directory's."""
        return await self._note(self._inner.search(query))

    async def ping(self) -> None:
        """Like the directory's."""
        await self._note(self._inner.ping())

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _note(self, call: Awaitable[T]) -> T:
        try:
            answer = await call
        except SourceError as error:
            self.observations.failure = error
            log.warning("source failed: %s (%s): %s", error, type(error).__name__, error.detail)
            raise
        self.observations.last_answer_at = datetime.now(UTC)
        self.observations.failure = None
        return answer
