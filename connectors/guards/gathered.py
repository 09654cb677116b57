"""A connector that is asked once for the keys that several ask for at the same moment."""

from collections.abc import Mapping, Sequence
from functools import partial

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import Unavailable
from connectors.gathering import MOST, Gathering


class Gathered:
    """Puts together what is asked for by key, `most` keys at the most and never more than the source takes."""

    def __init__(self, inner: Connector, most: int = MOST) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        most = min(most, inner.info.batch_size)
        self._coming = {
            kind: Gathering[str, Mapping[str, Record]](partial(inner.get, kind), Unavailable, most) for kind in Kind
        }

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's; with records of other keys besides, if others asked for them."""
        return await self._coming[kind].ask(keys)

    async def search(self, query: Query) -> Page:
        """Like the directory's."""
        return await self._inner.search(query)

    async def ping(self) -> None:
        """Like the directory's."""
        await self._inner.ping()

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()
