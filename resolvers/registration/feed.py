"""The feed of changes: what became of registrations and of links, in order, and who waits for more.

Two databases tell it, each in its own order; a position is one number of each, so that nothing is lost or told twice
however writes come. Between the two logs the order is that of time.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from connectors.errors import SourceError
from connectors.links import LinkStore
from connectors.links.changes import LinkChange
from connectors.registrations import Change, ChangeKind, Registrations
from resolvers.errors import CursorExpired
from resolvers.federation.used import LINKS, Changes, source_tag

LOOK_EVERY: Final = 0.5
"""Seconds after which what another process changed is seen at the latest; what this one does is seen at once."""

AT_ONCE: Final = 100
"""Changes that are read together for who waits."""


class Position(NamedTuple):
    """Where reading stands: the last number read of each log."""

    registrations: int = 0
    links: int = 0


class FeedChange(Struct, frozen=True):
    """A change: ids of structures and nothing else, and where to go on after it."""

    kind: ChangeKind
    ids: tuple[str, ...]
    at: datetime
    after: Position


class FeedPage(Struct, frozen=True):
    """Changes in order. `after`: where to go on, whether or not there are any; `more`: there are already."""

    changes: tuple[FeedChange, ...]
    after: Position
    more: bool


class Feed:
    """The changes that two stores tell. `changes` is told of by this process at once."""

    def __init__(
        self, registrations: Registrations, links: LinkStore, changes: Changes, *, look_every: float = LOOK_EVERY
    ) -> None:
        self._registrations = registrations
        self._links = links
        self._look_every = look_every
        self._tags = {source_tag(registrations.source), LINKS}
        self._waiting: set[asyncio.Event] = set()
        changes.subscribe(self._hear)

    async def read(self, after: Position, limit: int) -> FeedPage:
        """At most `limit` changes from after a position.

        Raises `Unavailable` and `BadData`, and CursorExpired for a position that is yet to come: an older copy of the
        databases was restored, and what was told since is not so any more.
        """
        one, other = await asyncio.gather(
            self._registrations.changes_after(after.registrations, limit + 1),
            self._links.changes_after(after.links, limit + 1),
        )
        if after.registrations > one.latest or after.links > other.latest:
            raise CursorExpired("since: what this cursor points into is gone: read everything again")
        told = list(_merged(one.changes, other.changes, after))
        some, more = told[:limit], len(told) > limit
        # many decisions change no link: once all are read, the next reading need not begin with them
        end = some[-1].after if more else Position(one.latest, other.latest)
        shown = self._registrations.suppressions.shown_ids(some, _linked_ids)
        return FeedPage(tuple(some if shown is None else shown), end, more)

    async def latest(self) -> Position:
        """The position after all changes that there are."""
        one, other = await asyncio.gather(self._registrations.changes_after(0, 0), self._links.changes_after(0, 0))
        return Position(one.latest, other.latest)

    async def watch(self, after: Position) -> AsyncGenerator[FeedChange, None]:
        """The changes from after a position, and those to come, without end. Raises as `read` does."""
        heard = asyncio.Event()
        self._waiting.add(heard)
        try:
            while True:
                heard.clear()
                seen = self._versions()
                page = await self.read(after, AT_ONCE)
                after = page.after
                for change in page.changes:
                    yield change
                if not page.more:
                    await self._changed(heard, seen)
        finally:
            self._waiting.discard(heard)

    async def _changed(self, heard: asyncio.Event, seen: object) -> None:
        """Return when something was written since `seen`, by whichever process."""
        while not heard.is_set() and self._versions() == seen:
            try:
                async with asyncio.timeout(self._look_every):  # wait_for may lose that it is cancelled
                    await heard.wait()
            except TimeoutError:
                continue

    def _versions(self) -> object:
        try:
            return self._registrations.version(), self._links.version()
        except SourceError:
            return None  # told when it is read

    def _hear(self, tag: str) -> None:
        if tag in self._tags:
            for heard in self._waiting:
                heard.set()


def _merged(one: Sequence[Change], other: Sequence[LinkChange], after: Position) -> Iterator[FeedChange]:
    """Two logs as one, by time; each keeps its own order."""
    i = j = 0
    position = after
    while i < len(one) or j < len(other):
        if j == len(other) or (i < len(one) and one[i].at <= other[j].at):
            change = one[i]
            i, position = i + 1, position._replace(registrations=change.seq)
            yield FeedChange(change.kind, change.ids, change.at, position)
        else:
            link = other[j]
            j, position = j + 1, position._replace(links=link.seq)
            kind = ChangeKind.LINKED if link.linked else ChangeKind.UNLINKED
            yield FeedChange(kind, link.pair, link.at, position)


def _linked_ids(change: FeedChange) -> Sequence[str]:
    """The ids that may have been erased since: what became of an entry itself is told for ever."""
    return change.ids if change.kind in {ChangeKind.LINKED, ChangeKind.UNLINKED} else ()
