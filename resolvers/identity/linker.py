"""Links at work in the federation: made when a cell is filled, followed when entries are assembled."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Final, TypeAlias

from cachetools import LRUCache

from connectors.errors import SourceError
from connectors.held import Held
from connectors.links import Link, LinkStore
from connectors.links.errors import LinkRefused
from connectors.registrations import Suppressions
from resolvers.identity.judging import Judge
from resolvers.identity.linking import link

log = logging.getLogger(__name__)

KEPT_COMMUNES: Final = 40_000
"""Communes of which it is remembered what was linked: all of France."""

WRITE_SECONDS: Final = 0.4
"""How long a question waits until what was found is written: longer only when another process locks the database."""

AGAIN_SECONDS: Final = 2.0
"""So long nothing is compared after that failed: who asks meanwhile does not wait at all."""

Mark: TypeAlias = int
"""What was compared in a commune, as a hash of it: it is compared again when this changes."""


class Linker:
    """The links between the records of a federation, and the judge that finds them.

    Links are of help, never in the way: when their database fails, entries are shown unlinked and the log says so.
    `clock`: seconds, never going back.
    """

    def __init__(
        self,
        store: LinkStore,
        judge: Judge,
        suppressions: Suppressions | None = None,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._suppressions = suppressions
        self.store = store
        self.judge = judge
        self.compared: LRUCache[str, Mark] = LRUCache(KEPT_COMMUNES)
        self._comparing: dict[str, asyncio.Lock] = {}
        self._clock = clock
        self._not_before = float("-inf")

    async def link_new(self, helds: Iterable[Held]) -> None:
        """Compare what has come in since the last time, commune by commune."""
        by_commune: dict[str, list[Held]] = defaultdict(list)
        for held in helds:
            address = held.record.address
            if address and address.insee:
                by_commune[address.insee].append(held)
        for insee, some in by_commune.items():
            mark = _mark(some)
            if len({held.record.source for held in some}) > 1 and self.compared.get(insee) != mark:
                await self._compare(insee, some, mark)

    async def _compare(self, insee: str, helds: Iterable[Held], mark: Mark) -> None:
        """Compare the records of a commune, once at a time: who asks meanwhile waits for the links."""
        async with self._comparing.setdefault(insee, asyncio.Lock()):
            if self.compared.get(insee) != mark and self._clock() >= self._not_before:
                try:
                    await link(_by_source(helds), self.store, self.judge, patience=WRITE_SECONDS)
                except (SourceError, LinkRefused, TimeoutError):
                    self._not_before = self._clock() + AGAIN_SECONDS
                    log.exception("the records of commune %s could not be linked", insee)
                else:
                    self.compared[insee] = mark
        self._comparing.pop(insee, None)

    async def around(self, ids: Sequence[str]) -> list[Link]:
        """The links of these records and of all that are one entry with them; none when they cannot be read.

        Without those of what was erased.
        """
        try:
            links = await self.store.links_around(ids)
        except SourceError:
            log.exception("links could not be read: entries are shown unlinked")
            return []
        if self._suppressions is None or (shown := self._suppressions.shown_ids(links, _ids)) is None:
            return links
        return shown


def _ids(link: Link) -> tuple[str, str]:
    return link.pair


def _by_source(helds: Iterable[Held]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    for held in helds:
        found[held.record.source].append(held)
    return found


def _mark(helds: Iterable[Held]) -> Mark:
    """What a comparison could see of the records."""
    records = (held.record for held in helds)
    seen = ((r.id, r.name, r.identifiers, r.address, r.contact, r.updated_at, r.same_as) for r in records)
    return hash(frozenset(seen))
