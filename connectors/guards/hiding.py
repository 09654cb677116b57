"""What a directory gives, without what was erased: the outermost guard, so that nothing held is shown either."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from connectors.contract import Kind, Page, Query, Record, SourceInfo
from connectors.errors import SourceError
from connectors.guards.cache import Cached, Row
from connectors.held import Held
from connectors.registrations.suppressions import Suppressions

T = TypeVar("T")


class Hiding:
    """Around the `Cached` of a directory; where nothing was erased, its very answers."""

    def __init__(self, inner: Cached, suppressions: Suppressions | None) -> None:
        self._inner = inner
        self._shown = suppressions.shown if suppressions else _all

    @property
    def info(self) -> SourceInfo:
        """That of the directory."""
        return self._inner.info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The records of these keys; when one of them cannot be had, the failure."""
        found = await self._inner.get(kind, keys)
        shown = self._shown(found.values(), _itself)
        return found if shown is None else {record.key: record for record in shown}

    async def rows(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row | SourceError]:
        """For each of these keys what is known, or the failure that hides it; what was erased is unknown."""
        found = await self._inner.rows(kind, keys)
        shown = self._shown(found.items(), _record)
        if shown is None:
            return found
        kept = dict(shown)
        return {key: row if key in kept else _nothing(row) for key, row in found.items()}

    async def search(self, query: Query) -> Page:
        """One page of the answer."""
        page = await self._inner.search(query)
        shown = self._shown(page.records, _itself)
        return page if shown is None else msgspec.structs.replace(page, records=tuple(shown))

    async def ping(self) -> None:
        """Like the directory's."""
        await self._inner.ping()

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()


def _all(values: Iterable[T], record: Callable[[T], Record | None]) -> list[T] | None:
    """Nothing was erased."""
    return None


def _itself(record: Record) -> Record:
    return record


def _record(item: tuple[str, Row | SourceError]) -> Record | None:
    _, row = item
    return row.record if isinstance(row, Held) else None


def _nothing(row: Row | SourceError) -> Row | SourceError:
    return msgspec.structs.replace(row, record=None) if isinstance(row, Held) else row
